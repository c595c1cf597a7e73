"""CLIP as a judge of pictures and words: points of length one, whose product is a cosine.

OpenAI's own preprocessing; the model is a folder of transformers' format.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from transformers import CLIPModel, CLIPTokenizer
from transformers.utils import logging

from mgie.model.empty_weights import making_networks
from mgie.model.vision import CLIP_MEAN, CLIP_STD

Points: TypeAlias = npt.NDArray[np.float32]  # (N, D), unit length
Bytes: TypeAlias = npt.NDArray[np.uint8]  # (H, W, 3) sRGB

FOLDERS = {"clip-b32": "clip-vit-base-patch32", "clip-l14": "clip-vit-large-patch14"}
_BATCH = 32


class ClipPoints:
    """A CLIP; its own size decides the crop (published: 224 px)."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        logging.disable_progress_bar()
        with making_networks():
            self._model: Any = CLIPModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        self._model.eval().to(device)
        self._tokenizer: Any = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
        self.size_px: int = self._model.config.vision_config.image_size
        self._device = device

    def images(self, pictures: Sequence[Bytes]) -> Points:
        """(N, D) of pictures of any size."""
        side = self.size_px
        return self.pixels(
            [resized_and_cropped(picture, side, side, CLIP_MEAN, CLIP_STD) for picture in pictures]
        )

    def pixels(self, pixels: Sequence[Tensor]) -> Points:
        """(N, D) of normalised pixels (3, size, size) each."""

        def embed(batch: Tensor) -> Tensor:
            seen = self._model.vision_model(pixel_values=batch).pooler_output
            return self._model.visual_projection(seen)

        return embed_in_batches(pixels, embed, self._device)

    @torch.no_grad()
    def texts(self, texts: Sequence[str]) -> Points:
        """(N, D); what is longer than CLIP's context is cut, as `clip.tokenize(truncate=True)` does."""
        length: int = self._model.config.text_config.max_position_embeddings
        rows: list[Tensor] = []
        for text in texts:
            ids = self._tokenizer(text, truncation=True, max_length=length, return_tensors="pt")["input_ids"]
            read = self._model.text_model(input_ids=ids.to(self._device)).pooler_output
            rows.append(self._model.text_projection(read))
        return _unit(torch.cat(rows))


def resized_and_cropped(
    picture: Bytes, resize_px: int, crop_px: int, mean: tuple[float, ...], std: tuple[float, ...]
) -> Tensor:
    """(3, crop, crop): torchvision's Resize (bicubic), CenterCrop, ToTensor, Normalize on Pillow."""
    image = Image.fromarray(picture)
    width, height = image.size
    short = min(width, height)
    size = (resize_px * width // short, resize_px * height // short)
    image = image if image.size == size else image.resize(size, Image.Resampling.BICUBIC)
    left, top = (round((side - crop_px) / 2) for side in image.size)
    cropped = np.array(image.crop((left, top, left + crop_px, top + crop_px)))
    x = torch.from_numpy(cropped).permute(2, 0, 1).float() / 255
    return (x - column(mean)) / column(std)


def column(values: tuple[float, ...]) -> Tensor:
    """(3, 1, 1), to go with pixels."""
    return torch.tensor(values).view(3, 1, 1)


@torch.no_grad()
def embed_in_batches(pixels: Sequence[Tensor], embed: Any, device: str) -> Points:
    """(N, D) of unit length."""
    batches = [pixels[start : start + _BATCH] for start in range(0, len(pixels), _BATCH)]
    return np.concatenate([_unit(embed(torch.stack(list(batch)).to(device))) for batch in batches])


def _unit(points: Tensor) -> Points:
    return torch.nn.functional.normalize(points.float(), dim=-1).cpu().numpy()
