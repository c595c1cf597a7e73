"""FLUX.2 Klein from outside: its options, presets and abilities."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mgie.api.models import Model
from mgie.editors.common_options import BALANCED, EXAMPLES, computed_strength, steps_option
from mgie.editors.flow_kind import planned_by
from mgie.editors.flux2_klein.config import FLUX2_KLEIN_4B, Flux2KleinConfig
from mgie.editors.kind import Kind, LoadRequest, SingleFiles
from mgie.model.config_dict import read_config

if TYPE_CHECKING:
    from torch import nn

    from mgie.model.events import Editor
    from mgie.weights.convert import SourceFiles


def describe(model: Model, config: Flux2KleinConfig) -> Model:
    """The description with what the config says."""
    steps = steps_option(config.num_inference_steps)
    guidance = computed_strength(config.guidance_scale)
    abilities = (
        "adds, removes, replaces and restyles things",
        f"takes up to {config.max_references} reference pictures",
    )
    return replace(
        model,
        native_size_px=config.native_size_px,
        options=(steps,) if config.is_distilled else (steps, guidance),
        presets=(BALANCED,),
        abilities=model.abilities or abilities,
        max_references=config.max_references,
        writes_instruction=False,
        examples=EXAMPLES,
    )


def _load(request: LoadRequest[Flux2KleinConfig]) -> Editor:
    from mgie.editors.flux2_klein.loading import load

    return load(request)


def _source_files(folder: Path, config: Flux2KleinConfig) -> SourceFiles[Flux2KleinConfig]:
    from mgie.editors.flux2_klein.source import Flux2KleinFiles

    return Flux2KleinFiles(folder=folder)


def _empty_networks(config: Flux2KleinConfig) -> nn.Module:
    from mgie.editors.flux2_klein.networks import empty_networks

    return empty_networks(config)


_SINGLE_FILES = SingleFiles(
    title="FLUX.2 Klein",
    marks=("double_stream_modulation_img.lin.weight",),
    library_marks=("double_stream_modulation_img.linear.weight",),
    library_class="Flux2Transformer2DModel",
    empty_networks=_empty_networks,
)


KIND = Kind(
    read_config=partial(read_config, Flux2KleinConfig),
    describe=describe,
    load=_load,
    source_files=_source_files,
    single_files=_SINGLE_FILES,
    memory_plan=planned_by(_empty_networks),
    empty_networks=_empty_networks,
    presets={"FLUX2_KLEIN_4B": FLUX2_KLEIN_4B},
    pipelines={"Flux2KleinPipeline": "FLUX2_KLEIN_4B"},
)
