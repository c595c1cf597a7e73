"""The table: every part of an edit, the published recipe beside ours, and the best the device could do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from mgie.bench import recipe
from mgie.bench.subject import NUM_WORDS, Subject, no_graphs
from mgie.bench.timing import Meter
from mgie.editors.pix2pix.kind import presets_of
from mgie.model.diffusion import decode_latents, encode_pixels, to_pixels
from mgie.model.events import SamplingOptions
from mgie.model.graphs import Graphs, graphs_for

BATCHES = (1, 4, 8)


PRESETS = {
    preset.name: SamplingOptions(**cast("dict[str, Any]", preset.options))
    for preset in presets_of(SamplingOptions())
    if preset.name in ("exact", "balanced", "fast")  # the others ask for another strength at the same cost
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One part. Seconds; None: not measured."""

    part: str
    plain_s: float | None = None  # the published recipe
    eager_s: float | None = None  # ours without graphs
    ours_s: float | None = None
    num_bytes: float | None = None  # that must be read at least
    num_flops: float | None = None  # multiplications and additions
    floor_s: float | None = None  # of both, at the measured peaks


def part_rows(subject: Subject, meter: Meter, *, exact_steps: int, repeats: int) -> list[Row]:
    """Measure everything; the subject is made ready on the way."""
    plain = _plain(subject, meter, exact_steps, repeats)
    subject.make_ready()
    rows: list[Row] = []
    eager = _ours(subject, meter, no_graphs, repeats)
    costs = _costs(subject)
    ours = _ours(subject, meter, graphs_for, repeats)
    bandwidth, speed = meter.bytes_per_second(), meter.flops_per_second(subject.dtype)
    for part, seconds in ours.items():
        num_bytes, num_flops = costs.get(part, (None, None))
        floor = max(num_bytes / bandwidth, (num_flops or 0) / speed) if num_bytes else None
        rows.append(
            Row(
                part=part,
                plain_s=plain.get(part),
                eager_s=eager[part],
                ours_s=seconds,
                num_bytes=num_bytes,
                num_flops=num_flops,
                floor_s=floor,
            )
        )
    return rows + _whole_rows(subject, meter, plain, exact_steps, repeats)


def preset_changes(subject: Subject, *, exact_steps: int) -> dict[str, dict[str, float]]:
    """Mean difference of colours (0..1) from the exact preset, and from all steps of the same sampler.

    The exact preset draws noise in every step and the others do not, so they end elsewhere however many steps
    they take; the second number is what missing steps and guidance cost.
    """
    words = subject.words()
    exact = subject.paint(words, _in_steps(PRESETS["exact"], exact_steps))[0]
    found: dict[str, dict[str, float]] = {}
    for name, preset in PRESETS.items():
        picture = subject.paint(words, _in_steps(preset, exact_steps))[0]
        every = SamplingOptions(sampler=preset.sampler, num_inference_steps=exact_steps)
        whole = subject.paint(words, every)[0]
        found[name] = {
            "from_exact": float(np.abs(picture - exact).mean()),
            "from_all_steps": float(np.abs(picture - whole).mean()),
        }
    return found


def as_data(rows: list[Row]) -> list[dict[str, Any]]:
    """Plain data for JSON."""
    return [asdict(row) for row in rows]


