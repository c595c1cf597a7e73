"""Complete models. Published: `MGIE_7B`, `MGIE_13B` and the two baselines `LGIE_7B`, `INSPIX2PIX`.

`MINI` (with its baseline `MINI_INSPIX2PIX`) is shipped; `TINY` (with `TINY_LGIE`, `TINY_INSPIX2PIX`) is
small enough for a test.
"""

from __future__ import annotations

from dataclasses import replace

from mgie.model.config import (
    EditHeadConfig,
    LanguageConfig,
    ModelConfig,
    PlanConfig,
    SchedulerConfig,
    TextEncoderConfig,
    TokenConfig,
    UNetConfig,
    VaeConfig,
    VisionConfig,
)
from mgie.model.events import SamplingOptions

MGIE_PROMPT = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions. "
    "USER: what will this image be like if '{instruction}'\n{image} ASSISTANT:"
)
LGIE_PROMPT = MGIE_PROMPT.replace("\n{image}", "")

_SD15_UNET = UNetConfig(
    block_out_channels=(320, 640, 1280, 1280),
    block_has_attention=(True, True, True, False),
    cross_attention_dim=768,
    num_heads=8,
)
_SD15_VAE = VaeConfig(block_out_channels=(128, 256, 512, 512))
_CLIP_L14 = VisionConfig(
    image_size_px=224, patch_size_px=14, hidden_size=1024, intermediate_size=4096, num_layers=24, num_heads=16
)
_LLAMA_7B = LanguageConfig(hidden_size=4096, intermediate_size=11008, num_layers=32, num_heads=32)
_LLAMA_13B = LanguageConfig(hidden_size=5120, intermediate_size=13824, num_layers=40, num_heads=40)

MGIE_7B = ModelConfig(
    kind="mgie",
    vision=_CLIP_L14,
    language=_LLAMA_7B,
    tokens=TokenConfig(num_pieces=32000),
    prompt=MGIE_PROMPT,
    edit_head=EditHeadConfig(
        hidden_size=512, feedforward_size=2048, num_heads=4, num_encoder_layers=4, num_decoder_layers=4
    ),
    unet=_SD15_UNET,
    vae=_SD15_VAE,
    native_size_px=512,
)
MGIE_13B = replace(MGIE_7B, language=_LLAMA_13B)
LGIE_7B = replace(MGIE_7B, kind="lgie", vision=None, prompt=LGIE_PROMPT)
INSPIX2PIX = ModelConfig(
    kind="insp2p",
    text_encoder=TextEncoderConfig(
        vocab_size=49408, hidden_size=768, intermediate_size=3072, num_layers=12, num_heads=12
    ),
    unet=_SD15_UNET,
    vae=_SD15_VAE,
    native_size_px=512,
)

_TINY_UNET = UNetConfig(
    block_out_channels=(16, 32, 48, 48),
    block_has_attention=(True, True, True, False),
    cross_attention_dim=48,
    num_heads=4,
    norm_num_groups=8,
)
_TINY_VAE = VaeConfig(block_out_channels=(8, 16, 16, 16), norm_num_groups=4)

TINY = ModelConfig(
    kind="mgie",
    vision=VisionConfig(
        image_size_px=224, patch_size_px=14, hidden_size=32, intermediate_size=64, num_layers=3, num_heads=4
    ),
    language=LanguageConfig(hidden_size=64, intermediate_size=160, num_layers=2, num_heads=4),
    tokens=TokenConfig(num_pieces=640),
    prompt=MGIE_PROMPT,
    edit_head=EditHeadConfig(
        hidden_size=32, feedforward_size=128, num_heads=4, num_encoder_layers=4, num_decoder_layers=4
    ),
    unet=_TINY_UNET,
    vae=_TINY_VAE,
    native_size_px=64,
    sampling=SamplingOptions(num_inference_steps=4),
)
TINY_LGIE = replace(TINY, kind="lgie", vision=None, prompt=LGIE_PROMPT)
TINY_INSPIX2PIX = ModelConfig(
    kind="insp2p",
    text_encoder=TextEncoderConfig(
        vocab_size=640,
        hidden_size=48,
        intermediate_size=96,
        num_layers=2,
        num_heads=4,
        tokenizer="sentencepiece",
    ),
    unet=_TINY_UNET,
    vae=_TINY_VAE,
    native_size_px=64,
    sampling=SamplingOptions(num_inference_steps=4),
)

