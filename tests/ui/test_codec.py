"""Picture files in and out, and one picture over another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtGui import QColorSpace

from mgie.api.rect import Rect
from mgie.host.errors import HostError
from mgie.host.types import HostMask, HostPicture, PixelFormat
from mgie.panel.codec import QtCodec

RECT = Rect(x=0, y=0, width=5, height=4)
P3 = bytes(QColorSpace(QColorSpace.NamedColorSpace.DisplayP3).iccProfile().data())


def _picture(sample: str, channels: str, icc: bytes = b"") -> HostPicture:
    rng = np.random.default_rng(1)
    pixel_format = PixelFormat(sample=sample, channels=channels)
    return HostPicture(
        rect=RECT, format=pixel_format, pixels=rng.bytes(20 * pixel_format.bytes_per_pixel), icc=icc
    )


@pytest.mark.parametrize("channels", ["rgb", "rgba"])
@pytest.mark.parametrize("sample", ["u8", "u16"])
def test_png_keeps_every_bit_and_the_profile(tmp_path: Path, sample: str, channels: str) -> None:
    picture = _picture(sample, channels, P3)
    path = tmp_path / "picture.png"
    QtCodec().write(path, picture, '{"seed": 7}')
    back = QtCodec().read(path)
    assert (back.format, back.pixels) == (picture.format, picture.pixels)
    assert QColorSpace.fromIccProfile(back.icc) == QColorSpace.fromIccProfile(P3)
    assert b"seed" in path.read_bytes()


def test_a_float_picture_is_written_with_16_bits(tmp_path: Path) -> None:
    values = np.linspace(-0.5, 1.5, 20 * 3, dtype=np.float32)
    picture = HostPicture(
        rect=RECT, format=PixelFormat(sample="f32", channels="rgb"), pixels=values.tobytes()
    )
    QtCodec().write(tmp_path / "a.png", picture, "")
    back = QtCodec().read(tmp_path / "a.png")
    assert back.format == PixelFormat(sample="u16", channels="rgb")
    expected = np.rint(np.clip(values.astype(np.float64), 0, 1) * 65535).astype(np.uint16)
    assert back.pixels == expected.tobytes()


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_a_file_that_is_no_picture_is_refused_with_a_reason(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with pytest.raises(HostError) as refused:
        QtCodec().read(path)
    assert refused.value.reason == "UNSUPPORTED_FORMAT"


def test_a_folder_that_is_not_there_cannot_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(HostError):
        QtCodec().write(tmp_path / "none" / "x.png", _picture("u8", "rgb"), "")


@pytest.mark.parametrize("sample", ["u8", "u16", "f32"])
def test_blending_changes_no_bit_outside_the_mask(sample: str) -> None:
    base, over = _picture(sample, "rgb"), _picture(sample, "rgb")
    values = np.frombuffer(base.pixels, np.uint8).copy()
    over = HostPicture(rect=RECT, format=base.format, pixels=values[::-1].tobytes())
    mask = HostMask(rect=Rect(x=1, y=1, width=2, height=2), coverage=b"\xff\x00\x80\xff")
    blended = QtCodec().blend(base, over, mask)
    shape = (4, 5, base.format.bytes_per_pixel)
    old, new, top = (np.frombuffer(p.pixels, np.uint8).reshape(shape) for p in (base, blended, over))
    changed = (old != new).any(axis=-1)
    assert not changed[0].any()
    assert not changed[:, 3:].any()
    assert not changed[1, 2]
    assert (new[1, 1] == top[1, 1]).all()
    assert (new[2, 2] == top[2, 2]).all()
