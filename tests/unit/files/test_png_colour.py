"""The colours of PNG files: cICP before iCCP before sRGB before gAMA and cHRM; HDR is refused."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from mgie.api.picture import ColourSpace
from mgie.compose.colour import working_to_srgb
from mgie.compose.icc import build_profile, parse_profile
from mgie.errors import BadImage
from mgie.files.formats import open_document
from mgie.files.save import save_document
from support.fake_pictures import make_picture
from support.picture_bytes import png_with

PIXELS = make_picture(20, 30).pixels
ICCP = (b"iCCP", b"p\0\0" + zlib.compress(build_profile("prophoto")))
SRGB = (b"sRGB", b"\0")
SRGB_CHRM = (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))
ADOBE_CHRM = (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000))


def gamma(value: int) -> tuple[bytes, bytes]:
    return (b"gAMA", struct.pack(">I", value))


def cicp(*code: int) -> tuple[bytes, bytes]:
    return (b"cICP", bytes(code))


def space(tmp_path: Path, *chunks: tuple[bytes, bytes], gray: bool = False) -> ColourSpace:
    (tmp_path / "a.png").write_bytes(png_with(PIXELS[..., 0] if gray else PIXELS, *chunks))
    document = open_document(tmp_path / "a.png")
    save_document(tmp_path / "b.png", document)
    again = open_document(tmp_path / "b.png")
    assert again.picture.colour_space.name in (document.picture.colour_space.name, "icc")
    assert np.array_equal(again.picture.pixels, document.picture.pixels)
    return document.picture.colour_space


def test_the_order_of_precedence(tmp_path: Path) -> None:
    assert space(tmp_path, cicp(12, 13, 0, 1), ICCP, SRGB, gamma(100_000)).name == "display-p3"
    assert space(tmp_path, ICCP, gamma(100_000), ADOBE_CHRM).icc_profile == build_profile("prophoto")
    assert space(tmp_path, SRGB, gamma(100_000), ADOBE_CHRM).name == "srgb"
    assert space(tmp_path, gamma(100_000), SRGB_CHRM).name == "linear"
    assert space(tmp_path).name == "srgb"
    assert space(tmp_path, SRGB_CHRM).name == "srgb"


def test_gamma_and_primaries_are_followed(tmp_path: Path) -> None:
    """Adobe RGB told by numbers looks as Adobe RGB does."""
    told = space(tmp_path, gamma(45_455), ADOBE_CHRM)
    values = PIXELS.astype(np.float32) / 255
    expected = working_to_srgb(values, ColourSpace(name="adobe-rgb"))
    assert np.abs(working_to_srgb(values, told) - expected).max() < 0.005
    assert parse_profile(space(tmp_path, gamma(45_455)).icc_profile).curves[0].decode(
        np.asarray(0.5)
    ) == pytest.approx(0.5**2.2, abs=1e-4)
    assert parse_profile(space(tmp_path, gamma(45_455), gray=True).icc_profile).num_colours == 1


@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize("code", [(9, 1, 0, 1), (1, 8, 0, 1), (11, 13, 0, 1), (5, 5, 0, 1), (6, 6, 0, 1)])
def test_the_codes_of_video_are_followed(tmp_path: Path, code: tuple[int, ...], *, gray: bool) -> None:
    found = space(tmp_path, cicp(*code), gray=gray)
    assert found.name in ("icc", "linear")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ((9, 16, 0, 1), "HDR"),
        ((9, 18, 0, 1), "HDR"),
        ((1, 13, 1, 1), "unknown"),
        ((1, 13, 0, 0), "unknown"),
        ((2, 2, 0, 1), "unknown"),
        ((99, 13, 0, 1), "unknown"),
        ((1, 13), "2 bytes"),
    ],
)
def test_what_is_hdr_or_unknown_is_refused(tmp_path: Path, code: tuple[int, ...], words: str) -> None:
    with pytest.raises(BadImage, match=words):
        space(tmp_path, cicp(*code), ICCP)


@pytest.mark.parametrize(
    "chunks",
    [
        (gamma(0),),
        (gamma(2**32 - 1),),
        ((b"cHRM", bytes(32)), gamma(45_455)),
        ((b"iCCP", b"p\0\0" + b"no zlib"),),
        ((b"iCCP", b"p\0\0" + zlib.compress(b"no profile" * 40)),),
    ],
)
def test_colours_that_cannot_be_are_refused(tmp_path: Path, chunks: tuple[tuple[bytes, bytes], ...]) -> None:
    with pytest.raises(BadImage):
        space(tmp_path, *chunks)
