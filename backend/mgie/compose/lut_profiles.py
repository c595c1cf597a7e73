"""Colours through ICC profiles made of look-up tables, and back, even where a profile has no way back.

Scanners and cameras often write the tables that lead from the picture to the connection space alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

import imagecodecs
import numpy as np
import numpy.typing as npt

from mgie.compose.icc import Profile, build_profile
from mgie.errors import BadImage

Floats: TypeAlias = npt.NDArray[np.floating[Any]]

_NO_OPTIMISATION = 0x0100  # LittleCMS's own is off by up to 8 % on dark colours
_RELATIVE = 1  # rendering intent
_GRID = 17  # nodes per colour of an inverse
_GRAY_LEVELS = 1025
_STEPS = 12  # of Newton's method; 6 are enough for smooth tables
_REACH = 1e-3  # step of the difference quotients


def tables_to_srgb(values: Floats, icc: bytes, profile: Profile) -> Floats:
    """Numbers of a document (..., 3), 0..1, to encoded sRGB; of a gray one the first counts."""
    return _convert(values[..., : profile.num_colours], icc, build_profile("srgb"))


def srgb_to_tables(values: Floats, icc: bytes, profile: Profile) -> Floats:
    """Encoded sRGB (..., 3) to numbers of a document; a gray one gets its number three times."""
    if profile.num_colours == 1:
        levels, luma = _gray_steps(icc)
        gray = np.interp(np.clip(values, 0.0, 1.0).mean(axis=-1), luma, levels).astype(np.float32)
        return np.repeat(gray[..., None], 3, axis=-1)
    if profile.has_inverse:
        return _convert(values, build_profile("srgb"), icc)
    return _look_up(_inverse(icc), np.clip(values, 0.0, 1.0))


def _convert(values: Floats, source: bytes, target: bytes) -> Floats:
    """Through LittleCMS in float."""
    is_gray = values.shape[-1] == 1
    inside = np.ascontiguousarray(np.clip(values, 0.0, 1.0), np.float32).reshape(1, -1, values.shape[-1])
    try:
        converted = imagecodecs.cms_transform(
            inside[..., 0] if is_gray else inside,
            source,
            target,
            colorspace="gray" if is_gray else "rgb",
            outcolorspace="rgb",
            intent=_RELATIVE,
            flags=_NO_OPTIMISATION,
        )
    except (RuntimeError, ValueError) as error:
        raise BadImage(f"the colour profile's tables are damaged ({error}); assign another one") from error
    return np.asarray(converted, np.float32).reshape(*values.shape[:-1], 3)


@lru_cache(maxsize=4)
def _gray_steps(icc: bytes) -> tuple[Floats, Floats]:
    """Gray levels and what they look like, encoded sRGB, rising."""
    levels = np.linspace(0.0, 1.0, _GRAY_LEVELS)
    luma = _convert(levels[:, None], icc, build_profile("srgb")).mean(axis=-1)
    order = np.argsort(luma, kind="stable")
    return levels[order], luma[order]


@lru_cache(maxsize=4)
def _inverse(icc: bytes) -> Floats:
    """(_GRID, _GRID, _GRID, 3): the document's numbers that look like each sRGB colour of a grid."""
    axis = np.linspace(0.0, 1.0, _GRID, dtype=np.float32)
    wanted = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    found = wanted.astype(np.float64)
    best, nearest = found.copy(), np.full(len(found), np.inf)
    for _ in range(_STEPS):
        shown, slopes = _slopes(found, icc)
        miss = wanted - shown
        distance = (miss**2).sum(axis=-1)
        closer = distance < nearest
        best[closer], nearest[closer] = found[closer], distance[closer]
        # Levenberg's damping holds where a table is flat, as at the border of its gamut.
        normal = np.swapaxes(slopes, 1, 2) @ slopes + 1e-3 * np.eye(3)
        step = np.linalg.solve(normal, (np.swapaxes(slopes, 1, 2) @ miss[..., None]))[..., 0]
        found = np.clip(best + np.where(closer[:, None], step, 0.5 * (found - best)), 0.0, 1.0)
    return best.astype(np.float32).reshape(_GRID, _GRID, _GRID, 3)


def _slopes(values: Floats, icc: bytes) -> tuple[Floats, Floats]:
    """What numbers (n, 3) look like, and how that changes with each: (n, 3) and (n, 3, 3)."""
    srgb = build_profile("srgb")
    shown = _convert(values, icc, srgb).astype(np.float64)
    columns: list[Floats] = []
    for index in range(3):
        step = np.where(values[:, index] < 0.5, _REACH, -_REACH)
        moved = values.copy()
        moved[:, index] += step
        columns.append((_convert(moved, icc, srgb) - shown) / step[:, None])
    return shown, np.stack(columns, axis=-1)


def _look_up(grid: Floats, values: Floats) -> Floats:
    """Trilinear interpolation of a grid over 0..1."""
    place = values.astype(np.float32) * (_GRID - 1)
    low = np.clip(place.astype(np.intp), 0, _GRID - 2)
    share = place - low
    total = np.zeros(values.shape, np.float32)
    for corner in range(8):
        bits = np.array([corner & 1, corner >> 1 & 1, corner >> 2 & 1])
        weight = np.where(bits == 1, share, 1.0 - share).prod(axis=-1)
        index = low + bits
        total += weight[..., None] * grid[index[..., 0], index[..., 1], index[..., 2]]
    return total
