"""Each part of one edit, ours beside the plain published recipe, at a size a CPU can bear.

LLaMA of 8 layers and width 1024, CLIP-L/14, the UNet and VAE of Stable Diffusion 1.5 at 256 px, random
weights, float32. The language model is made to write 40 tokens and then [IMG0] .. [IMG7]. Ours and plain
take turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks import plain
from benchmarks.report import print_table
from mgie.model.config import LanguageConfig
from mgie.model.decoding import Decoder
from mgie.model.diffusion import decode_latents, encode_pixels, prepare_denoiser, to_pixels
from mgie.model.diffusion_editor import make_ready
from mgie.model.events import SamplingOptions
from mgie.model.generators import drain
from mgie.model.mllm import embed, visual_window
from mgie.model.networks import Networks, build_networks
from mgie.model.presets import INSPIX2PIX, MGIE_7B
from mgie.model.vision import image_features, pixel_values

CONFIG = replace(
    MGIE_7B,
    language=LanguageConfig(hidden_size=1024, intermediate_size=2816, num_layers=8, num_heads=16),
    native_size_px=256,
)
NUM_WORDS = 40  # tokens before [IMG0]; 32 words take about as many
NUM_REPEATS = 7
STEP_COUNTS = (20, 100)  # denoising steps that the sum is given for


class Part(NamedTuple):
    """One part of an edit, done twice."""

    name: str
    plain: Callable[[], object]
    ours: Callable[[], object]


class Seconds(NamedTuple):
    """The median of the repeats."""

    wall: float
    cpu: float  # of all threads; what other programs do at the same time hardly changes it


@torch.no_grad()
def main() -> None:
    """Time the parts and print the table."""
    torch.manual_seed(0)
    networks, lean = build_networks(CONFIG), build_networks(INSPIX2PIX)  # the same UNet and VAE
    make_ready(lean, torch.device("cpu"))
    parts = _language_parts(networks) + _diffusion_parts(networks, lean)
    timings = {part.name: _time(part) for part in parts}
    rows = [_row(name, *pair) for name, pair in timings.items()]
    rows += [_row(f"sum of an edit, {count} steps", *_sum(timings, count)) for count in STEP_COUNTS]
    header = ["part", "plain s", "ours s", "ours/plain", "plain CPU s", "ours CPU s", "ours/plain"]
    print_table("Inference, LLaMA 1024x8, CLIP-L/14, SD-1.5 at 256 px, float32", header, rows)


def _language_parts(networks: Networks) -> list[Part]:
    vision, language, tokens = CONFIG.vision, CONFIG.language, CONFIG.tokens
    assert vision is not None
    assert language is not None
    assert tokens is not None
    model, head = networks.language_model, networks.edit_head
    assert model is not None
    assert head is not None
    words = torch.randint(3, tokens.num_pieces, (52,)).tolist()
    image = [tokens.im_start_id, *[tokens.im_patch_id] * vision.num_patches, tokens.im_end_id]
    ids = [tokens.bos_id, *words, *image, 100]
    pixels = pixel_values(_picture(), vision)[None]
    embeds = embed(model, ids, plain.see(networks, pixels), tokens, device="cpu")
    script = {NUM_WORDS + index: token_id for index, token_id in enumerate(tokens.visual_ids)}

    def scripted(run: Callable[[], Tensor]) -> Tensor:
        """Make the model write visual tokens where the script says, at the same cost for both."""
        calls = iter(range(10_000))

        def overrule(_module: object, _inputs: object, scores: Tensor) -> None:
            rows = scores.reshape(-1, scores.shape[-1])
            for last in rows if len(rows) < len(ids) else rows[-1:]:  # of a prompt only the last one is used
                step = next(calls)
                last[tokens.num_pieces :] = -1e4
                last[tokens.eos_id] = -1e4
                if step in script:
                    last[script[step]] = 1e4

        hook = model.lm_head.register_forward_hook(overrule)
        result = run()
        hook.remove()
        return result

    decoder = Decoder(model, language, tokens)

    def ours_see() -> Tensor:
        return networks.projector(image_features(networks.vision_tower, pixels, vision))[0]

    def ours_read() -> int:
        return next(decoder.generate(embeds, ids))

    def ours_write() -> Tensor:
        generated = drain(decoder.generate(embeds, ids))
        return generated.hidden_states[visual_window(generated, tokens).start :][:8]

    def plain_write() -> Tensor:
        prefilled = plain.read(networks, embeds, ids)
        return plain.write(networks, prefilled, language.max_new_tokens, tokens.visual_ids[0])

    torch.testing.assert_close(scripted(ours_write), scripted(plain_write), rtol=1e-3, atol=1e-3)
    states, emb = torch.randn(1, 8, language.hidden_size), networks.emb
    return [
        Part("picture to features", lambda: plain.see(networks, pixels), ours_see),
        Part("prompt of 312 tokens", lambda: plain.read(networks, embeds, ids), ours_read),
        Part("prompt and answer", lambda: scripted(plain_write), lambda: scripted(ours_write)),
        Part("edit head", lambda: head(states, emb), lambda: head(states, emb)),
    ]


def _diffusion_parts(networks: Networks, lean: Networks) -> list[Part]:
    pixels = to_pixels([_picture()])
    latents, image_latents = torch.randn(1, 4, 32, 32), torch.randn(1, 4, 32, 32)
    edit_embeds, negative_embeds = torch.randn(1, 77, 768), torch.randn(1, 77, 768)
    contexts, timestep = torch.cat([edit_embeds, negative_embeds, negative_embeds]), torch.tensor(500.0)
    denoiser = prepare_denoiser(lean.unet, edit_embeds, negative_embeds, image_latents, SamplingOptions())
    return [
        Part("VAE encode", lambda: plain.encode(networks, pixels), lambda: encode_pixels(lean.vae, pixels)),
        Part(
            "UNet step",
            lambda: plain.unet_step(networks, latents, image_latents, contexts, timestep),
            lambda: denoiser(latents, timestep),
        ),
        Part(
            "VAE decode", lambda: plain.decode(networks, latents), lambda: decode_latents(lean.vae, latents)
        ),
    ]


def _time(part: Part) -> tuple[Seconds, Seconds]:
    """Median of the repeats, plain and ours in turns, after one round that does not count."""
    runs = (part.plain, part.ours)
    results = [[_seconds(run) for run in runs] for _ in range(NUM_REPEATS + 1)][1:]
    plain_s, ours_s = (
        Seconds(median(turn[i].wall for turn in results), median(turn[i].cpu for turn in results))
        for i in range(len(runs))
    )
    return plain_s, ours_s


def _seconds(run: Callable[[], object]) -> Seconds:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return Seconds(time.perf_counter() - wall, time.process_time() - cpu)


def _sum(timings: dict[str, tuple[Seconds, Seconds]], num_steps: int) -> tuple[Seconds, Seconds]:
    counts = dict.fromkeys(timings, 1) | {"prompt of 312 tokens": 0, "UNet step": num_steps}
    sums = [
        Seconds(*(sum(counts[name] * pair[i][j] for name, pair in timings.items()) for j in range(2)))
        for i in range(2)
    ]
    return sums[0], sums[1]


def _row(name: str, plain_s: Seconds, ours_s: Seconds) -> list[str]:
    cells = [name]
    for before, after in zip(plain_s, ours_s, strict=True):
        cells += [f"{before:.3f}", f"{after:.3f}", f"{after / before:.2f}"]
    return cells


def _picture() -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    return Image.fromarray(pixels)
