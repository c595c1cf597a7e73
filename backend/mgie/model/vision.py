"""What the language model sees of a picture: CLIP preprocessing and features."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from transformers import CLIPVisionModel

from mgie.model.config import VisionConfig

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)

_MAX_RESIZED_PX = 8192  # beyond this the long side is cropped before instead of after resizing


def clip_pixels(image: Image.Image, config: VisionConfig) -> Image.Image:
    """Resize the short edge bicubically and crop the centre square, as CLIP's own processor does."""
    size = config.image_size_px
    width, height = image.size
    short, long = sorted((width, height))
    resized_long = size * long // short
    if resized_long > _MAX_RESIZED_PX:  # an extreme strip: the same square without the memory
        left, top = (width - short) / 2, (height - short) / 2
        square = (left, top, left + short, top + short)
        return image.resize((size, size), Image.Resampling.BICUBIC, box=square)
    resized = image.resize(
        (size, resized_long) if width <= height else (resized_long, size), Image.Resampling.BICUBIC
    )
    left, top = (resized.width - size) // 2, (resized.height - size) // 2
    return resized.crop((left, top, left + size, top + size))


def pixel_values(image: Image.Image, config: VisionConfig) -> Tensor:
    """Normalised pixels (3, S, S), float32, of an RGB picture of any size."""
    pixels = np.asarray(clip_pixels(image, config)) * (1 / 255)  # in float64, then rounded once
    mean, std = np.array(CLIP_MEAN, np.float32), np.array(CLIP_STD, np.float32)
    normalised = (pixels.astype(np.float32) - mean) / std
    return torch.from_numpy(np.ascontiguousarray(normalised.transpose(2, 0, 1)))


def image_features(tower: CLIPVisionModel, pixels: Tensor, config: VisionConfig) -> Tensor:
    """Features (B, N, D) of normalised pixels (B, 3, S, S): one hidden state, CLS dropped, no final norm.

    Layers behind the selected state do not run.
    """
    states = tower.pre_layrnorm(tower.embeddings(pixels))
    for layer in tower.encoder.layers[: config.num_used_layers]:
        states = layer(states, attention_mask=None)
    return states[:, 1:]
