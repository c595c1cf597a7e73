"""Distances between two pictures of one size, pixel by pixel. All take 8-bit sRGB (H, W, 3).

`selected`, where it is taken, is (H, W) bool: only these pixels count.
"""

from __future__ import annotations

from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
from skimage.color import deltaE_ciede2000, rgb2lab

from mgie.errors import BadImage
from mgie.synth.light import Pixels

Selected: TypeAlias = npt.NDArray[np.bool_]  # (H, W)
Map: TypeAlias = npt.NDArray[np.floating[Any]]  # (H, W) or (H, W, 3)

MAX_PSNR_DB = 60.0  # equal pictures would have an infinite one
CHANGED_LEVELS = 8  # of 255; a pixel of which any channel moved further counts as changed


def l1(first: Pixels, second: Pixels, selected: Selected | None = None) -> float:
    """Mean absolute difference on the scale 0..1 (MagicBrush's `nn.L1Loss` on [0, 1] pictures)."""
    return _mean(np.abs(_difference(first, second)), selected)


def l2(first: Pixels, second: Pixels, selected: Selected | None = None) -> float:
    """Mean squared difference on the scale 0..1 (MagicBrush's `nn.MSELoss`)."""
    return _mean(np.square(_difference(first, second)), selected)


def psnr_db(first: Pixels, second: Pixels, selected: Selected | None = None) -> float:
    """Peak signal to noise ratio over all channels, data range 1; at most MAX_PSNR_DB."""
    error = l2(first, second, selected)
    return MAX_PSNR_DB if error <= 10 ** (-MAX_PSNR_DB / 10) else float(-10 * np.log10(error))


def ciede2000(first: Pixels, second: Pixels, selected: Selected | None = None) -> float:
    """Mean CIEDE2000 (D65, 2 degrees): about 1 is just visible."""
    _check(first, second)
    return _mean(cast(Map, deltaE_ciede2000(rgb2lab(first), rgb2lab(second))), selected)


def change_area(before: Pixels, after: Pixels, levels: int = CHANGED_LEVELS) -> float:
    """Share of pixels of which a channel moved by more than `levels` of 255."""
    _check(before, after)
    moved = np.abs(before.astype(np.int16) - after).max(axis=2) > levels
    return float(moved.mean())


def _difference(first: Pixels, second: Pixels) -> Map:
    _check(first, second)
    return (first.astype(np.float64) - second) / 255


def _mean(values: Map, selected: Selected | None) -> float:
    """The mean over the selected pixels; NaN where there are none."""
    if selected is None:
        return float(values.mean())
    return float(values[selected].mean()) if selected.any() else float("nan")


def _check(first: Pixels, second: Pixels) -> None:
    if first.shape != second.shape or first.ndim != 3 or first.dtype != np.uint8 or second.dtype != np.uint8:
        raise BadImage(
            f"cannot compare {first.dtype} {first.shape} with {second.dtype} {second.shape}; "
            "expected two uint8 (H, W, 3) of one size"
        )
