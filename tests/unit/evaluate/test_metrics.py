"""Metrics on pictures whose distances are known."""

from __future__ import annotations

import numpy as np
import pytest

from mgie.evaluate.metrics.distances import distances
from mgie.evaluate.metrics.pixels import MAX_PSNR_DB, l1, psnr_db
from support.synthetic_photos import photo

PICTURE = photo()


def test_a_picture_is_at_no_distance_from_itself() -> None:
    same = distances(PICTURE, PICTURE)
    assert same == (0.0, pytest.approx(1.0), MAX_PSNR_DB, pytest.approx(0.0))


def test_l1_is_the_mean_difference_on_a_scale_of_one() -> None:
    gray = np.full((8, 8, 3), 100, np.uint8)
    assert l1(gray, gray + 51) == pytest.approx(0.2)


def test_psnr_of_a_tenth_is_twenty_decibels() -> None:
    gray = np.zeros((8, 8, 3), np.uint8)
    assert psnr_db(gray, gray + 51) == pytest.approx(-20 * np.log10(0.2), abs=1e-4)


def test_a_stronger_change_is_further_away_in_every_metric() -> None:
    small = distances(np.clip(PICTURE.astype(int) + 5, 0, 255).astype(np.uint8), PICTURE)
    large = distances(np.clip(PICTURE.astype(int) + 40, 0, 255).astype(np.uint8), PICTURE)
    assert small.l1 < large.l1
    assert small.ssim > large.ssim
    assert small.psnr_db > large.psnr_db
    assert small.ciede2000 < large.ciede2000
