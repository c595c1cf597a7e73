"""Results laid over a picture, in order, in the document's own numbers, as layers are shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mgie.api.picture import Coverage, Picture, Pixels
from mgie.api.rect import Rect
from mgie.compose.region import picture_rect

_STRIP_ROWS = 256  # blended at a time


def paste_pixels(picture: Picture, rect: Rect, pixels: Pixels) -> Picture:
    """A copy of the picture with other pixels in a rectangle.

    rect: canvas coordinates, inside the picture. pixels: (rect.height, rect.width, C), of its format.
    """
    changed = picture.pixels.copy()
    changed[rect.within(picture_rect(picture))] = pixels
    return replace(picture, pixels=changed)


def lay_over(picture: Picture, rect: Rect, pixels: Pixels, weight: Coverage) -> Picture:
    """A copy of the picture with a layer over it.

    rect: canvas coordinates, inside the picture. pixels: (rect.height, rect.width, C), of its format.
    weight: (rect.height, rect.width); 0 leaves a pixel as it is, 255 replaces it, bit by bit.
    """
    changed = picture.pixels.copy()
    target = changed[rect.within(picture_rect(picture))]
    for top in range(0, rect.height, _STRIP_ROWS):
        rows = slice(top, top + _STRIP_ROWS)
        _blend(target[rows], pixels[rows], weight[rows])
    return replace(picture, pixels=changed)


def _blend(target: Pixels, pixels: Pixels, weight: Coverage) -> None:
    """Write the blend of one strip into `target`, a view."""
    target[weight == 255] = pixels[weight == 255]
    soft = (weight > 0) & (weight < 255)
    if not soft.any():
        return
    share = (weight[soft] / 255.0)[:, None]
    mixed = target[soft] + share * (pixels[soft].astype(np.float64) - target[soft])
    target[soft] = np.rint(mixed) if target.dtype.kind == "u" else mixed
