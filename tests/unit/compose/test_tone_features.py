"""Tones: what a cell holds of the document's own colours, as softly as the model shows it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from mgie.api.picture import Picture
from mgie.api.rect import Rect
from mgie.compose.region import picture_rect
from mgie.compose.resample import Floats, resize, resize_mean
from mgie.compose.tone_features import (
    LUMA,
    NUM_CHANNEL_KNOTS,
    NUM_LUMA_FEATURES,
    channel_basis,
    luma_basis,
    luma_features,
    measure_tones,
)
from support.fake_pictures import make_picture

SIDE, SMALL = 512, 128


def checkers() -> Floats:
    """Two colours that every pixel of the model's picture averages."""
    odd = np.indices((SIDE, SIDE)).sum(axis=0) % 2
    return np.where(odd[..., None], np.float32(0.9), np.array([0.1, 0.2, 0.3], np.float32))


def texture() -> Floats:
    """Fine, and coarse enough for the model to see."""
    grain = np.random.default_rng(1).normal(size=(SIDE, SIDE, 3))
    return (0.5 + 3.0 * gaussian_filter(grain, (6, 6, 0))).clip(0, 1).astype(np.float32)


def test_a_cell_knows_the_spread_of_its_colours_not_only_their_mean() -> None:
    """Black-and-white texture is no gray: its averages of the basis are those of both ends."""
    full = checkers()
    tones = measure_tones(Picture(pixels=full), Rect(0, 0, SIDE, SIDE), resize(full, SMALL, SMALL))
    ends = full[0, :2]
    middle = tones.shape[0] // 2
    assert np.allclose(tones.mean[middle, middle], ends.mean(axis=0), atol=0.05)
    spread = channel_basis(ends[:, 0]).mean(axis=0)
    assert np.abs(tones.by_channel[0].mean(axis=(0, 1)) - spread).max() < 0.02
    assert np.abs(tones.by_luma.mean(axis=(0, 1)) - luma_features(ends).mean(axis=0)).max() < 0.02


@pytest.mark.parametrize("softness_px", [0.0, 0.8, 1.2])
def test_cells_are_as_soft_as_the_round_trip(softness_px: float) -> None:
    """Whatever the decoder's blur, the cells' contrast is that of its picture."""
    full = texture()
    soft = gaussian_filter(resize(full, SMALL, SMALL), (softness_px, softness_px, 0))
    tones = measure_tones(Picture(pixels=full), Rect(0, 0, SIDE, SIDE), soft)
    shown = resize_mean(soft, *tones.shape)
    inner = (slice(2, -2), slice(2, -2))
    assert tones.mean[inner].std() == pytest.approx(shown[inner].std(), rel=0.03)


def test_the_basis_adds_up_to_one_and_follows_straight_lines() -> None:
    values = np.linspace(0, 1, 33, dtype=np.float32)
    for basis in (luma_basis, channel_basis):
        weights = basis(values)
        assert np.allclose(weights.sum(axis=1), 1, atol=1e-5)
        assert np.allclose(weights @ np.linspace(0, 1, weights.shape[1]), values, atol=1e-5)
    assert LUMA.sum() == pytest.approx(1)


def test_transparent_pixels_count_as_the_models_background() -> None:
    picture = make_picture(64, 64, channels=4, alpha="straight")
    pixels = picture.pixels.copy()
    pixels[..., 3] = 0
    hidden = Picture(pixels=pixels, alpha="straight")
    tones = measure_tones(hidden, picture_rect(hidden), np.full((64, 64, 3), 0.5, np.float32))
    assert np.allclose(tones.mean, 0.5, atol=1e-5)
    assert np.allclose(tones.by_channel, channel_basis(np.full(1, 0.5, np.float32)), atol=1e-5)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 40), (40, 3), (90, 61)])
def test_small_documents_have_no_empty_cell(height: int, width: int) -> None:
    """Also where the model sees more pixels than there are, each cell is a share of the document."""
    picture = make_picture(height, width)
    shown = picture.pixels.astype(np.float32) / 255
    tones = measure_tones(picture, picture_rect(picture), resize(shown, 64, 64))
    assert tones.by_luma.shape == (*tones.shape, NUM_LUMA_FEATURES)
    assert tones.by_channel.shape == (3, *tones.shape, NUM_CHANNEL_KNOTS)
    assert np.allclose(tones.by_channel.sum(axis=-1), 1, atol=1e-4)


def test_the_same_picture_gives_the_same_tones() -> None:
    picture = make_picture(200, 200, dtype="uint16")
    shown = resize(picture.pixels.astype(np.float32) / 65535, 64, 64)
    first, second = (measure_tones(picture, picture_rect(picture), shown) for _ in range(2))
    assert first.by_luma.tobytes() == second.by_luma.tobytes()
    assert first.by_channel.tobytes() == second.by_channel.tobytes()
