"""Full-size transfer: colour edits keep the photograph's detail, content comes whole, noise stays out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from mgie.api.compose_options import TransferMode
from mgie.api.picture import Picture
from mgie.api.rect import Rect
from mgie.compose.curves import SRGB_CURVE
from mgie.compose.local_affine import fit_tonal
from mgie.compose.match import match_colours
from mgie.compose.pyramid_blend import blend_bands, content_weight, even_out
from mgie.compose.region import picture_rect
from mgie.compose.resample import Floats, block_mean, resize
from mgie.compose.seam import measure_seam
from mgie.compose.tone_features import measure_tones
from mgie.compose.transfer import apply_transfer, fit_transfer
from support.fake_pictures import smooth_colours

SIDE, SMALL = 384, 96


def photograph() -> Floats:
    """Smooth colours with sharp texture that the model's size cannot hold."""
    random = np.random.default_rng(5)
    texture = random.normal(0, 0.06, (SIDE, SIDE, 1))
    return np.clip(smooth_colours(SIDE, SIDE) * 0.8 + 0.1 + texture, 0.01, 0.99).astype(np.float32)


def psnr(a: Floats, b: Floats) -> float:
    return float(-10 * np.log10(np.mean(np.square(a - b)) + 1e-12))


def detail(image: Floats) -> float:
    """Gradient energy."""
    return float(sum(np.square(np.diff(image, axis=axis)).mean() for axis in (0, 1)))


def through_the_model(image: Floats) -> Floats:
    """Small and a little soft."""
    return np.clip(gaussian_filter(resize(image, SMALL, SMALL), (0.7, 0.7, 0)), 0, 1).astype(np.float32)


def carried(full: Floats, round_trip: Floats, edited: Floats, mode: TransferMode = "auto") -> Floats:
    """The edit at full size."""
    picture = Picture(pixels=full)
    rect = picture_rect(picture)
    ones = np.ones(round_trip.shape[:2], np.float32)
    transfer = fit_transfer(picture, rect, round_trip, edited, ones, mode=mode, blend_px=0)
    pixels = full.copy()
    apply_transfer(transfer, picture, pixels, rect, np.full(full.shape[:2], 255, np.uint8))
    return np.clip(pixels, 0, 1)


def darker(image: Floats) -> Floats:
    return SRGB_CURVE.encode(SRGB_CURVE.decode(image) * 0.4).astype(np.float32)


def more_contrast(image: Floats) -> Floats:
    return image * image * (3 - 2 * image)


def warmer(image: Floats) -> Floats:
    light = SRGB_CURVE.decode(image) * np.array([1.25, 1.0, 0.7], np.float32)
    return np.clip(SRGB_CURVE.encode(light), 0, 1).astype(np.float32)


def gray(image: Floats) -> Floats:
    return np.repeat((image @ np.array([0.25, 0.6, 0.15], np.float32))[..., None], 3, axis=-1)


@pytest.mark.parametrize("edit", [darker, more_contrast, warmer, gray])
def test_a_colour_edit_beats_enlarging_and_keeps_the_detail(edit: Callable[[Floats], Floats]) -> None:
    full = photograph()
    truth = edit(full)
    round_trip, edited = through_the_model(full), through_the_model(truth)
    ours, naive = carried(full, round_trip, edited), resize(edited, SIDE, SIDE)
    assert psnr(ours, truth) > psnr(naive, truth) + 6
    assert detail(ours) == pytest.approx(detail(truth), rel=0.06)


