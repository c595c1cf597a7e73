"""Numbers on sliders: there and back, never beyond the ends, small values where the hand is fine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgie.panel.state.slider_scale import SliderScale

RANGES = [(0.0, 1.0), (1.0, 50.0), (1.0, 1000.0), (-1000.0, 1000.0), (0.0, 1000.0), (0.05, 0.5)]


@given(st.sampled_from(RANGES), st.floats(0, 1))
def test_a_position_gives_a_value_that_lies_there(ends: tuple[float, float], position: float) -> None:
    scale = SliderScale(low=ends[0], high=ends[1])
    value = scale.value(position)
    assert ends[0] <= value <= ends[1]
    assert scale.position(value) == pytest.approx(position, abs=1e-5)


@pytest.mark.parametrize("ends", RANGES)
def test_the_ends_are_the_ends(ends: tuple[float, float]) -> None:
    scale = SliderScale(low=ends[0], high=ends[1])
    assert (scale.position(ends[0] - 5), scale.position(ends[1] + 5)) == (0, 1)


def test_a_feather_of_eight_pixels_is_a_fifth_of_the_way_to_a_thousand() -> None:
    assert SliderScale(low=0, high=1000).position(8) == pytest.approx(0.2)
    assert SliderScale(low=-1000, high=1000).position(0) == pytest.approx(0.5)


def test_a_range_of_one_value_has_one_place() -> None:
    assert SliderScale(low=3, high=3).position(3) == 0
