"""Qwen-Image-Edit from outside: its options, presets and abilities."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mgie.api.models import Model
from mgie.api.options import Preset
from mgie.editors.common_options import BALANCED, EXAMPLES, computed_strength, steps_option
from mgie.editors.flow_kind import planned_by
from mgie.editors.json_file import read_json
from mgie.editors.kind import Kind, LoadRequest, SingleFiles
from mgie.editors.qwen_image_edit.config import (
    QWEN_IMAGE_EDIT,
    QWEN_IMAGE_EDIT_2511,
    QWEN_IMAGE_EDIT_PLUS,
    QwenImageEditConfig,
)
from mgie.model.config_dict import read_config

if TYPE_CHECKING:
    from torch import nn

    from mgie.model.events import Editor
    from mgie.weights.convert import SourceFiles


def describe(model: Model, config: QwenImageEditConfig) -> Model:
    """The description with what the config says."""
    steps = steps_option(config.num_inference_steps)
    quick = Preset(
        name="quick",
        label="Draft",
        options={"num_inference_steps": max(1, round(0.3 * config.num_inference_steps))},
    )
    abilities = ["adds, removes, replaces and restyles things", "changes text in the picture"]
    if config.max_references:
        abilities.append(f"takes up to {config.max_references} reference pictures")
    return replace(
        model,
        native_size_px=config.native_size_px,
        options=(steps, computed_strength(config.guidance_scale)),
        presets=(BALANCED, quick),
        abilities=model.abilities or tuple(abilities),
        max_references=config.max_references,
        writes_instruction=False,
        examples=EXAMPLES,
    )


def _load(request: LoadRequest[QwenImageEditConfig]) -> Editor:
    from mgie.editors.qwen_image_edit.loading import load

    return load(request)


def _source_files(folder: Path, config: QwenImageEditConfig) -> SourceFiles[QwenImageEditConfig]:
    from mgie.editors.qwen_image_edit.source import QwenImageEditFiles

    return QwenImageEditFiles(folder=folder)


def _fit_to_folder(config: QwenImageEditConfig, folder: Path) -> QwenImageEditConfig:
    """How tokens of given pictures are modulated is in no weight; the denoiser's own config.json says it."""
    is_clean = read_json(folder / "transformer" / "config.json").get("zero_cond_t")
    if is_clean is None:
        return config
    return _with_clean_pictures(config, bool(is_clean))


def _with_clean_pictures(config: QwenImageEditConfig, is_clean: bool) -> QwenImageEditConfig:
    return replace(config, transformer=replace(config.transformer, is_clean_to_pictures=is_clean))


def _empty_networks(config: QwenImageEditConfig) -> nn.Module:
    from mgie.editors.qwen_image_edit.networks import empty_networks

    return empty_networks(config)


_SINGLE_FILES = SingleFiles(
    title="Qwen-Image-Edit",
    marks=("txt_norm.weight", "transformer_blocks.0.img_mod.1.weight"),
    library_marks=("txt_norm.weight", "transformer_blocks.0.img_mod.1.weight"),
    library_class="QwenImageTransformer2DModel",
    empty_networks=_empty_networks,
    marker="__index_timestep_zero__",  # ComfyUI's, of 2511
    fit_to_marker=lambda config: _with_clean_pictures(config, True),
)


KIND = Kind(
    read_config=partial(read_config, QwenImageEditConfig),
    describe=describe,
    load=_load,
    source_files=_source_files,
    single_files=_SINGLE_FILES,
    memory_plan=planned_by(_empty_networks),
    empty_networks=_empty_networks,
    presets={
        "QWEN_IMAGE_EDIT": QWEN_IMAGE_EDIT,
        "QWEN_IMAGE_EDIT_PLUS": QWEN_IMAGE_EDIT_PLUS,
        "QWEN_IMAGE_EDIT_2511": QWEN_IMAGE_EDIT_2511,
    },
    fit_to_folder=_fit_to_folder,
    pipelines={
        "QwenImageEditPipeline": "QWEN_IMAGE_EDIT",
        "QwenImageEditPlusPipeline": "QWEN_IMAGE_EDIT_PLUS",
    },
)
