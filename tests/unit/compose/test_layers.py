"""Layers over a picture: exact where they cover all or nothing, mixed between."""

from __future__ import annotations

import numpy as np
import pytest

from mgie.api.picture import Picture
from mgie.api.rect import Rect
from mgie.compose.layers import lay_over, paste_pixels


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float16, np.float32])
def test_full_weight_replaces_and_none_leaves_bit_by_bit(dtype: type) -> None:
    rng = np.random.default_rng(0)
    below, above = (rng.uniform(0, 255, (600, 20, 3)).astype(dtype) for _ in range(2))
    picture = Picture(pixels=below, x=5, y=-7)
    weight = np.where(rng.random((580, 10)) < 0.5, 255, 0).astype(np.uint8)
    rect = Rect(8, 3, 10, 580)
    laid = lay_over(picture, rect, above[:580, :10], weight)
    inside = np.s_[10:590, 3:13]
    np.testing.assert_array_equal(laid.pixels[inside][weight == 255], above[:580, :10][weight == 255])
    np.testing.assert_array_equal(laid.pixels[inside][weight == 0], below[inside][weight == 0])
    np.testing.assert_array_equal(laid.pixels[:10], below[:10])
    assert laid.pixels.dtype == dtype
    assert (laid.x, laid.y) == (5, -7)


@pytest.mark.parametrize(("dtype", "expected"), [(np.uint8, 40), (np.uint16, 40), (np.float32, 39.9216)])
def test_part_weight_mixes_in_the_documents_own_numbers(dtype: type, expected: float) -> None:
    picture = Picture(pixels=np.full((1, 2, 3), 20, dtype))
    above = np.full((1, 2, 3), 60, dtype)
    laid = lay_over(picture, Rect(0, 0, 2, 1), above, np.array([[127, 0]], np.uint8))
    np.testing.assert_allclose(laid.pixels[0, 0], expected, rtol=1e-5)
    np.testing.assert_array_equal(laid.pixels[0, 1], 20)


def test_numbers_that_are_none_stay_where_nothing_is_laid() -> None:
    pixels = np.array([[[np.nan], [1.0], [np.inf]]], np.float32)
    laid = lay_over(
        Picture(pixels=pixels),
        Rect(1, 0, 1, 1),
        np.zeros((1, 1, 1), np.float32),
        np.full((1, 1), 128, np.uint8),
    )
    np.testing.assert_array_equal(laid.pixels[0, [0, 2]], pixels[0, [0, 2]])
    np.testing.assert_allclose(laid.pixels[0, 1], 127 / 255, rtol=1e-5)


def test_pasting_replaces_a_rectangle() -> None:
    picture = Picture(pixels=np.zeros((4, 4, 1), np.uint8))
    pasted = paste_pixels(picture, Rect(1, 1, 2, 2), np.full((2, 2, 1), 9, np.uint8))
    assert pasted.pixels.sum() == 36
    assert picture.pixels.sum() == 0
