"""Adjustments do what a photographer means by them."""

from __future__ import annotations

import numpy as np
import pytest

from mgie.synth import looks, tone
from mgie.synth.light import luminance, to_linear, to_pixels
from mgie.synth.statistics import measure
from support.synthetic_photos import photo

LINEAR = to_linear(photo(3)) * 0.5 + 0.05


def test_one_stop_doubles_the_light() -> None:
    assert np.allclose(tone.expose(LINEAR, 1.0), 2 * LINEAR)


def test_contrast_keeps_mid_grey_in_place() -> None:
    gray = np.full((4, 4, 3), tone.MID_GRAY, np.float32)
    assert np.allclose(tone.contrast(gray, 1.3), gray, atol=1e-5)


def test_contrast_spreads_the_tones() -> None:
    before, after = measure(to_pixels(LINEAR)), measure(to_pixels(tone.contrast(LINEAR, 0.8)))
    assert after.contrast > before.contrast


@pytest.mark.parametrize("amount", [-1.0, 0.5, 1.0])
def test_white_balance_keeps_the_luminance_of_grey(amount: float) -> None:
    gray = np.full((4, 4, 3), 0.3, np.float32)
    assert np.allclose(luminance(tone.warm(gray, amount)), 0.3, atol=1e-5)
    assert np.allclose(luminance(tone.tint(gray, amount)), 0.3, atol=1e-5)


def test_warm_light_is_redder_and_less_blue() -> None:
    warm = tone.warm(LINEAR, 1.0)
    assert (warm[..., 0] > LINEAR[..., 0]).all()
    assert (warm[..., 2] < LINEAR[..., 2]).all()


def test_black_and_white_has_no_colour_left() -> None:
    assert np.ptp(tone.monochrome(LINEAR), axis=2).max() == 0


def test_saturation_of_one_changes_nothing() -> None:
    assert np.allclose(tone.saturate(LINEAR, 1.0), LINEAR, atol=1e-6)


def test_shadows_leave_the_light_tones_alone() -> None:
    light = np.full((4, 4, 3), 0.6, np.float32)
    assert np.allclose(tone.shadows(light, 1.0), light)


def test_highlights_leave_the_dark_tones_alone() -> None:
    dark = np.full((4, 4, 3), 0.05, np.float32)
    assert np.allclose(tone.highlights(dark, -1.0), dark)


def test_night_is_darker_and_bluer_than_day() -> None:
    before, after = measure(to_pixels(LINEAR)), measure(to_pixels(looks.night(LINEAR, 1.0)))
    assert after.brightness < before.brightness - 0.1
    assert after.warmth < before.warmth


def test_autumn_turns_green_towards_orange() -> None:
    foliage = np.full((4, 4, 3), (0.05, 0.3, 0.05), np.float32)
    turned = looks.autumn(foliage, 1.0)
    assert (turned[..., 0] > turned[..., 1]).all()
