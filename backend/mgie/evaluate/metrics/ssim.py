"""Structural similarity in the four forms that papers use unsaid. All take 8-bit sRGB (H, W, 3).

`ssim`           pytorch-ssim: Gaussian window of 11, zeros beyond the border, mean over the whole map
`ssim_mirrored`  torchmetrics: the same, with the picture mirrored beyond the border
`ssim_inner`     scikit-image with Gaussian weights: the same window, a border of 5 left out
`ssim_uniform`   scikit-image's default: 7x7 box, sample covariance
"""

from __future__ import annotations

from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
from scipy.ndimage import correlate1d
from skimage.metrics import structural_similarity

from mgie.errors import BadImage
from mgie.evaluate.metrics.pixels import Selected
from mgie.synth.light import Pixels

Map: TypeAlias = npt.NDArray[np.floating[Any]]  # (H, W, 3)

WINDOW_PX = 11
SIGMA_PX = 1.5
C1, C2 = 0.01**2, 0.03**2  # for a data range of 1


def ssim(first: Pixels, second: Pixels) -> float:
    """As pytorch-ssim computes it: mean over channels and all pixels, zero padding."""
    return float(ssim_map(first, second, border="constant").mean())


def ssim_mirrored(first: Pixels, second: Pixels) -> float:
    """As torchmetrics computes it (data range 1)."""
    return float(ssim_map(first, second, border="mirror").mean())


def ssim_inner(first: Pixels, second: Pixels) -> float:
    """As Wang et al. 2004 and scikit-image compute it: only windows that lie inside the picture."""
    edge = WINDOW_PX // 2
    if min(first.shape[:2]) < WINDOW_PX:
        raise BadImage(f"a picture of {first.shape[:2]} holds no {WINDOW_PX}x{WINDOW_PX} window")
    return float(ssim_map(first, second, border="mirror")[edge:-edge, edge:-edge].mean())


def ssim_uniform(first: Pixels, second: Pixels) -> float:
    """As scikit-image's `structural_similarity(channel_axis=2)` computes it."""
    return float(cast(float, structural_similarity(first, second, channel_axis=2)))


def ssim_where(first: Pixels, second: Pixels, selected: Selected) -> float:
    """`ssim_map` averaged over the windows centred on selected pixels; NaN where there are none."""
    if not selected.any():
        return float("nan")
    return float(ssim_map(first, second, border="mirror")[selected].mean())


def ssim_map(first: Pixels, second: Pixels, *, border: str) -> Map:
    """(H, W, 3) in [-1, 1]. border: scipy's name for what lies beyond, "constant" is zeros."""
    if first.shape != second.shape:
        raise BadImage(f"cannot compare {first.shape} with {second.shape}; expected one size")
    x, y = first.astype(np.float64) / 255, second.astype(np.float64) / 255
    mean_x, mean_y = _blur(x, border), _blur(y, border)
    variance_x = _blur(x * x, border) - mean_x**2
    variance_y = _blur(y * y, border) - mean_y**2
    covariance = _blur(x * y, border) - mean_x * mean_y
    likeness = (2 * mean_x * mean_y + C1) * (2 * covariance + C2)
    return likeness / ((mean_x**2 + mean_y**2 + C1) * (variance_x + variance_y + C2))


def _blur(values: Map, border: str) -> Map:
    offsets = np.arange(WINDOW_PX) - WINDOW_PX // 2
    window = np.exp(-(offsets**2) / (2 * SIGMA_PX**2))
    window /= window.sum()
    rows = correlate1d(values, window, axis=0, mode=border)
    return cast(Map, correlate1d(rows, window, axis=1, mode=border))
