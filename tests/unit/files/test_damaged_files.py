"""Damaged and lying picture files: each is refused in one sentence, before memory is taken."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mgie.api.picture import ColourSpace
from mgie.compose.icc import build_profile
from mgie.errors import BadImage, ImageTooLarge
from mgie.files.document import Document
from mgie.files.formats import open_document
from mgie.files.save import save_document
from support.fake_pictures import make_picture
from support.picture_bytes import raw_png, save

GRAY = make_picture(20, 30, channels=1).pixels
ENDINGS = ["png", "tif", "jpg", "webp"]


@pytest.mark.parametrize("ending", ["png", "tif", "jpg", "webp", "bmp"])
def test_a_file_cut_anywhere_is_refused_in_one_sentence(tmp_path: Path, ending: str) -> None:
    pixels = make_picture(60, 80).pixels
    whole = save(tmp_path / f"a.{ending}", pixels).read_bytes()
    for share in (0.02, 0.3, 0.6, 0.9):
        (tmp_path / f"b.{ending}").write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(BadImage) as caught:
            open_document(tmp_path / f"b.{ending}")
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize("ending", ["png", "tif", "jpg", "webp", "bmp"])
def test_any_damage_is_survived(tmp_path: Path, ending: str) -> None:
    """A picture or `BadImage`, nothing else."""
    random = np.random.default_rng(1)
    whole = save(tmp_path / f"a.{ending}", make_picture(30, 40).pixels).read_bytes()
    for _ in range(150):
        data = bytearray(whole)
        for position in random.integers(0, min(len(data), 400), 3):
            data[position] = random.integers(256)
        path = tmp_path / f"b.{ending}"
        path.write_bytes(data)
        try:
            open_document(path)
        except BadImage:
            continue


@pytest.mark.parametrize("ending", ["png", "tif", "jpg", "bmp"])
def test_a_header_that_claims_too_much_is_refused_before_memory_is_taken(tmp_path: Path, ending: str) -> None:
    stream = io.BytesIO()
    Image.new("L", (64, 64)).save(stream, {"tif": "TIFF", "jpg": "JPEG"}.get(ending, ending.upper()))
    data = bytearray(stream.getvalue())
    if ending == "png":
        data = bytearray(raw_png(60_000, 60_000, 8, 0, b"")[:33]) + data[33:]
    elif ending == "jpg":
        at = data.index(b"\xff\xc0") + 5
        struct.pack_into(">HH", data, at, 60_000, 60_000)
    elif ending == "bmp":
        struct.pack_into("<ii", data, 18, 60_000, 60_000)
    else:
        for tag in (256, 257):
            struct.pack_into(
                "<HHII", data, data.index(struct.pack("<H", tag) + b"\x04\0\x01"), tag, 4, 1, 60_000
            )
    (tmp_path / f"a.{ending}").write_bytes(data)
    with pytest.raises(ImageTooLarge, match="60000x60000"):
        open_document(tmp_path / f"a.{ending}")


def test_a_promise_no_file_of_its_length_can_keep_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(raw_png(20_000, 20_000, 16, 6, b"")[:400])
    with pytest.raises(BadImage, match="breaks off"):
        open_document(tmp_path / "a.png")


def test_two_hundred_megapixels_are_read(tmp_path: Path) -> None:
    """More than Pillow takes by itself; one bit each, so that the test stays small."""
    (tmp_path / "a.png").write_bytes(raw_png(16_320, 12_240, 1, 0, b"\xaa" * 2_040))
    assert open_document(tmp_path / "a.png").picture.pixels.shape == (12_240, 16_320, 1)


def test_a_file_is_read_by_what_it_is_not_by_its_ending(tmp_path: Path) -> None:
    save(tmp_path / "a.webp", format="PNG")
    assert open_document(tmp_path / "a.webp").kind == "png"


def test_transparent_pixels_keep_their_colours_in_webp(tmp_path: Path) -> None:
    picture = make_picture(channels=4, alpha="straight")
    pixels = picture.pixels.copy()
    pixels[:10, :, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "a.png")
    found = open_document(tmp_path / "a.png")
    save_document(tmp_path / "a.webp", found)
    assert np.array_equal(open_document(tmp_path / "a.webp").picture.pixels, pixels)


def test_a_gray_profile_in_a_colour_file_is_left_out_and_said(tmp_path: Path) -> None:
    profile = build_profile("adobe-rgb", 1)
    for ending in ENDINGS:
        found = open_document(save(tmp_path / f"a.{ending}", icc_profile=profile))
        assert found.picture.colour_space.name == "srgb"
        assert "gray" in found.notes[0]
    kept = open_document(save(tmp_path / "g.png", GRAY[..., 0], icc_profile=profile))
    assert kept.picture.colour_space.icc_profile == profile


@pytest.mark.parametrize("profile", [b"junk" * 50, build_profile("srgb").replace(b"RGB ", b"CMYK", 1)])
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_profile_that_cannot_be_followed_is_refused(tmp_path: Path, ending: str, profile: bytes) -> None:
    with pytest.raises(BadImage, match="profile"):
        open_document(save(tmp_path / f"a.{ending}", icc_profile=profile))


def test_adobe_rgb_of_a_camera_is_recognised(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA001] = 65535
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    found = open_document(save(tmp_path / "a.jpg", exif=exif))
    assert found.picture.colour_space.name == "adobe-rgb"


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_gray_in_linear_light_stays_so(tmp_path: Path, ending: str) -> None:
    picture = make_picture(channels=1, dtype="uint16", space=ColourSpace(name="linear"))
    save_document(tmp_path / f"a.{ending}", Document(picture=picture))
    space = open_document(tmp_path / f"a.{ending}").picture.colour_space
    assert space.name == "linear" or space.icc_profile == build_profile("linear", 1)
