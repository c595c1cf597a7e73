"""The four distances of `mgie evaluate mini` at once."""

from __future__ import annotations

from typing import NamedTuple

from mgie.evaluate.metrics.pixels import ciede2000, l1, psnr_db
from mgie.evaluate.metrics.ssim import ssim_uniform
from mgie.synth.light import Pixels


class Distances(NamedTuple):
    """How far a picture is from its goal."""

    l1: float  # mean absolute difference, 0..1
    ssim: float  # structural similarity (7x7 box), 1 is equal
    psnr_db: float  # at most MAX_PSNR_DB
    ciede2000: float  # mean perceived colour difference; about 1 is just visible


def distances(picture: Pixels, goal: Pixels) -> Distances:
    """All four."""
    return Distances(
        l1(picture, goal), ssim_uniform(picture, goal), psnr_db(picture, goal), ciede2000(picture, goal)
    )
