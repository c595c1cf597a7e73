"""Reads the parity pack: golden numbers of the published implementation.

MGIE_PARITY_PACK points at another pack of the same layout; tests run on whatever cases it holds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from mgie.model.config import (
    EditHeadConfig,
    LanguageConfig,
    ModelConfig,
    SamplingOptions,
    SchedulerConfig,
    TokenConfig,
    UNetConfig,
    VaeConfig,
    VisionConfig,
)
from mgie.model.networks import Networks, build_networks
from mgie.model.presets import (
    MGIE_PROMPT,
)
from mgie.model.tokenizer import Tokenizer
from support.parity_weights import PACK, fill


@dataclass(frozen=True)
class Case:
    """One picture and instruction with everything the published code made of them."""

    name: str

    def __str__(self) -> str:
        return self.name

    @property
    def info(self) -> dict[str, Any]:
        return read_json("cases/cases.json")[self.name]

    @property
    def image(self) -> Image.Image:
        with Image.open(PACK / "cases" / self.info["image"]) as image:
            return image.convert("RGB")

    @cached_property
    def mllm(self) -> dict[str, np.ndarray]:
        return read_arrays(f"cases/{self.name}_mllm.npz")

    def networks(self) -> Networks:
        """Networks whose lm_head makes the language model write this text; shared, so never change them."""
        return _networks(self)


@dataclass(frozen=True)
class Diffusion:
    """A case's diffusion run with some number of steps."""

    path: str  # inside the pack

    def __str__(self) -> str:
        return Path(self.path).stem

    @property
    def case(self) -> Case:
        return Case(self.path.removeprefix("cases/").split("_diffusion")[0])

    @cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        return read_arrays(self.path)

    @property
    def options(self) -> SamplingOptions:
        pipeline = read_json("configs/pipeline.json")
        return SamplingOptions(
            num_inference_steps=len(self.arrays["timesteps"]),
            guidance_scale=pipeline["guidance_scale"],
            image_guidance_scale=pipeline["image_guidance_scale"],
        )


@cache
def _networks(case: Case) -> Networks:
    networks = build_networks(config())
    fill(networks)
    with torch.no_grad():
        rows = torch.from_numpy(case.mllm["lm_head_rows"])
        networks.language_model.lm_head.weight[case.mllm["lm_head_ids"]] = rows
    return networks


def cases() -> list[Case]:
    return [Case(name) for name in read_json("cases/cases.json")]


def cases_with(array: str) -> list[Case]:
    return [case for case in cases() if array in case.mllm]


def diffusions() -> list[Diffusion]:
    return [Diffusion(f"cases/{path.name}") for path in sorted((PACK / "cases").glob("*_diffusion*.npz"))]


def seed() -> int:
    return read_json("configs/pipeline.json")["seed"]


@cache
def read_json(name: str) -> Any:
    return json.loads((PACK / name).read_text(encoding="utf-8"))


@cache
def read_arrays(name: str) -> dict[str, np.ndarray]:
    with np.load(PACK / name) as arrays:
        return dict(arrays)


def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(PACK / "tokenizer" / "tokenizer.model", config().tokens)


@cache
def config() -> ModelConfig:
    """The pack's model, from its own files."""
    vision, llama, head, unet, vae, schedule, tokens = (
        read_json(f"configs/{name}.json")
        for name in ("clip_vision", "llama", "edit_head", "unet", "vae", "euler_ancestral", "tokens")
    )
    return ModelConfig(
        kind="mgie",
        vision=VisionConfig(
            image_size_px=vision["image_size"],
            patch_size_px=vision["patch_size"],
            hidden_size=vision["hidden_size"],
            intermediate_size=vision["intermediate_size"],
            num_layers=vision["num_hidden_layers"],
            num_heads=vision["num_attention_heads"],
            feature_layer=tokens["mm_vision_select_layer"],
        ),
        language=LanguageConfig(
            hidden_size=llama["hidden_size"],
            intermediate_size=llama["intermediate_size"],
            num_layers=llama["num_hidden_layers"],
            num_heads=llama["num_attention_heads"],
            max_position_embeddings=llama["max_position_embeddings"],
            rms_norm_eps=llama["rms_norm_eps"],
            max_new_tokens=tokens["max_new_tokens"],
            no_repeat_ngram_size=tokens["no_repeat_ngram_size"],
        ),
        tokens=TokenConfig(num_pieces=tokens["im_patch"], num_visual_tokens=len(tokens["img"])),
        prompt=MGIE_PROMPT,
        edit_head=EditHeadConfig(
            hidden_size=head["d_model"],
            feedforward_size=head["dim_feedforward"],
            num_heads=head["nhead"],
            num_encoder_layers=head["encoder_layers"],
            num_decoder_layers=head["decoder_layers"],
            num_queries=head["n_query"],
        ),
        unet=UNetConfig(
            block_out_channels=tuple(unet["block_out_channels"]),
            block_has_attention=tuple("CrossAttn" in name for name in unet["down_block_types"]),
            cross_attention_dim=unet["cross_attention_dim"],
            num_heads=unet["attention_head_dim"],
            layers_per_block=unet["layers_per_block"],
            norm_num_groups=unet["norm_num_groups"],
        ),
        vae=VaeConfig(
            block_out_channels=tuple(vae["block_out_channels"]),
            layers_per_block=vae["layers_per_block"],
            latent_channels=vae["latent_channels"],
            norm_num_groups=vae["norm_num_groups"],
            scaling_factor=vae["scaling_factor"],
        ),
        scheduler=SchedulerConfig(
            num_train_timesteps=schedule["num_train_timesteps"],
            beta_start=schedule["beta_start"],
            beta_end=schedule["beta_end"],
            timestep_spacing=schedule["timestep_spacing"],
        ),
        native_size_px=64,
        sampling=SamplingOptions(num_inference_steps=4),
    )
