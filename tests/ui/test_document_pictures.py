"""Pixels on their way from a document to the backend and back."""

from __future__ import annotations

import numpy as np
import pytest

from mgie.api.picture import Picture
from mgie.api.rect import Rect
from mgie.host.types import HostPicture, PixelFormat
from mgie.panel.document_pictures import host_picture, picture_of, sent_format

PLACE = Rect(x=2, y=3, width=4, height=2)


@pytest.mark.parametrize("sample", ["u32", "f64"])
def test_formats_the_backend_does_not_have_travel_as_floats_and_come_back(sample: str) -> None:
    document = PixelFormat(sample=sample, channels="rgb")
    full = 4294967295 if sample == "u32" else 1.0
    values = (np.linspace(0, 1, 24) * full).astype("<u4" if sample == "u32" else "<f8")
    sent = picture_of(HostPicture(rect=PLACE, format=document, pixels=values.tobytes()))
    assert sent_format(document) == ("f32", "rgb")
    assert sent.pixels.dtype == np.float32
    back = host_picture(sent, document)
    assert back.format == document
    again = np.frombuffer(back.pixels, values.dtype).astype(np.float64) / full
    assert np.abs(again - values / full).max() < 1e-7


@pytest.mark.parametrize("sample", ["u8", "u16", "f16", "f32"])
@pytest.mark.parametrize("channels", ["gray", "graya", "rgb", "rgba"])
def test_a_result_in_the_documents_own_format_is_not_touched(sample: str, channels: str) -> None:
    document = PixelFormat(sample=sample, channels=channels)
    pixels = np.random.default_rng(0).bytes(8 * document.bytes_per_pixel)
    host = HostPicture(rect=PLACE, format=document, pixels=pixels, icc=b"profile")
    sent = picture_of(host)
    assert isinstance(sent, Picture)
    assert (sent.x, sent.y, sent.width, sent.height) == PLACE
    assert sent.colour_space.icc_profile == b"profile"
    assert host_picture(sent, document) == host