@torch.no_grad()
def _plain(subject: Subject, meter: Meter, exact_steps: int, repeats: int) -> dict[str, float]:
    networks, config = subject.networks, subject.config
    assert config.language is not None
    embeds = subject.prompt()
    write_s = meter.seconds(lambda: subject.write_plain(embeds), repeats=1)
    edit, negative = (tensor.to(subject.device, subject.dtype) for tensor in subject.contexts())
    contexts = torch.cat([edit, negative, negative])
    latents = subject.noise(1, config.native_size_px // config.vae.scale_factor)
    timestep = torch.tensor(500.0, device=subject.device)
    pixels = to_pixels([subject.picture])
    step_s = meter.seconds(
        lambda: recipe.step(networks, latents, latents, contexts, timestep), repeats=repeats
    )
    encode_s = meter.seconds(lambda: encode_pixels(networks.vae, pixels), repeats=repeats)
    decode_s = meter.seconds(lambda: decode_latents(networks.vae, latents), repeats=repeats)
    pipeline = subject.pipeline()
    return {
        "words, all": write_s,
        "one token": write_s / config.language.max_new_tokens,
        "one guided UNet step, batch 1": step_s,
        "VAE encode": encode_s,
        "VAE decode": decode_s,
        f"diffusers' pipeline, {exact_steps} steps": meter.seconds(
            lambda: pipeline(exact_steps), repeats=1, warm_ups=0
        ),
        "whole": write_s + encode_s + exact_steps * step_s + decode_s,
    }


@torch.no_grad()
def _ours(
    subject: Subject, meter: Meter, make_graphs: Callable[[torch.device], Graphs], repeats: int
) -> dict[str, float]:
    subject.use(make_graphs)
    config, networks = subject.config, subject.networks
    embeds = subject.prompt()
    seconds: dict[str, float] = {"picture to features": meter.seconds(subject.see, repeats=repeats)}
    first_s = meter.seconds(lambda: subject.read_first(embeds), repeats=repeats)
    write_s = meter.seconds(lambda: subject.write(embeds), repeats=repeats)
    seconds["prompt"] = first_s
    seconds["words, all"] = write_s
    seconds["one token"] = token_seconds(subject, meter, embeds)
    pixels = to_pixels([subject.picture])
    side = config.native_size_px // config.vae.scale_factor
    timestep = torch.tensor(500.0, device=subject.device)
    for batch in BATCHES:
        denoiser, latents = subject.denoiser(config.native_size_px, batch), subject.noise(batch, side)
        step = _bound(denoiser, latents, timestep)
        seconds[f"one guided UNet step, batch {batch}"] = meter.seconds(step, repeats=repeats, warm_ups=2)
    latents = subject.noise(1, side)
    seconds["VAE encode"] = meter.seconds(lambda: encode_pixels(networks.vae, pixels), repeats=repeats)
    seconds["VAE decode"] = meter.seconds(lambda: decode_latents(networks.vae, latents), repeats=repeats)
    return seconds


def token_seconds(subject: Subject, meter: Meter, embeds: torch.Tensor) -> float:
    """One token of a running decode: from the third to the last before [IMG0]."""
    decoding = subject.decoder.generate(embeds, subject.ids)
    next(decoding)
    next(decoding)

    def rest() -> None:
        for _ in range(NUM_WORDS - 2):
            next(decoding)

    return meter.seconds(rest, repeats=1, warm_ups=0) / (NUM_WORDS - 2)


def _bound(denoiser: Any, latents: torch.Tensor, timestep: torch.Tensor) -> Callable[[], object]:
    return lambda: denoiser(latents, timestep)


def _whole_rows(
    subject: Subject, meter: Meter, plain: dict[str, float], exact_steps: int, repeats: int
) -> list[Row]:
    rows: list[Row] = []
    words = subject.words()
    for name, preset in PRESETS.items():
        options = _in_steps(preset, exact_steps)
        whole = meter.seconds(_edit(subject, options), repeats=repeats)
        again = meter.seconds(_paint(subject, words, options), repeats=repeats)
        part = f"whole edit, {name}, {options.num_inference_steps} steps"
        rows.append(Row(part=part, plain_s=plain["whole"], ours_s=whole))
        rows.append(Row(part=f"new seed of known words, {name}", ours_s=again))
        if name == "exact":
            part = "whole edit, exact, as many tokens as ours"
            rows.append(Row(part=part, plain_s=_plain_with_our_tokens(subject, plain), ours_s=whole))
    pipeline = f"diffusers' pipeline, {exact_steps} steps"
    exact = _in_steps(PRESETS["exact"], exact_steps)
    four = meter.seconds(lambda: subject.paint(words, exact, batch=4), repeats=1)
    rows.append(Row(part=f"four edits of one text, {exact_steps} steps", ours_s=four))
    painted = meter.seconds(_paint(subject, words, exact), repeats=repeats)
    rows.append(Row(part=pipeline, plain_s=plain[pipeline], ours_s=painted))
    return rows


def _plain_with_our_tokens(subject: Subject, plain: dict[str, float]) -> float:
    """The published recipe's whole edit, less the tokens that it writes behind the last one we need."""
    assert subject.config.language is not None
    num_ours = len(subject.write(subject.prompt()).answer_ids)
    return plain["whole"] - (subject.config.language.max_new_tokens - num_ours) * plain["one token"]


def _in_steps(preset: SamplingOptions, exact_steps: int) -> SamplingOptions:
    """A preset where the exact one takes so many steps."""
    return replace(preset, num_inference_steps=min(preset.num_inference_steps, exact_steps))


def _edit(subject: Subject, options: SamplingOptions) -> Callable[[], object]:
    return lambda: subject.edit(options)


def _paint(subject: Subject, words: Any, options: SamplingOptions) -> Callable[[], object]:
    return lambda: subject.paint(words, options)


def _costs(subject: Subject) -> dict[str, tuple[float, float]]:
    """Bytes of weights, which must be read at least, and operations of the parts."""
    model, config = subject.networks.language_model, subject.config
    assert model is not None
    num_weights = _num_weights(model) - model.model.embed_tokens.weight.numel()  # one row of it is read
    size = subject.dtype.itemsize
    costs = {
        "one token": (float(num_weights * size), 2.0 * num_weights),
        "prompt": (float(num_weights * size), 2.0 * num_weights * len(subject.ids)),
    }
    networks, side = subject.networks, config.native_size_px // config.vae.scale_factor
    assert networks.vision_tower is not None
    assert networks.projector is not None
    pixels, timestep = to_pixels([subject.picture]), torch.tensor(500.0, device=subject.device)
    calls: dict[str, tuple[list[torch.nn.Module], Callable[[], object]]] = {
        "picture to features": ([networks.vision_tower, networks.projector], subject.see),
        "VAE encode": ([networks.vae.encoder], lambda: encode_pixels(networks.vae, pixels)),
        "VAE decode": (
            [networks.vae.decoder],
            lambda: decode_latents(networks.vae, subject.noise(1, side)),
        ),
    }
    subject.use(no_graphs)  # what is replayed cannot be counted
    for batch in BATCHES:
        step = _bound(subject.denoiser(config.native_size_px, batch), subject.noise(batch, side), timestep)
        calls[f"one guided UNet step, batch {batch}"] = ([networks.unet], step)
    for part, (modules, call) in calls.items():
        costs[part] = (float(sum(map(_num_weights, modules)) * size), _num_flops(call))
    return costs


def _num_weights(module: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


@torch.no_grad()
def _num_flops(call: Callable[[], object]) -> float:
    """Multiplications and additions of products, convolutions and attention."""
    with FlopCounterMode(display=False) as counter:
        call()
    return float(counter.get_total_flops())
