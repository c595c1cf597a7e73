"""InsPix2PixEditor walks the same latents as diffusers' own pipeline, step for step."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_instruct_pix2pix import (
    StableDiffusionInstructPix2PixPipeline,
)
from diffusers.schedulers.scheduling_euler_ancestral_discrete import EulerAncestralDiscreteScheduler
from transformers import CLIPTokenizer

from mgie.errors import BadTokenizer
from mgie.model.config import ModelConfig
from mgie.model.diffusion import encode_pixels, prepare_denoiser, to_pixels
from mgie.model.editor import make_editor, run_edit
from mgie.model.events import EditDone, EncodingReady, SamplingOptions
from mgie.model.networks import Networks, build_networks
from mgie.model.presets import TINY_INSPIX2PIX
from mgie.model.sampling import denoise, initial_latents, make_scheduler
from mgie.model.text_tokenizer import ClipTokenizer
from support.tiny import tiny_info, tiny_picture
from support.tiny_clip import VOCAB_SIZE, write_clip_tokenizer

OPTIONS = SamplingOptions(num_inference_steps=5, guidance_scale=7.5, image_guidance_scale=1.5)


@pytest.fixture
def tokenizer_files(tmp_path: Path) -> tuple[Path, Path]:
    """A small vocabulary in CLIP's own format."""
    return write_clip_tokenizer(tmp_path)


@pytest.fixture
def config() -> ModelConfig:
    text_encoder = replace(TINY_INSPIX2PIX.text_encoder, tokenizer="clip", vocab_size=VOCAB_SIZE)
    return replace(TINY_INSPIX2PIX, text_encoder=text_encoder)


def golden_pipeline(networks: Networks, tokenizer: CLIPTokenizer) -> StableDiffusionInstructPix2PixPipeline:
    pipeline = StableDiffusionInstructPix2PixPipeline(
        vae=networks.vae,
        text_encoder=networks.text_encoder,
        tokenizer=tokenizer,
        unet=networks.unet,
        scheduler=EulerAncestralDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@torch.no_grad()
def test_every_step_equals_diffusers_pipeline(
    config: ModelConfig, tokenizer_files: tuple[Path, Path]
) -> None:
    vocab, merges = tokenizer_files
    picture = tiny_picture(64, 40)
    golden: list[torch.Tensor] = []

    def keep(
        _pipe: object, _step: int, _t: object, values: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        golden.append(values["latents"].clone())
        return values

    tokenizer = CLIPTokenizer(vocab=str(vocab), merges=str(merges), model_max_length=77)
    output = golden_pipeline(build_networks(config, seed=5), tokenizer)(
        "make it red",
        image=picture,
        num_inference_steps=OPTIONS.num_inference_steps,
        guidance_scale=OPTIONS.guidance_scale,
        image_guidance_scale=OPTIONS.image_guidance_scale,
        generator=torch.Generator().manual_seed(4),
        output_type="np",
        callback_on_step_end=keep,
    )

    networks = build_networks(config, seed=5)
    editor = make_editor(
        config, networks, ClipTokenizer(vocab, merges, config.text_encoder), info=tiny_info("insp2p")
    )
    *events, done = run_edit(editor, picture, "make it red", seed=4, options=asdict(OPTIONS))
    (encoding,) = (event.encoding for event in events if isinstance(event, EncodingReady))
    assert isinstance(done, EditDone)
    np.testing.assert_allclose(done.sampled.image, output.images[0], atol=1e-4)

    denoiser = prepare_denoiser(
        networks.unet,
        encoding.edit_embeds,
        encoding.negative_embeds,
        encode_pixels(networks.vae, to_pixels([picture])),
        OPTIONS,
    )
    scheduler = make_scheduler("euler_a", config.scheduler, OPTIONS.num_inference_steps)
    generator = torch.Generator().manual_seed(4)
    start = initial_latents(scheduler, [generator], golden[0].shape[1:])
    for state, latents in zip(denoise(denoiser, scheduler, start, [generator]), golden, strict=True):
        torch.testing.assert_close(state.latents, latents, rtol=1e-5, atol=1e-4)


def test_the_text_is_cut_and_padded_to_one_length(
    config: ModelConfig, tokenizer_files: tuple[Path, Path]
) -> None:
    tokenizer = ClipTokenizer(*tokenizer_files, config.text_encoder)
    begin, end = config.text_encoder.vocab_size - 2, config.text_encoder.vocab_size - 1
    ids = tokenizer.encode("red")
    assert ids[0] == begin
    assert ids[2:] == [end] * 75
    assert len(tokenizer.encode("make it red " * 99)) == 77


def test_a_vocabulary_of_another_size_is_refused(
    config: ModelConfig, tokenizer_files: tuple[Path, Path]
) -> None:
    with pytest.raises(BadTokenizer, match="the text encoder needs 49408"):
        ClipTokenizer(*tokenizer_files, replace(config.text_encoder, vocab_size=49408))
