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
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from transformers import CLIPModel, CLIPTokenizer, ViTModel

from mgie.evaluate.metrics.backbones import CLIP_FOLDERS, DINO_FOLDER, find
from mgie.model.vision import CLIP_MEAN, CLIP_STD
from mgie.synth.light import Pixels

Points: TypeAlias = npt.NDArray[np.float32]  # (N, D), unit length
ClipName: TypeAlias = Literal["clip-b32", "clip-l14"]
ClipPixels: TypeAlias = Literal["openai", "ip2p", "ip2p-legacy"]

_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_BATCH = 32


class ClipEmbedder:
    """A CLIP of transformers' format; the model's own size decides the crop (published: 224 px)."""

    def __init__(
        self, name: ClipName, backbones: Path | None, device: str = "cpu", pixels: ClipPixels = "openai"
    ) -> None:
        """pixels: "ip2p" squashes as clip_similarity.py does; "ip2p-legacy" keeps its wrong range."""
        folder = find(backbones, CLIP_FOLDERS[name])
        self._model: Any = CLIPModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        self._model.eval().to(device)
        self._tokenizer: Any = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
        self._size_px: int = self._model.config.vision_config.image_size
        self._device, self._pixels = device, pixels

    def images(self, pictures: Sequence[Pixels]) -> Points:
        """(N, D) of pictures of any size."""
        make = self._openai if self._pixels == "openai" else self._ip2p

        def embed(batch: Tensor) -> Tensor:
            seen = self._model.vision_model(pixel_values=batch).pooler_output
            return self._model.visual_projection(seen)

        return _embed([make(picture) for picture in pictures], embed, self._device)

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

    def _openai(self, picture: Pixels) -> Tensor:
        return resized_and_cropped(picture, self._size_px, self._size_px, CLIP_MEAN, CLIP_STD)

    def _ip2p(self, picture: Pixels) -> Tensor:
        x = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255
        x = x * 2 - 1 if self._pixels == "ip2p-legacy" else x
        size = (self._size_px, self._size_px)
        x = torch.nn.functional.interpolate(x, size=size, mode="bicubic", align_corners=False)
        return (x[0] - _column(CLIP_MEAN)) / _column(CLIP_STD)


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
        return _embed(pixels, embed, self._device)


def resized_and_cropped(
    picture: Pixels, resize_px: int, crop_px: int, mean: tuple[float, ...], std: tuple[float, ...]
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
    return (x - _column(mean)) / _column(std)


def _column(values: tuple[float, ...]) -> Tensor:
    return torch.tensor(values).view(3, 1, 1)


@torch.no_grad()
def _embed(pixels: Sequence[Tensor], embed: Any, device: str) -> Points:
    batches = [pixels[start : start + _BATCH] for start in range(0, len(pixels), _BATCH)]
    return np.concatenate([_unit(embed(torch.stack(list(batch)).to(device))) for batch in batches])


def _unit(points: Tensor) -> Points:
    return torch.nn.functional.normalize(points.float(), dim=-1).cpu().numpy()
