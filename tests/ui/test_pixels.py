"""Pixels of documents as small pictures, and of previews as large ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PyQt6.QtGui import QColorSpace

from mgie.api.rect import Rect
from mgie.host.types import HostMask, HostPicture, PixelFormat
from mgie.panel import pixels
from mgie.panel.state.pictures import Frame

FULL = {"u8": 255, "u16": 65535, "u32": 4294967295, "f16": 1.0, "f32": 1.0, "f64": 1.0}
DTYPES = {"u8": "u1", "u16": "<u2", "u32": "<u4", "f16": "<f2", "f32": "<f4", "f64": "<f8"}


def _picture(values: np.ndarray, sample: str, channels: str, icc: bytes = b"") -> HostPicture:
    height, width = values.shape[:2]
    return HostPicture(
        rect=Rect(x=0, y=0, width=width, height=height),
        format=PixelFormat(sample=sample, channels=channels),
        pixels=values.astype(DTYPES[sample]).tobytes(),
        icc=icc,
    )


@pytest.mark.parametrize("channels", ["gray", "graya", "rgb", "rgba"])
@pytest.mark.parametrize("sample", list(FULL))
def test_every_format_becomes_the_same_grey(sample: str, channels: str) -> None:
    num_channels = {"gray": 1, "graya": 2, "rgb": 3, "rgba": 4}[channels]
    values = np.full((6, 8, num_channels), 0.5 * FULL[sample])
    if channels in ("graya", "rgba"):
        values[..., -1] = FULL[sample]
    frame = pixels.frame_of(_picture(values, sample, channels), 64)
    assert (frame.width, frame.height) == (8, 6)
    assert set(frame.rgb) <= {127, 128}


def test_floats_beyond_the_range_and_nan_are_clipped() -> None:
    values = np.array([[[-1.0], [0.0], [1.0], [7.0], [np.nan]]])
    frame = pixels.frame_of(_picture(values, "f32", "gray"), 64)
    assert list(frame.rgb[::3]) == [0, 0, 255, 255, 0]


def test_a_profile_is_applied() -> None:
    wide = bytes(QColorSpace(QColorSpace.NamedColorSpace.DisplayP3).iccProfile().data())
    values = np.zeros((4, 4, 3)) + np.array([200, 60, 60])
    plain = pixels.frame_of(_picture(values, "u8", "rgb"), 64)
    managed = pixels.frame_of(_picture(values, "u8", "rgb", wide), 64)
    assert managed.rgb[0] > plain.rgb[0]


@settings(deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 40))
def test_small_pictures_keep_within_the_side(width: int, height: int, side: int) -> None:
    picture = _picture(np.zeros((height, width, 3)), "u8", "rgb")
    frame = pixels.frame_of(picture, side)
    assert 0 <= max(frame.width, frame.height) <= max(side, 1)
    assert len(frame.rgb) == 3 * frame.width * frame.height


def test_coverage_is_zero_outside_the_selection() -> None:
    mask = HostMask(rect=Rect(x=4, y=2, width=2, height=2), coverage=b"\xff\xff\xff\x40")
    coverage = pixels.small_coverage(mask, Rect(x=0, y=0, width=8, height=6), 8, 6)
    grid = np.frombuffer(coverage, np.uint8).reshape(6, 8)
    assert grid.sum() == 3 * 255 + 64
    assert grid[3, 5] == 64


def test_a_preview_is_cut_and_scaled_to_its_place_on_the_canvas() -> None:
    rgb = bytes([255, 0, 0] * 4 + [0, 0, 255] * 4)  # red above blue
    frame = Frame(width=4, height=2, rgb=rgb, place=Rect(x=10, y=20, width=40, height=20))
    picture = pixels.preview_picture(frame, Rect(x=20, y=20, width=10, height=20))
    values = np.frombuffer(picture.pixels, np.uint8).reshape(20, 10, 4)
    assert (values[2] == [255, 0, 0, 255]).all()
    assert (values[17] == [0, 0, 255, 255]).all()


@pytest.mark.parametrize(("channels", "expected"), [("rgb", "rgba"), ("gray", "graya"), ("rgba", "rgba")])
def test_a_cut_out_carries_its_weight_as_opacity(channels: str, expected: str) -> None:
    num_channels = {"gray": 1, "rgb": 3, "rgba": 4}[channels]
    picture = _picture(np.full((1, 2, num_channels), 65535), "u16", channels)
    weight = HostMask(rect=Rect(x=1, y=0, width=1, height=1), coverage=b"\x80")
    cut = pixels.cut_out(picture, weight)
    assert cut.format.channels == expected
    assert list(pixels.as_array(cut)[0, :, -1]) == [0, 32896]
    assert pixels.cut_out(picture, None) is picture
