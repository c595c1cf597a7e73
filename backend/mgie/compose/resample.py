"""Resizing float arrays, whole or one window at a time, with the pixel centres where they belong."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats: TypeAlias = npt.NDArray[np.floating[Any]]  # float32 unless said otherwise


def resize(
    array: Floats, width: int, height: int, *, box: tuple[float, float, float, float] | None = None
) -> Floats:
    """Resize (H, W) or (H, W, C): antialiased Lanczos downwards, bicubic upwards.

    box: left, top, right, bottom of the source window; pixels beyond it still take part, so that
    neighbouring windows meet without a seam.
    """
    if array.ndim == 3:
        planes = [resize(array[..., i], width, height, box=box) for i in range(array.shape[2])]
        return np.stack(planes, axis=-1)
    left, top, right, bottom = box or (0, 0, array.shape[1], array.shape[0])
    is_smaller = width < right - left or height < bottom - top
    method = Image.Resampling.LANCZOS if is_smaller else Image.Resampling.BICUBIC
    image = Image.fromarray(np.ascontiguousarray(array, np.float32))
    return np.asarray(image.resize((width, height), method, box=(left, top, right, bottom)))


def resize_mean(array: Floats, height: int, width: int) -> Floats:
    """Means of (H, W, C) over height x width equal cells, pixels on a border shared by area."""
    planes = [Image.fromarray(np.ascontiguousarray(array[..., i], np.float32)) for i in range(array.shape[2])]
    small = [np.asarray(plane.resize((width, height), Image.Resampling.BOX)) for plane in planes]
    return np.stack(small, axis=-1)


def block_mean(array: Floats, factor: int) -> Floats:
    """Means over factor x factor blocks of (H, W, C); a rest at the far edges makes smaller blocks."""
    if factor == 1:
        return array
    rows = np.arange(0, array.shape[0], factor)
    columns = np.arange(0, array.shape[1], factor)
    sums = np.add.reduceat(np.add.reduceat(array, rows, axis=0), columns, axis=1)
    heights = np.diff(np.append(rows, array.shape[0])).astype(np.float32)
    widths = np.diff(np.append(columns, array.shape[1])).astype(np.float32)
    return sums / (heights[:, None, None] * widths[None, :, None])


def spline_weights(positions: Floats, count: int) -> Floats:
    """Cubic B-spline weights (N, count) of N positions over cells centred at 0..count-1; rows add up to 1.

    Beyond the outer cells the cells go on in a straight line, for half a cell.
    """
    if count == 1:
        return np.ones((len(positions), 1), np.float32)
    clipped = np.clip(positions, -0.5, count - 0.5)
    base = np.floor(clipped).astype(np.intp)
    t = clipped - base
    taps = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    weights = np.zeros((len(clipped), count), np.float32)
    rows = np.arange(len(clipped))
    for offset, tap in zip((-1, 0, 1, 2), taps, strict=True):
        cell = base + offset
        inside = np.clip(cell, 0, count - 1)
        beyond = np.abs(cell - inside)
        neighbour = np.where(cell < 0, 1, count - 2)
        weights[rows, inside] += (1 + beyond) * tap / 6
        weights[rows, neighbour] -= beyond * tap / 6
    return weights
