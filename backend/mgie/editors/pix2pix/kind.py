"""MGIE, LGIE and InsPix2Pix from outside: the options of their sampling, their presets and abilities."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mgie.api.models import Model
from mgie.api.options import Options, OptionSchema, Preset
from mgie.editors.common_options import EXAMPLES, steps_option, strength_option
from mgie.editors.kind import Kind, LoadRequest
from mgie.model.config import ModelConfig
from mgie.model.config_dict import config_from_dict
from mgie.model.events import SAMPLERS, SamplingOptions
from mgie.model.load_options import LoadOptions
from mgie.model.presets import PRESETS

if TYPE_CHECKING:
    from torch import nn

    from mgie.model.events import Editor
    from mgie.model.memory_plan import MemoryPlan
    from mgie.weights.convert import SourceFiles

_ABILITIES = (
    "recolours, relights and restyles",
    "adds, replaces and removes things",
)
# Steps of DPM-Solver++ 2M instead of many Euler-ancestral ones, guidance computed in every other of them;
# docs/benchmarks.md tells what that costs.
_CHEAPER_STEPS: Options = {"sampler": "dpmpp_2m", "guidance_every": 2}
_FEWER_STEPS = (
    Preset(name="balanced", label="Balanced", options={"num_inference_steps": 20, **_CHEAPER_STEPS}),
    Preset(name="fast", label="Fast", options={"num_inference_steps": 10, **_CHEAPER_STEPS}),
)
_EXAMPLES = (*EXAMPLES, "make the sky dramatic")


def describe(model: Model, config: ModelConfig) -> Model:
    """The description with what the config says."""
    return replace(
        model,
        native_size_px=config.native_size_px,
        options=option_schemas(config.sampling),
        presets=presets_of(config.sampling),
        abilities=model.abilities or _ABILITIES,
        examples=config.plan.suggestions if config.plan is not None else _EXAMPLES,
        varies_with_seed=config.sampling.num_inference_steps > 1,  # one step from pure noise gives the mean
        writes_instruction=config.language is not None,
    )


def option_schemas(defaults: SamplingOptions) -> tuple[OptionSchema, ...]:
    """`SamplingOptions` field by field. What a model was made to run without is hidden."""
    takes_one_step = defaults.num_inference_steps == 1
    return (
        steps_option(defaults.num_inference_steps, maximum=1000, is_hidden=takes_one_step),
        strength_option(
            defaults.guidance_scale,
            minimum=1,
            maximum=50,
            description="How closely the words are followed; 1 switches this guidance off.",
            is_hidden=defaults.guidance_scale == 1,
        ),
        OptionSchema(
            name="image_guidance_scale",
            type="number",
            default_value=defaults.image_guidance_scale,
            minimum=1,
            maximum=50,
            label="Keep original",
            description="How closely the picture is kept; 1 switches this guidance off.",
            low_label="free",
            high_label="faithful",
            is_hidden=defaults.image_guidance_scale == 1,
        ),
        OptionSchema(
            name="sampler",
            type="choice",
            default_value=defaults.sampler,
            choices=SAMPLERS,
            label="Sampler",
            description="How noise is removed: euler_a as published, the others in fewer steps.",
            is_hidden=takes_one_step,
        ),
        _share_of_steps("guidance_start", defaults.guidance_start, "Guide from", "the beginning"),
        _share_of_steps("guidance_stop", defaults.guidance_stop, "Guide until", "the end"),
        OptionSchema(
            name="guidance_every",
            type="integer",
            default_value=defaults.guidance_every,
            minimum=1,
            maximum=10,
            label="Guidance every",
            description="Steps from one computation of the guidance to the next, which use it again.",
            low_label="exact",
            high_label="faster",
            is_hidden=True,
        ),
    )


def _share_of_steps(name: str, default_value: float, label: str, place: str) -> OptionSchema:
    return OptionSchema(
        name=name,
        type="number",
        default_value=default_value,
        minimum=0,
        maximum=1,
        label=label,
        description=f"The share of the steps at which guidance has {place}; a step without it costs a third.",
        low_label="first step",
        high_label="last step",
        is_hidden=True,
    )


def presets_of(defaults: SamplingOptions) -> tuple[Preset, ...]:
    """Only those that change something: a model that runs in one step, or without guidance, has fewer."""
    text, image = defaults.guidance_scale, defaults.image_guidance_scale
    close: Options = {"image_guidance_scale": _guidance(image + 0.4)}
    bold: Options = {
        "guidance_scale": _guidance(text + 2.5),
        "image_guidance_scale": _guidance(image - 0.3),
    }
    presets = [Preset(name="exact", label="Exact")]  # the model's own values; of MGIE the published ones
    presets += [preset for preset in _FEWER_STEPS if _num_steps(preset) < defaults.num_inference_steps]
    if max(text, image) > 1:
        presets.append(Preset(name="close", label="Subtle", options=close))
        presets.append(Preset(name="bold", label="Strong", options=bold))
    return tuple(presets)


def _num_steps(preset: Preset) -> int:
    return int(preset.options["num_inference_steps"])


def _guidance(value: float) -> float:
    return round(min(50.0, max(1.0, value)), 2)


def _load(request: LoadRequest[ModelConfig]) -> Editor:
    from mgie.editors.pix2pix.loading import load

    return load(request)


def _memory_plan(name: str, config: ModelConfig, options: LoadOptions, spare_bytes: int) -> MemoryPlan:
    from mgie.editors.pix2pix.loading import expected_plan

    return expected_plan(name, config, options, spare_bytes)


def _empty_networks(config: ModelConfig) -> nn.Module:
    from mgie.model.networks import build_networks

    return build_networks(config, device="meta")


def _source_files(folder: Path, config: ModelConfig) -> SourceFiles[ModelConfig]:
    from mgie.weights.source_layouts import InsPix2PixFiles, MgieFiles

    if config.kind == "insp2p":
        return InsPix2PixFiles(folder=folder)
    return MgieFiles(
        llava=folder / "llava",
        mllm=folder / "mgie" / "mllm.pt",
        unet=folder / "mgie" / "unet.pt",
        diffusion=folder / "diffusion",
        clip=folder / "clip",
    )


KIND = Kind(
    read_config=config_from_dict,
    describe=describe,
    load=_load,
    source_files=_source_files,
    memory_plan=_memory_plan,
    empty_networks=_empty_networks,
    presets=PRESETS,
    pipelines={"StableDiffusionInstructPix2PixPipeline": "INSPIX2PIX"},
)
