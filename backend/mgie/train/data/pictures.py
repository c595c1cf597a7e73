"""From pictures of any shape to the squares that the networks learn on, in the published order of resizes."""

from __future__ import annotations

import numpy as np
from PIL import Image

from mgie.train.data.pairs import ByteImage


def square(pixels: ByteImage, intermediate_px: int | None) -> Image.Image:
    """The centre square, resized to `intermediate_px` (bicubic); the published first step of both paths."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    image = Image.fromarray(pixels[top : top + side, left : left + side])
    return image if intermediate_px is None else resize(image, intermediate_px)


def resize(image: Image.Image, side_px: int) -> Image.Image:
    """A square picture at another size, bicubic."""
    if image.size == (side_px, side_px):
        return image
    return image.resize((side_px, side_px), Image.Resampling.BICUBIC)


def channels_first(image: Image.Image) -> ByteImage:
    """(3, H, W) uint8."""
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))
