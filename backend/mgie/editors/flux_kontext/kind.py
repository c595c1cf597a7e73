"""FLUX.1 Kontext from outside: its options, presets and abilities."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mgie.api.models import Model
from mgie.api.options import Preset
from mgie.editors.common_options import BALANCED, EXAMPLES, embedded_strength, steps_option
from mgie.editors.flow_kind import planned_by
from mgie.editors.flux_kontext.config import FLUX_KONTEXT_DEV, FluxKontextConfig
from mgie.editors.kind import Kind, LoadRequest, SingleFiles
from mgie.model.config_dict import read_config

if TYPE_CHECKING:
    from torch import nn

    from mgie.model.events import Editor
    from mgie.weights.convert import SourceFiles


def describe(model: Model, config: FluxKontextConfig) -> Model:
    """The description with what the config says."""
    steps = steps_option(config.num_inference_steps)
    guidance = embedded_strength(config.guidance_scale)
    quick = Preset(
        name="quick",
        label="Draft",
        options={"num_inference_steps": max(1, round(0.3 * config.num_inference_steps))},
    )
    return replace(
        model,
        native_size_px=config.native_size_px,
        options=(steps, guidance) if config.transformer.has_guidance_embeds else (steps,),
        presets=(BALANCED, quick),
        abilities=model.abilities
        or ("adds, removes, replaces and restyles things", "changes text in the picture"),
        writes_instruction=False,
        examples=EXAMPLES,
    )


def _load(request: LoadRequest[FluxKontextConfig]) -> Editor:
    from mgie.editors.flux_kontext.loading import load

    return load(request)


def _source_files(folder: Path, config: FluxKontextConfig) -> SourceFiles[FluxKontextConfig]:
    from mgie.editors.flux_kontext.source import FluxKontextFiles

    return FluxKontextFiles(folder=folder)


def _empty_networks(config: FluxKontextConfig) -> nn.Module:
    from mgie.editors.flux_kontext.networks import empty_networks

    return empty_networks(config)


_SINGLE_FILES = SingleFiles(
    title="FLUX.1 Kontext",
    marks=("double_blocks.0.img_mod.lin.weight", "single_blocks.0.linear1.weight"),
    library_marks=("transformer_blocks.0.norm1.linear.weight", "single_transformer_blocks.0.proj_mlp.weight"),
    library_class="FluxTransformer2DModel",
    empty_networks=_empty_networks,
    converter_width=("img_in.weight", 3072),
)


KIND = Kind(
    read_config=partial(read_config, FluxKontextConfig),
    describe=describe,
    load=_load,
    source_files=_source_files,
    single_files=_SINGLE_FILES,
    memory_plan=planned_by(_empty_networks),
    empty_networks=_empty_networks,
    presets={"FLUX_KONTEXT_DEV": FLUX_KONTEXT_DEV},
    pipelines={"FluxKontextPipeline": "FLUX_KONTEXT_DEV"},
)
