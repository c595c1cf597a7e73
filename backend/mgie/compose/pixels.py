"""Between a document's pixels and straight working colours, one window at a time, nothing lost on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mgie.api.picture import Picture, Pixels, white_of
from mgie.compose.colour import from_working, to_working
from mgie.compose.resample import Floats

Window = tuple[slice, slice]


def read_colours(picture: Picture, window: Window) -> tuple[Floats, Floats | None]:
    """Straight working colours (3, h, w) of a window, and its alpha (h, w) 0..1 or None.

    Where a pixel is fully transparent its straight colour is 0 if it was premultiplied. NaN and infinity,
    possible in float documents, are read as finite numbers.
    """
    pixels = picture.pixels[window]
    scale = np.float32(1.0 / picture.white)
    indices = (0, 1, 2) if picture.num_colours == 3 else (0, 0, 0)
    planes = np.empty((3, *pixels.shape[:2]), np.float32)
    for plane, index in enumerate(indices):
        np.multiply(pixels[..., index], scale, out=planes[plane], dtype=np.float32, casting="unsafe")
    if pixels.dtype.kind == "f":
        np.nan_to_num(planes, copy=False, nan=0.0, posinf=65504.0, neginf=-65504.0)
    alpha = None
    if picture.has_alpha:
        alpha = pixels[..., -1].astype(np.float32) * scale
    if alpha is not None and pixels.dtype.kind == "f":
        np.nan_to_num(alpha, copy=False, nan=0.0, posinf=1.0, neginf=0.0)
    if alpha is not None and picture.alpha == "premultiplied":
        planes /= np.where(alpha > 0, alpha, np.float32(1.0))
    return to_working(planes, picture.colour_space), alpha


def write_colours(
    target: Pixels, picture: Picture, colours: Floats, alpha: Floats | None, changed: npt.NDArray[np.bool_]
) -> None:
    """Put straight working colours (3, h, w) into `target` (h, w, C) where `changed`, in its format.

    Alpha stays. Integer formats are rounded and clipped to their range, floats are not clipped.
    """
    planes = from_working(colours, picture.colour_space)
    limit: Floats | float = 1.0
    if alpha is not None and picture.alpha == "premultiplied":
        planes = planes * alpha
        limit = alpha
    for index in range(picture.num_colours):
        values = encode_plane(planes[index], target.dtype, limit)
        np.copyto(target[..., index], values, where=changed)


def is_number(pixels: Pixels) -> npt.NDArray[np.bool_]:
    """(h, w): where all channels are finite; an edit leaves the others as they are."""
    if pixels.dtype.kind != "f":
        return np.ones(pixels.shape[:2], np.bool_)
    return np.asarray(np.isfinite(pixels).all(axis=-1))


def differs(pixels: Pixels, others: Pixels) -> npt.NDArray[np.bool_]:
    """(h, w): where two pictures of one format hold other values; NaN equals NaN."""
    apart = pixels != others
    if pixels.dtype.kind == "f":
        apart &= ~(np.isnan(pixels) & np.isnan(others))
    found = apart[..., 0].copy()
    for index in range(1, apart.shape[-1]):  # `any` over a short last axis takes ten times as long
        found |= apart[..., index]
    return found


def encode_plane(plane: Floats, dtype: np.dtype[Any], limit: Floats | float = 1.0) -> Pixels:
    """One colour plane 0..1 in a document's number format; integers stay within 0..limit."""
    if dtype.kind == "f":
        largest = float(np.finfo(dtype).max)
        return np.clip(plane, -largest, largest).astype(dtype)
    values = np.minimum(plane, limit)
    np.maximum(values, 0.0, out=values)
    values *= np.float32(white_of(dtype))
    values += np.float32(0.5)
    return values.astype(dtype)
