"""Backbones of the published shapes with seeded weights, and pictures to look at: the same on both sides.

Used by the tests and by make_golden.py, which runs where lpips, torchmetrics and pytorch-fid are installed.
Only numpy draws, so that no library's generator matters.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from skimage import data
from torch import Tensor
from transformers import CLIPConfig, CLIPModel, ViTConfig, ViTModel

Pixels = npt.NDArray[np.uint8]
TEXTS = ("a red car", "a red car in the snow at night, seen from above")


def seeded(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """Weights by name: of a size that lets signals through; variances and linear layers positive."""
    return {key: _tensor(key, shape) for key, shape in shapes.items()}


def fill(network: torch.nn.Module) -> None:
    """Overwrite every weight of a network with the seeded ones."""
    state = network.state_dict()
    floats = {key: tuple(value.shape) for key, value in state.items() if value.is_floating_point()}
    network.load_state_dict({**state, **seeded(floats)})


def _tensor(key: str, shape: tuple[int, ...]) -> Tensor:
    rng = np.random.default_rng(zlib.crc32(key.encode()))
    values = rng.standard_normal(shape, dtype=np.float32)
    if key.startswith("lin") or key.endswith("running_var") or (key.endswith("bn.weight")):
        values = 0.5 + np.abs(values) / 2
    elif len(shape) > 1:
        values *= np.float32((2 / np.prod(shape[1:])) ** 0.5)
    elif "norm" in key and key.endswith("weight"):
        values = 1 + values / 10
    else:
        values *= np.float32(0.1)
    return torch.from_numpy(np.ascontiguousarray(values))


def pairs() -> dict[str, tuple[Pixels, Pixels]]:
    """Noise, a smooth picture and a photograph, each beside a changed copy; odd and even sides."""
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 256, (2, 71, 90, 3), dtype=np.uint8)
    coarse = Image.fromarray(rng.integers(0, 256, (5, 7, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((150, 101), Image.Resampling.BICUBIC))
    photograph = np.ascontiguousarray(data.astronaut()[:301, 100:332])
    darker = (255 * (photograph / 255) ** 1.6).astype(np.uint8)
    return {
        "noise": (noise[0], noise[1]),
        "smooth": (
            smooth,
            np.clip(smooth.astype(int) + rng.normal(0, 9, smooth.shape), 0, 255).astype(np.uint8),
        ),
        "photograph": (photograph, np.ascontiguousarray(darker)),
    }


def write_clip(folder: Path, *, size_px: int = 64) -> Path:
    """A CLIP of four layers in all, with a tokenizer of single bytes."""
    config = CLIPConfig(
        text_config={
            "vocab_size": 514, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
            "num_attention_heads": 4, "max_position_embeddings": 40, "bos_token_id": 512, "eos_token_id": 513,
            "pad_token_id": 513,
        },
        vision_config={
            "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
            "image_size": size_px, "patch_size": 16,
        },
        projection_dim=24,
    )  # fmt: skip
    model = CLIPModel(config)
    fill(model)
    model.save_pretrained(folder)
    _write_tokenizer(folder)
    preprocessing = {
        "image_processor_type": "CLIPImageProcessor",
        "crop_size": {"height": size_px, "width": size_px},
        "size": {"shortest_edge": size_px},
        "resample": 3,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessing))
    return folder


def write_dino(folder: Path) -> Path:
    """A ViT of two layers at the published 224 px and patches of 16."""
    config = ViTConfig(
        hidden_size=24, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, image_size=224
    )
    model = ViTModel(config, add_pooling_layer=False)
    fill(model)
    model.save_pretrained(folder)
    return folder


def _write_tokenizer(folder: Path) -> None:
    """Byte-level BPE without merges: every byte alone, and every byte that ends a word."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = [chr(byte) for byte in printable] + [chr(256 + i) for i in range(len(others))]
    vocabulary = letters + [f"{letter}</w>" for letter in letters] + ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(vocabulary)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    special = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}
    names = {"tokenizer_class": "CLIPTokenizer", "unk_token": "<|endoftext|>", "model_max_length": 40}
    (folder / "tokenizer_config.json").write_text(json.dumps({**special, **names}))