def test_the_models_noise_does_not_become_blotches() -> None:
    """With errors as large as a weak model's, the result is far nearer to the goal than the model is."""
    full = photograph()
    random = np.random.default_rng(2)
    patches = random.normal(0, 0.08, (SMALL // 8, SMALL // 8, 3)).astype(np.float32)
    noise = resize(patches, SMALL, SMALL)
    round_trip = through_the_model(full)
    edited = np.clip(through_the_model(darker(full)) + noise, 0, 1)
    ours = carried(full, round_trip, edited)
    added = np.clip(full + resize(edited - round_trip, SIDE, SIDE), 0, 1)
    assert psnr(ours, darker(full)) > psnr(added, darker(full)) + 4


def test_an_edit_that_varies_over_the_picture_is_followed() -> None:
    full = photograph()
    ramp = np.linspace(1.0, 0.4, SIDE, dtype=np.float32)[None, :, None]
    round_trip, edited = through_the_model(full), through_the_model(full * ramp)
    ours, naive = carried(full, round_trip, edited), resize(edited, SIDE, SIDE)
    assert psnr(ours, full * ramp) > psnr(naive, full * ramp) + 2


def test_new_content_replaces_the_old_and_nothing_else() -> None:
    """A disc painted by the model shows as painted, while the rest keeps its own texture."""
    full = photograph()
    side = 192
    round_trip = resize(full, side, side)
    v, u = np.mgrid[:side, :side] / side - 0.5
    disc = np.clip((0.2 - np.hypot(u, v)) * 40, 0, 1)[..., None].astype(np.float32)
    painted = np.array([0.9, 0.1, 0.8], np.float32)
    edited = round_trip * (1 - disc) + painted * disc
    ours = carried(full, round_trip, edited)
    middle = ours[SIDE // 2 - 20 : SIDE // 2 + 20, SIDE // 2 - 20 : SIDE // 2 + 20]
    assert np.abs(middle - painted).mean() < 0.06
    assert np.abs(ours[:60, :60] - full[:60, :60]).mean() < 0.02
    whole = carried(full, round_trip, edited, "content")
    assert np.abs(whole[172:212, 172:212] - painted).max() < 0.05
    assert np.abs(whole[:60, :60] - full[:60, :60]).max() < 0.02


def test_scattered_errors_are_not_taken_for_content() -> None:
    """Patches all over the picture are a weak model's noise, however strong; one patch alone is content."""
    side = 192
    random = np.random.default_rng(4)
    spots = (random.random((side // 12, side // 12, 1)) > 0.85) * np.float32(0.5)
    scattered = np.repeat(resize(spots, side, side), 3, axis=-1)
    assert not content_weight(scattered, "auto").any()
    alone = np.zeros((side, side, 3), np.float32)
    alone[40:100, 50:110] = 0.5
    weight = content_weight(alone, "auto")
    assert weight[70, 80] == 1
    assert weight[150, 150] == 0


def test_a_tiny_model_only_recolours_unless_asked() -> None:
    residual = np.zeros((128, 128, 3), np.float32)
    residual[30:80, 30:80] = 0.5
    assert not content_weight(residual, "auto").any()
    assert content_weight(residual, "content").any()


def test_no_difference_is_no_difference() -> None:
    round_trip = through_the_model(photograph())
    picture = Picture(pixels=round_trip)
    tones = measure_tones(picture, picture_rect(picture), round_trip)
    tonal, recoloured = fit_tonal(round_trip, round_trip.copy(), tones)
    assert not tonal.by_luma.any()
    assert not tonal.by_channel.any()
    assert not tonal.by_place.any()
    assert np.array_equal(recoloured, round_trip)
    assert not content_weight(round_trip * 0, "content").any()


def test_bands_reproduce_the_residual_where_the_weight_is_one() -> None:
    residual = photograph()[:64, :64] - 0.5
    assert np.abs(blend_bands(residual, np.ones((64, 64), np.float32), 16) - residual).max() < 1e-5


def test_content_that_meets_the_border_is_evened_out() -> None:
    """A constant offset of content inside the selection disappears at the border."""
    coverage = np.zeros((64, 64), np.float32)
    coverage[16:48, 16:48] = 1
    residual = np.full((64, 64, 3), 0.05, np.float32)
    evened = even_out(residual, np.ones((64, 64), np.float32), coverage)
    assert np.abs(evened[17:47, 17:47]).mean() < 0.02
    assert np.array_equal(even_out(residual, coverage * 0, coverage), residual)


def test_colours_are_matched_to_the_surroundings() -> None:
    """A cast over everything is taken off when the surroundings should not have changed."""
    round_trip = through_the_model(photograph())
    cast = np.clip(round_trip * np.array([0.9, 1.0, 1.1], np.float32), 0, 1)
    around = np.ones((SMALL, SMALL), np.float32)
    around[30:60, 30:60] = 0
    assert np.abs(match_colours(round_trip, cast, around, 1.0) - round_trip).mean() < 0.01
    assert np.array_equal(match_colours(round_trip, cast, around, 0.0), cast)


def test_a_hard_step_at_the_border_is_seen_and_a_soft_one_is_not() -> None:
    full = photograph()
    picture, rect = Picture(pixels=full), Rect(100, 100, 150, 150)
    coverage = np.full((150, 150), 255, np.uint8)
    inside = full[rect.within(picture_rect(picture))]
    assert measure_seam(picture, inside + np.float32(0.3), rect, coverage).visibility > 1
    assert measure_seam(picture, inside, rect, coverage).visibility == 0
    soft = np.minimum.outer(np.arange(150), np.arange(150)).clip(0, 255).astype(np.uint8)
    assert measure_seam(picture, inside, rect, soft).num_pairs < 400


def test_block_means_are_means() -> None:
    array = np.arange(7 * 5 * 2, dtype=np.float32).reshape(7, 5, 2)
    means = block_mean(array, 3)
    assert means.shape == (3, 2, 2)
    assert np.allclose(means[0, 0], array[:3, :3].mean(axis=(0, 1)))
    assert np.allclose(means[2, 1], array[6:, 3:].mean(axis=(0, 1)))
