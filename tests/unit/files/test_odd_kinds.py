"""Kinds of files that people have lying about: read exactly, or refused with a sentence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from mgie.errors import BadImage, BadOption
from mgie.files.formats import open_document
from mgie.files.output import check_output

RNG = np.random.default_rng(0)
PHOTO = RNG.integers(0, 256, (24, 32, 3), np.uint8)
ALPHA = RNG.integers(0, 256, (24, 32, 1), np.uint8)
FLOATS = (PHOTO / 255).astype(np.float32)
FLOATS[3, 4], FLOATS[5, 6] = np.nan, np.inf


@pytest.mark.parametrize(
    ("pixels", "settings"),
    [
        (PHOTO, {"bigtiff": True}),
        (PHOTO, {"tile": (16, 16)}),
        (np.moveaxis(PHOTO, -1, 0), {"planarconfig": "separate"}),
        (PHOTO, {"compression": "lzw", "predictor": True}),
        (PHOTO, {"compression": "zstd"}),
        (PHOTO, {"byteorder": ">"}),
        (PHOTO.astype(np.uint16) * 257, {"compression": "jpegxl"}),
        ((PHOTO / 255).astype(np.float16), {}),
        (FLOATS, {}),
    ],
    ids=["bigtiff", "tiles", "planes", "lzw", "zstd", "big-endian", "jpegxl", "f16", "nan"],
)
def test_tiff_of_every_layout_is_read_exactly(
    tmp_path: Path, pixels: np.ndarray, settings: dict[str, Any]
) -> None:
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", metadata=None, **settings)
    wanted = np.moveaxis(pixels, 0, -1) if "planarconfig" in settings else pixels
    np.testing.assert_array_equal(open_document(tmp_path / "a.tif").picture.pixels, wanted)


def test_gray_with_alpha_of_16_bits_is_read_exactly(tmp_path: Path) -> None:
    pixels = np.concatenate([PHOTO[..., :1], ALPHA], axis=-1).astype(np.uint16) * 257
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(pixels))
    picture = open_document(tmp_path / "a.png").picture
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert picture.alpha == "straight"


def test_a_transparent_colour_of_a_palette_is_alpha(tmp_path: Path) -> None:
    image = Image.fromarray(PHOTO).quantize(8)
    image.save(tmp_path / "a.png", transparency=3)
    picture = open_document(tmp_path / "a.png").picture
    with Image.open(tmp_path / "a.png") as shown:
        np.testing.assert_array_equal(picture.pixels, np.asarray(shown.convert("RGBA")))


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif"])
def test_further_frames_and_pages_are_never_lost_in_place(tmp_path: Path, name: str) -> None:
    frames = [Image.fromarray(np.roll(PHOTO, shift, axis=1)) for shift in range(3)]
    settings: dict[str, Any] = {"lossless": True} if name == "a.webp" else {}
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **settings)
    document = open_document(tmp_path / name)
    np.testing.assert_array_equal(document.picture.pixels, PHOTO)
    with pytest.raises(BadOption, match=r"also holds 2 further \w+, which would be lost"):
        check_output(tmp_path / name, document, tmp_path / name)
    check_output(tmp_path / "b.png", document, tmp_path / name)


def _jpeg(colours: str, stored: str) -> bytes:
    pixels = np.concatenate([PHOTO, ALPHA], axis=-1)
    return imagecodecs.jpeg8_encode(pixels, colorspace=colours, outcolorspace=stored)


REFUSED: dict[str, bytes] = {
    "cmyk.jpg": _jpeg("CMYK", "CMYK"),
    "ycck.jpg": _jpeg("CMYK", "YCCK"),
    "avif.png": imagecodecs.avif_encode(PHOTO),
    "jpegxl.png": imagecodecs.jpegxl_encode(PHOTO),
    "photoshop.png": b"8BPS\0\1" + bytes(6) + b"\0\3\0\0\0\x18\0\0\0\x20\0\x08\0\3" + bytes(2000),
    "heic.jpg": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(500),
    "gif.png": b"GIF89a" + bytes(200),
    "empty.png": b"",
    "zip.ora": b"PK\3\4" + bytes(100),
    "text.tif": b"a text",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(REFUSED[name])
    with pytest.raises(BadImage) as refused:
        open_document(tmp_path / name)
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.skipif(os.name == "nt", reason="no such files there")
def test_what_never_ends_is_not_even_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", Path("/dev/zero"), Path("/dev/null"), tmp_path):
        with pytest.raises(BadImage, match="not a file"):
            open_document(path)


@pytest.mark.skipif(os.name == "nt", reason="such names are not possible there")
@pytest.mark.parametrize("name", ["two\nlines.png", "\U0001f600.png", "caf\udce9.png", "#?%.png", " .png"])
def test_every_name_that_a_file_can_have_is_read(tmp_path: Path, name: str) -> None:
    Image.fromarray(PHOTO).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / name)
    document = open_document(tmp_path / name)
    np.testing.assert_array_equal(document.picture.pixels, PHOTO)
    check_output(tmp_path / name, document, tmp_path / name)
