"""The one rectangle."""

from __future__ import annotations

from mgie.api.rect import Rect

OUTER = Rect(-2, 3, 10, 6)


def test_the_common_part_of_two_rectangles_may_be_empty() -> None:
    assert OUTER.intersect(Rect(5, 0, 10, 5)) == Rect(5, 3, 3, 2)
    apart = OUTER.intersect(Rect(20, 20, 4, 4))
    assert apart.is_empty
    assert apart.num_pixels == 0


def test_a_rectangle_contains_itself_and_what_lies_inside() -> None:
    assert OUTER.contains(OUTER)
    assert OUTER.contains(Rect(7, 8, 1, 1))
    assert not OUTER.contains(Rect(7, 8, 2, 1))
    assert not OUTER.contains(Rect(-3, 3, 1, 1))


def test_an_area_is_never_negative() -> None:
    assert OUTER.num_pixels == 60
    assert Rect(0, 0, -3, -4).num_pixels == 0
