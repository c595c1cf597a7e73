"""What a colour map cannot explain: new content, found from the residual and blended in bands."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_dilation, gaussian_filter, label

from mgie.api.compose_options import TransferMode
from mgie.compose.resample import Floats, resize

NOISE_FACTOR = 2.5  # a residual counts as content from this many times the picture's usual one on
AUTO_FLOOR = (0.10, 0.20)  # the threshold's limits in auto mode, of the sRGB range
CONTENT_FLOOR = (0.01, 0.02)  # and when the artist asked for content
SMALLEST_FRAME_PX = 160  # a smaller model picture holds no content worth enlarging unasked
SMALLEST_SHARE = 0.015  # of the frame: a patch smaller than this is taken for noise
LARGEST_SCATTER = 0.3  # of what stands out: if more lies in small patches, all of it is noise
COLOUR_LIMIT = 0.25  # border differences beyond this are meant, and not evened out


def content_weight(residual: Floats, mode: TransferMode) -> Floats:
    """(H, W) 0..1 from (H, W, 3): how much of each pixel is new content rather than new colour."""
    shape = residual.shape[:2]
    if mode == "tonal" or (mode == "auto" and max(shape) < SMALLEST_FRAME_PX):
        return np.zeros(shape, np.float32)
    sigma = max(shape) / 96
    strength = np.sqrt(gaussian_filter(np.square(residual).sum(axis=-1), sigma))
    low, high = AUTO_FLOOR if mode == "auto" else CONTENT_FLOOR
    threshold = float(np.clip(NOISE_FACTOR * np.median(strength), low, high))
    ramp = np.clip(strength / threshold - 1.0, 0.0, 1.0)
    weight = (ramp * ramp * (3.0 - 2.0 * ramp)).astype(np.float32)
    return _coherent(weight) if mode == "auto" else weight


def _coherent(weight: Floats) -> Floats:
    """The large patches of a weight; nothing at all when it is scattered, as a weak model's errors are."""
    patches = np.empty(weight.shape, np.int32)
    label(weight > 0, output=patches)
    areas = np.bincount(patches.ravel(), weights=weight.ravel())[1:]
    is_large = areas >= SMALLEST_SHARE * weight.size
    if areas[~is_large].sum() > LARGEST_SCATTER * max(float(areas.sum()), 1e-9):
        return np.zeros_like(weight)
    return weight * np.concatenate([[False], is_large])[patches]


def blend_bands(residual: Floats, weight: Floats, blend_px: float) -> Floats:
    """The residual where the weight is, led out over widths that suit each band (Burt and Adelson, 1983).

    residual: (H, W, 3); weight: (H, W); blend_px: width of the lowest band's transition.
    """
    return _blend(residual, weight, max(round(np.log2(max(blend_px, 2.0))), 1))


def _blend(residual: Floats, weight: Floats, num_bands: int) -> Floats:
    height, width = weight.shape
    if num_bands == 0 or min(height, width) < 8:
        return residual * weight[..., None]
    half = ((width + 1) // 2, (height + 1) // 2)
    coarse = resize(residual, *half)
    band = residual - resize(coarse, width, height)
    lower = _blend(coarse, resize(weight, *half), num_bands - 1)
    return band * weight[..., None] + resize(lower, width, height)


def even_out(residual: Floats, weight: Floats, coverage: Floats) -> Floats:
    """Take the colour step off content that meets the selection's border (membrane, Pérez et al., 2003).

    The residual along the border is spread smoothly over the inside and subtracted. residual: (H, W, 3);
    weight, coverage: (H, W) 0..1. Returns the corrected residual, unchanged where no content meets a border.
    """
    inside = coverage > 0.5
    border = np.logical_and(inside, binary_dilation(~inside, iterations=2))
    known = (border * weight).astype(np.float32)
    if not known.any():
        return residual
    membrane = _spread(residual, known)
    size = np.square(membrane).sum(axis=-1, keepdims=True)
    gentle = membrane * (COLOUR_LIMIT**2 / (COLOUR_LIMIT**2 + size))
    return residual - gentle * inside[..., None]


def _spread(values: Floats, known: Floats) -> Floats:
    """Fill in between weighted values: pull down a pyramid, push back up (Gortler et al., 1996)."""
    height, width = known.shape
    if min(height, width) < 2:
        total = known.sum()
        mean = (values * known[..., None]).sum(axis=(0, 1)) / max(float(total), 1e-6)
        return np.broadcast_to(mean, values.shape).astype(np.float32)
    small = ((width + 1) // 2, (height + 1) // 2)
    weight = np.maximum(resize(known, *small), 0.0)
    weighted = resize(values * known[..., None], *small)
    means = weighted / np.maximum(weight, 1e-6)[..., None]
    coarse = resize(_spread(means, np.minimum(4.0 * weight, 1.0)), width, height)
    return values * known[..., None] + coarse * (1.0 - known[..., None])
