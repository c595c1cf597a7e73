"""How a picture of any shape reaches an editor, and what its answer is compared with.

`square`   as MGIE trained: centre square, 512 px, then `size_px`, bicubic; input, goal and mask alike
`ip2p`     as InstructPix2Pix' edit_cli and MagicBrush generate: the whole picture, longer side near
           `size_px`, sides multiples of 64, Lanczos; compared at the goal's own size
`native`   as MGIE's demo: the whole picture at its own size
`product`  as an artist gets it: the picture at its own size through the compositing of this program
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from mgie.evaluate.datasets.catalogue import FitName
from mgie.evaluate.datasets.item import EvalItem
from mgie.evaluate.metrics.pixels import Selected
from mgie.synth.light import Pixels
from mgie.train.data.pictures import resize, square

_INTERMEDIATE_PX = 512  # the published preparation goes over this size
_MULTIPLE_PX = 64


class Reference(NamedTuple):
    """What an answer is judged by, in the frame of comparison."""

    input: Pixels
    goal: Pixels | None
    mask: Selected | None  # of `input`


def model_picture(pixels: Pixels, fit: FitName, size_px: int) -> Image.Image:
    """The picture that the editor gets ("product" makes its own)."""
    if fit == "square":
        return _square(pixels, size_px)
    if fit == "ip2p":
        return _ip2p(Image.fromarray(pixels), size_px)
    return Image.fromarray(pixels)


def reference(item: EvalItem, fit: FitName, size_px: int) -> Reference:
    """What the answer to an item is judged by."""
    if fit != "square":
        return Reference(item.image, item.goal, item.mask)
    mask = None if item.mask is None else np.repeat(np.where(item.mask, 255, 0)[..., None], 3, axis=2)
    return Reference(
        input=np.asarray(_square(item.image, size_px)),
        goal=None if item.goal is None else np.asarray(_square(item.goal, size_px)),
        mask=None if mask is None else np.asarray(_square(mask.astype(np.uint8), size_px))[..., 0] > 127,
    )


def at_size_of(picture: Pixels, other: Pixels) -> Pixels:
    """A picture at another's size, bicubic as MagicBrush's script resizes."""
    if picture.shape == other.shape:
        return picture
    size = (other.shape[1], other.shape[0])
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))


def _square(pixels: Pixels, size_px: int) -> Image.Image:
    return resize(square(pixels, _INTERMEDIATE_PX), size_px)


def _ip2p(image: Image.Image, size_px: int) -> Image.Image:
    factor = size_px / max(image.size)
    factor = math.ceil(min(image.size) * factor / _MULTIPLE_PX) * _MULTIPLE_PX / min(image.size)
    width, height = (max(1, int(side * factor) // _MULTIPLE_PX) * _MULTIPLE_PX for side in image.size)
    return ImageOps.fit(image, (width, height), method=Image.Resampling.LANCZOS)
