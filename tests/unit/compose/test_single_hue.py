"""Prints of one hue are pure to the last pixel, and nothing else is touched."""

from __future__ import annotations

import numpy as np
import pytest

from mgie.api.compose_options import ComposeOptions
from mgie.api.picture import Picture
from mgie.compose.region import whole_picture
from mgie.compose.single_hue import find_single_hue
from mgie.model.events import Sampled
from mgie.pipeline import finish, paste, prepare

GENERATOR = np.random.default_rng(0)
COLOURFUL = GENERATOR.uniform(0.05, 0.95, (32, 32, 3)).astype(np.float32)
NOISE = GENERATOR.normal(0, 0.005, (32, 32, 3)).astype(np.float32)
TONE = (COLOURFUL @ np.array([0.2126, 0.7152, 0.0722], np.float32))[..., None]


def landed(edited: np.ndarray) -> np.ndarray:
    """The document after an edit of the colourful picture."""
    document = Picture(pixels=np.round(COLOURFUL * 255).astype(np.uint8).repeat(4, 0).repeat(4, 1))
    prepared = prepare(document, whole_picture(document), 32, ComposeOptions())
    return paste(document, finish(prepared, Sampled(edited.clip(0, 1), COLOURFUL))).pixels


def test_black_and_white_is_neutral_to_the_last_pixel() -> None:
    assert np.ptp(landed(np.repeat(TONE, 3, axis=2) + NOISE).astype(int), axis=2).max() == 0


def test_a_sepia_print_has_one_colour_per_tone() -> None:
    sepia = TONE * np.array([1.08, 1.0, 0.80], np.float32) + NOISE
    pixels = landed(sepia).astype(int)
    warmth = pixels[..., 0] - pixels[..., 2]
    tone = np.round(pixels @ [0.2126, 0.7152, 0.0722]).astype(int)
    spread = [np.ptp(warmth[tone == level]) for level in np.unique(tone)]
    assert max(spread) <= 3
    assert warmth.mean() > 15


@pytest.mark.parametrize("factor", [0.35, 0.6, 1.3])
def test_weaker_and_stronger_colours_are_no_single_hue(factor: float) -> None:
    assert find_single_hue(COLOURFUL, TONE + factor * (COLOURFUL - TONE)) is None


def test_a_picture_that_was_grey_before_is_left_to_the_model() -> None:
    gray = np.repeat(TONE, 3, axis=2)
    assert find_single_hue(gray + NOISE, gray * 0.8 + NOISE) is None
