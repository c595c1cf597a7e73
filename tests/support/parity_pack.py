"""Reads the parity pack: golden numbers of the published implementation.

MGIE_PARITY_PACK points at another pack of the same layout; tests run on whatever cases it holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from support.parity_weights import PACK, fill

if TYPE_CHECKING:
    from mgie.model.tokenizer import Tokenizer


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
    from mgie.model.tokenizer import Tokenizer  # sentencepiece: the measurement on a GPU does without

    return Tokenizer.from_file(PACK / "tokenizer" / "tokenizer.model", config().tokens)


# Our field -> what the pack calls it, where that is another name.
_VISION = {
    "image_size_px": "image_size",
    "patch_size_px": "patch_size",
    "num_layers": "num_hidden_layers",
    "num_heads": "num_attention_heads",
}
_LANGUAGE = {"num_layers": "num_hidden_layers", "num_heads": "num_attention_heads"}
_EDIT_HEAD = {
    "hidden_size": "d_model",
    "feedforward_size": "dim_feedforward",
    "num_heads": "nhead",
    "num_encoder_layers": "encoder_layers",
    "num_decoder_layers": "decoder_layers",
    "num_queries": "n_query",
}


@cache
def config() -> ModelConfig:
    """The pack's model, from its own files."""
    unet, tokens = (read_json(f"configs/{name}.json") for name in ("unet", "tokens"))
    return ModelConfig(
        kind="mgie",
        vision=_read(VisionConfig, "clip_vision", _VISION, feature_layer=tokens["mm_vision_select_layer"]),
        language=_read(
            LanguageConfig,
            "llama",
            _LANGUAGE,
            max_new_tokens=tokens["max_new_tokens"],
            no_repeat_ngram_size=tokens["no_repeat_ngram_size"],
        ),
        tokens=TokenConfig(num_pieces=tokens["im_patch"], num_visual_tokens=len(tokens["img"])),
        prompt=MGIE_PROMPT,
        edit_head=_read(EditHeadConfig, "edit_head", _EDIT_HEAD),
        unet=_read(
            UNetConfig,
            "unet",
            {"num_heads": "attention_head_dim"},
            block_has_attention=tuple("CrossAttn" in name for name in unet["down_block_types"]),
        ),
        vae=_read(VaeConfig, "vae", {}),
        scheduler=_read(SchedulerConfig, "euler_ancestral", {}),
        native_size_px=64,
        sampling=SamplingOptions(num_inference_steps=4),
    )


def _read(kind: type[Any], file: str, names: Mapping[str, str], **given: object) -> Any:
    """A part's config from its file; what the file lacks keeps our default."""
    found = read_json(f"configs/{file}.json")
    values = {field.name: found.get(names.get(field.name, field.name)) for field in fields(kind)}
    known = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if value is not None
    }
    return kind(**{**known, **given})
