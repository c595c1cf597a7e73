"""Adjustments do what a photographer means by them."""

from __future__ import annotations

import numpy as np
import pytest

from mgie.synth import looks, tone
from mgie.synth.light import decode, encode, luminance, to_linear, to_pixels
from mgie.synth.statistics import measure
from support.synthetic_photos import photo

LINEAR = to_linear(photo(3)) * 0.5 + 0.05


def test_one_stop_doubles_the_light() -> None:
    assert np.allclose(tone.expose(LINEAR, 1.0), 2 * LINEAR)


def test_contrast_keeps_mid_grey_in_place() -> None:
    gray = np.full((4, 4, 3), decode(np.array(tone.MIDDLE)), np.float32)
    assert np.allclose(tone.contrast(gray, 1.3), gray, atol=2e-3)
    assert np.allclose(tone.contrast(gray, -1.3), gray, atol=2e-3)


CURVES = {
    "contrast": (tone.contrast, (-1.4, -0.8, -0.4, 0.4, 0.8, 1.4)),
    "shadows": (tone.shadows, (-1.7, -1.0, -0.5, 0.5, 1.0, 1.7)),
    "highlights": (tone.highlights, (-1.7, -1.0, -0.5, 0.4, 0.8, 1.4)),
}


@pytest.mark.parametrize("name", CURVES)
def test_tone_curves_keep_the_order_of_tones_and_white_white(name: str) -> None:
    """A lighter tone stays lighter; black stays black, and white dims by a shade of five in 255 at most."""
    curve, amounts = CURVES[name]
    ramp = np.repeat(decode(np.linspace(0, 1, 256))[None, :, None], 3, axis=2)
    for amount in amounts:
        tones = encode(luminance(curve(ramp, amount)))[0]
        assert (np.diff(tones) >= -1e-3).all(), amount
        assert tones[0] == 0
        assert tones[-1] >= 1 - 9.5 / 255, amount


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


def test_shadows_move_the_dark_tones_most() -> None:
    dark, light = (np.full((1, 1, 3), decode(np.array(tone)), np.float32) for tone in (0.2, 0.8))
    lifted = [encode(tone.shadows(each, 1.0))[0, 0, 0] for each in (dark, light)]
    assert lifted[0] - 0.2 > 10 * (lifted[1] - 0.8)


def test_highlights_move_the_light_tones_most() -> None:
    dark, light = (np.full((1, 1, 3), decode(np.array(tone)), np.float32) for tone in (0.2, 0.8))
    held = [encode(tone.highlights(each, -1.0))[0, 0, 0] for each in (dark, light)]
    assert 0.8 - held[1] > 10 * (0.2 - held[0])


def test_night_is_darker_and_bluer_than_day() -> None:
    before, after = measure(to_pixels(LINEAR)), measure(to_pixels(looks.night(LINEAR, 1.0)))
    assert after.brightness < before.brightness - 0.1
    assert after.warmth < before.warmth


@pytest.mark.parametrize("leaf", [(0.05, 0.3, 0.05), (0.25, 0.28, 0.08), (0.02, 0.03, 0.012)])
def test_autumn_turns_green_towards_orange(leaf: tuple[float, float, float]) -> None:
    """Fresh, yellowish and dark leaves."""
    foliage = np.full((4, 4, 3), leaf, np.float32)
    turned = looks.autumn(foliage, 1.0)
    assert (turned[..., 0] > turned[..., 1]).all()
