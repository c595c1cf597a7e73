"""Soft masks cover what they are named after."""

from __future__ import annotations

import numpy as np
import pytest

from mgie.synth.light import to_linear
from mgie.synth.locals import REGIONS
from mgie.synth.masks import HUES, hue_range, region
from support.synthetic_photos import photo

LINEAR = to_linear(photo(1))


@pytest.mark.parametrize("name", list(REGIONS))
def test_every_region_is_a_weight_between_0_and_1(name: str) -> None:
    mask = region(LINEAR, name)
    assert mask.shape == LINEAR.shape[:2]
    assert mask.min() >= 0
    assert mask.max() <= 1


@pytest.mark.parametrize(("side", "inside"), [("left", (32, 4)), ("right", (32, 60)), ("top", (4, 32))])
def test_a_half_covers_its_side_and_not_the_other(side: str, inside: tuple[int, int]) -> None:
    mask = region(LINEAR, side)
    assert mask[inside] == 1
    assert mask[63 - inside[0], 63 - inside[1]] in (0.0, 1.0)
    assert np.isclose(mask.mean(), 0.5, atol=0.02)


def test_centre_and_border_complement_each_other() -> None:
    assert np.allclose(region(LINEAR, "centre") + region(LINEAR, "border"), 1)


@pytest.mark.parametrize(
    ("colour", "pixel"), [("reds", (200, 30, 30)), ("greens", (40, 170, 50)), ("blues", (40, 70, 200))]
)
def test_a_hue_range_takes_its_own_colour_only(colour: str, pixel: tuple[int, int, int]) -> None:
    linear = to_linear(np.full((2, 2, 3), pixel, np.uint8))
    assert hue_range(linear, colour).min() > 0.9
    others = {"reds", "greens", "blues"} - {colour}
    assert all(hue_range(linear, other).max() < 0.1 for other in others)


def test_grey_belongs_to_no_hue() -> None:
    linear = to_linear(np.full((2, 2, 3), 128, np.uint8))
    assert all(hue_range(linear, colour).max() == 0 for colour in HUES)