# The shortened prompt: a small model pays for every token of the courtesies.
MINI_PROMPT = "USER: what will this image be like if '{instruction}'\n{image} ASSISTANT:"

_MINI_UNET = UNetConfig(
    block_out_channels=(48, 96, 128),
    # Attention next to the output too: with it only innermost, the same error took four times the pairs.
    block_has_attention=(True, True, True),
    cross_attention_dim=128,
    num_heads=4,
    layers_per_block=1,
    norm_num_groups=4,  # wide groups: see `mgie.train.mini.denoiser_start`
)
# Two wide groups: see `mgie.train.mini.autoencoder.linear_start`.
_MINI_VAE = VaeConfig(
    block_out_channels=(16, 24, 32, 48),
    layers_per_block=1,
    norm_num_groups=2,
    scaling_factor=1.0,
    mid_block_has_attention=False,
)

MINI = ModelConfig(
    kind="mgie",
    vision=VisionConfig(
        image_size_px=96, patch_size_px=12, hidden_size=192, intermediate_size=576, num_layers=5, num_heads=6
    ),
    language=LanguageConfig(
        hidden_size=256,
        intermediate_size=704,
        num_layers=6,
        num_heads=8,
        max_position_embeddings=512,
        max_new_tokens=72,
        no_repeat_ngram_size=0,  # plain sentences say "a dark, warm photograph" of every dark, warm one
    ),
    tokens=TokenConfig(num_pieces=3200),
    prompt=MINI_PROMPT,
    edit_head=EditHeadConfig(
        hidden_size=256,
        feedforward_size=512,
        num_heads=8,
        num_encoder_layers=2,
        num_decoder_layers=2,
        num_queries=16,
    ),
    plan=PlanConfig(
        declines_with="I can't do that",
        decides_after="photograph.",
        decides_until=", so it becomes",
        unsure_below=0.5,
        suggestions=("make it brighter", "warm it up", "more contrast", "darken the sky"),
        says_from=0.6,
    ),
    unet=_MINI_UNET,
    vae=_MINI_VAE,
    native_size_px=128,
    scheduler=SchedulerConfig(
        prediction_type="v_prediction", timestep_spacing="trailing", rescale_betas_zero_snr=True
    ),
    # What measured best: trained near pure noise, the shipped weights do best in a single step.
    sampling=SamplingOptions(
        num_inference_steps=1, guidance_scale=1.0, image_guidance_scale=1.0, sampler="dpmpp_2m"
    ),
    precision="fp32",  # its latents hold channels near +-30, which lose too much in half precision
)
MINI_INSPIX2PIX = ModelConfig(
    kind="insp2p",
    text_encoder=TextEncoderConfig(
        vocab_size=3200,
        hidden_size=128,
        intermediate_size=384,
        num_layers=4,
        num_heads=4,
        max_length=40,
        tokenizer="sentencepiece",
    ),
    unet=_MINI_UNET,
    vae=_MINI_VAE,
    native_size_px=128,
    scheduler=MINI.scheduler,
    sampling=MINI.sampling,
    precision=MINI.precision,
)

# What files can be imported as, by the name a person or a sources file gives.
PRESETS = {
    "MGIE_7B": MGIE_7B,
    "MGIE_13B": MGIE_13B,
    "INSPIX2PIX": INSPIX2PIX,
    "TINY": TINY,
    "TINY_INSPIX2PIX": TINY_INSPIX2PIX,
}
