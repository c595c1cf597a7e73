"""What an edit did where it should have, and what it did elsewhere. All take 8-bit sRGB (H, W, 3)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mgie.compose.registration import Drift, measure_drift
from mgie.evaluate.metrics.pixels import Selected, l1, psnr_db
from mgie.evaluate.metrics.ssim import ssim_where
from mgie.synth.light import Pixels


class Preservation(NamedTuple):
    """Of one edit with a mask: outside, it is compared with the input; inside, with input and goal."""

    outside_l1: float  # 0 is untouched
    outside_psnr_db: float
    outside_ssim: float
    inside_l1: float  # to the input: how much was done there


def preservation(before: Pixels, after: Pixels, mask: Selected) -> Preservation:
    """mask: True where the edit belongs (white in MagicBrush's masks). NaN where a side holds no pixel."""
    outside = ~mask
    return Preservation(
        outside_l1=l1(before, after, outside),
        outside_psnr_db=psnr_db(before, after, outside) if outside.any() else float("nan"),
        outside_ssim=ssim_where(before, after, outside),
        inside_l1=l1(before, after, mask),
    )


def drift_px(before: Pixels, after: Pixels) -> float:
    """How far the farthest corner slid, by shift and zoom together; 0 where none was found."""
    found: Drift = measure_drift(before.astype(np.float32) / 255, after.astype(np.float32) / 255)
    if not found.is_notable:
        return 0.0
    height, width = before.shape[:2]
    zoomed_x, zoomed_y = abs(found.zoom - 1) * width / 2, abs(found.zoom - 1) * height / 2
    return float(np.hypot(abs(found.shift_x_px) + zoomed_x, abs(found.shift_y_px) + zoomed_y))
