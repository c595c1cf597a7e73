"""Pictures and texts as points: CLIP and DINO with their published preprocessing.

`ClipEmbedder`  OpenAI's own preprocessing, or InstructPix2Pix' (a squashed square, bicubic on the tensor)
`DinoEmbedder`  the CLS output behind resize 256, crop 224
All points have length one; a cosine is their product.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from torch import Tensor
from transformers import ViTModel

from mgie.evaluate.metrics.backbones import CLIP_FOLDERS, DINO_FOLDER, find
from mgie.model.clip_points import ClipPoints, Points, column, embed_in_batches, resized_and_cropped
from mgie.model.vision import CLIP_MEAN, CLIP_STD
from mgie.synth.light import Pixels

ClipName: TypeAlias = Literal["clip-b32", "clip-l14"]
ClipPixels: TypeAlias = Literal["openai", "ip2p", "ip2p-legacy"]

_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class ClipEmbedder(ClipPoints):
    """A CLIP among the backbones."""

    def __init__(
        self, name: ClipName, backbones: Path | None, device: str = "cpu", pixels: ClipPixels = "openai"
    ) -> None:
        """pixels: "ip2p" squashes as clip_similarity.py does; "ip2p-legacy" keeps its wrong range."""
        super().__init__(find(backbones, CLIP_FOLDERS[name]), device)
        self._pixels = pixels

    def images(self, pictures: Sequence[Pixels]) -> Points:
        """(N, D) of pictures of any size."""
        if self._pixels == "openai":
            return super().images(pictures)
        return self.pixels([self._ip2p(picture) for picture in pictures])

    def _ip2p(self, picture: Pixels) -> Tensor:
        x = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255
        x = x * 2 - 1 if self._pixels == "ip2p-legacy" else x
        size = (self.size_px, self.size_px)
        x = torch.nn.functional.interpolate(x, size=size, mode="bicubic", align_corners=False)
        return (x[0] - column(CLIP_MEAN)) / column(CLIP_STD)


class DinoEmbedder:
    """DINO ViT-S/16 of transformers' format (facebook/dino-vits16)."""

    def __init__(self, backbones: Path | None, device: str = "cpu") -> None:
        folder = find(backbones, DINO_FOLDER)
        self._model: Any = ViTModel.from_pretrained(
            folder, add_pooling_layer=False, local_files_only=True, dtype=torch.float32
        )
        self._model.eval().to(device)
        self._device = device

    def images(self, pictures: Sequence[Pixels]) -> Points:
        """(N, D) of pictures of any size."""
        size_px: int = self._model.config.image_size
        resize_px = size_px * 256 // 224

        def embed(batch: Tensor) -> Tensor:
            return self._model(pixel_values=batch).last_hidden_state[:, 0]

        pixels = [
            resized_and_cropped(picture, resize_px, size_px, _IMAGENET_MEAN, _IMAGENET_STD)
            for picture in pictures
        ]
        return embed_in_batches(pixels, embed, self._device)
