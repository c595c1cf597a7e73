"""Distances between an edited picture and its goal. All take 8-bit sRGB (H, W, 3)."""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

from mgie.synth.light import Pixels

MAX_PSNR_DB = 60.0  # equal pictures would have an infinite one


class Distances(NamedTuple):
    """How far a picture is from its goal."""

    l1: float  # mean absolute difference, 0..1
    ssim: float  # structural similarity, 1 is equal
    psnr_db: float  # at most MAX_PSNR_DB
    ciede2000: float  # mean perceived colour difference; about 1 is just visible


def l1(first: Pixels, second: Pixels) -> float:
    """Mean absolute difference, 0..1."""
    return float(np.abs(first.astype(np.float32) - second.astype(np.float32)).mean() / 255)


def psnr_db(first: Pixels, second: Pixels) -> float:
    """Peak signal to noise ratio."""
    error = float(np.square((first.astype(np.float32) - second.astype(np.float32)) / 255).mean())
    return MAX_PSNR_DB if error <= 10 ** (-MAX_PSNR_DB / 10) else float(-10 * np.log10(error))


def ciede2000(first: Pixels, second: Pixels) -> float:
    """Mean CIEDE2000 over the pixels."""
    return float(np.mean(deltaE_ciede2000(rgb2lab(first), rgb2lab(second))))


def ssim(first: Pixels, second: Pixels) -> float:
    """Structural similarity of the colour pictures, 7x7 windows."""
    return cast(float, structural_similarity(first, second, channel_axis=2))


def distances(picture: Pixels, goal: Pixels) -> Distances:
    """All metrics at once."""
    return Distances(
        l1(picture, goal), float(ssim(picture, goal)), psnr_db(picture, goal), ciede2000(picture, goal)
    )
