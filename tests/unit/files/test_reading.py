"""Reading: what a file says is honoured or refused in a sentence, never guessed."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from mgie.errors import BadImage
from mgie.files.density import Density
from mgie.files.document import Document
from mgie.files.formats import encode, kind_for, open_document
from mgie.files.save import save_document
from support.fake_pictures import make_picture
from support.picture_bytes import PIXELS, exif_of, packed_tiff, png_with, raw_png, save

GRAY = make_picture(20, 30, channels=1).pixels
ENDINGS = ["png", "tif", "jpg", "webp"]


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15])
@pytest.mark.parametrize("samples", [1, 3])
def test_few_bits_fill_the_range_of_8_or_16(tmp_path: Path, bits: int, samples: int) -> None:
    top = (1 << bits) - 1
    values = np.random.default_rng(bits).integers(0, top + 1, (6, 7, samples))
    values[0, 0], values[0, 1] = 0, top
    picture = open_document(packed_tiff(tmp_path / "a.tif", values, bits)).picture
    full = 255 if bits < 8 else 65535
    assert picture.pixels.dtype == (np.uint8 if bits < 8 else np.uint16)
    assert np.abs(picture.pixels / full - values / top).max() <= 0.5 / full + 1e-9


def test_white_as_zero_is_turned_over(tmp_path: Path) -> None:
    values = np.array([[[0], [15], [5]]])
    picture = open_document(packed_tiff(tmp_path / "a.tif", values, 4, photometric=0)).picture
    assert picture.pixels[0, :, 0].tolist() == [255, 0, 170]


def test_a_palette_gives_its_own_colours(tmp_path: Path) -> None:
    colours = np.zeros((3, 256), np.uint16)
    colours[:, 1], colours[:, 2] = (257 * 10, 257 * 20, 257 * 30), (65535, 0, 1000)
    index = np.array([[0, 1, 2]], np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", index, photometric="palette", colormap=colours, metadata=None)
    assert open_document(tmp_path / "a.tif").picture.pixels[0, 2].tolist() == [65535, 0, 1000]
    colours[:, 2] = 0
    tifffile.imwrite(tmp_path / "b.tif", index, photometric="palette", colormap=colours, metadata=None)
    assert open_document(tmp_path / "b.tif").picture.pixels[0, 1].tolist() == [10, 20, 30]


@pytest.mark.parametrize(
    ("depth", "colour_type", "row", "transparent", "expected"),
    [
        (16, 2, struct.pack(">6H", 1, 2, 3, 1000, 2000, 3000), struct.pack(">3H", 1, 2, 3), [1, 2, 3, 0]),
        (16, 0, struct.pack(">2H", 7, 1000), struct.pack(">H", 7), [7, 0]),
        (8, 2, bytes([9, 8, 7, 1, 1, 1]), struct.pack(">3H", 9, 8, 7), [9, 8, 7, 0]),
        (4, 0, bytes([0x5F]), struct.pack(">H", 5), [85, 0]),
    ],
)
def test_one_transparent_colour_keeps_the_depth(
    tmp_path: Path, depth: int, colour_type: int, row: bytes, transparent: bytes, expected: list[int]
) -> None:
    data = raw_png(2, 1, depth, colour_type, row, (b"tRNS", transparent))
    (tmp_path / "a.png").write_bytes(data)
    picture = open_document(tmp_path / "a.png").picture
    assert picture.pixels[0, 0].tolist() == expected
    assert picture.pixels[0, 1, -1] == picture.white


def test_a_palette_with_transparency_and_few_bits_unfolds(tmp_path: Path) -> None:
    palette, alpha = (b"PLTE", bytes([10, 20, 30, 40, 50, 60])), (b"tRNS", bytes([128]))
    (tmp_path / "a.png").write_bytes(raw_png(2, 1, 1, 3, bytes([0b01000000]), palette, alpha))
    assert open_document(tmp_path / "a.png").picture.pixels.tolist() == [
        [[10, 20, 30, 128], [40, 50, 60, 255]]
    ]
    (tmp_path / "b.png").write_bytes(raw_png(4, 1, 2, 0, bytes([0b00011011])))
    assert open_document(tmp_path / "b.png").picture.pixels[0, :, 0].tolist() == [0, 85, 170, 255]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_is_read_upright(tmp_path: Path, ending: str, orientation: int) -> None:
    """As Pillow turns the same picture; the new file says upright and is not turned again."""
    path = tmp_path / f"a.{ending}"
    if ending == "tif":
        tag = (274, 3, 1, orientation, True)
        tifffile.imwrite(path, PIXELS, photometric="rgb", extratags=[tag], metadata=None)
    else:
        exact: dict[str, Any] = {"lossless": True} if ending == "webp" else {}
        save(path, exif=exif_of(orientation), **exact)
    exif = Image.Exif()
    exif[0x0112] = orientation
    with Image.open(path) as image:
        stored = np.asarray(image)
    turned = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a.swapaxes(0, 1), 2),
        8: np.rot90,
    }[orientation](stored if ending != "tif" else PIXELS)
    found = open_document(path)
    assert np.array_equal(found.picture.pixels, turned)
    save_document(tmp_path / "b.png", found)
    assert np.array_equal(open_document(tmp_path / "b.png").picture.pixels, turned)


def test_orientation_in_xmp_or_as_text_counts_where_exif_is_silent(tmp_path: Path) -> None:
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
        b"</rdf:RDF></x:xmpmeta>"
    )
    found = open_document(save(tmp_path / "a.jpg", xmp=packet))
    assert (found.picture.width, found.picture.height) == (20, 30)
    assert b'Orientation="1"' in found.xmp
    block = exif_of(6)
    text = b"\nexif\n%8d\n%s\n" % (len(block), block.hex().encode())
    chunk = (b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text))
    (tmp_path / "a.png").write_bytes(png_with(PIXELS, chunk))
    assert open_document(tmp_path / "a.png").picture.width == 20


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"II",
        b"II*\0\xff\xff\xff\xff",
        b"nonsense" * 9,
        exif_of(99),
        exif_of(1, (0x128, 8, 1, 0xFFFFFFFF)),
        b"II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x02\0\xff\xff\xff\x7f" * 3,
    ],
)
def test_exif_that_makes_no_sense_never_stops_a_picture(tmp_path: Path, block: bytes) -> None:
    plain = save(tmp_path / "a.jpg").read_bytes()
    content = b"Exif\0\0" + block
    (tmp_path / "b.jpg").write_bytes(
        plain[:2] + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + plain[2:]
    )
    assert open_document(tmp_path / "b.jpg").picture.width == 30


def test_exif_of_another_program_stays_byte_for_byte_but_for_the_turn(tmp_path: Path) -> None:
    block = exif_of(6, (0x9286, 7, 4, 0x41424344)) + b"thumbnail and maker's notes"
    found = open_document(save(tmp_path / "a.jpg", exif=block))
    assert len(found.exif) == len(block)
    assert sum(a != b for a, b in zip(found.exif, block, strict=True)) == 1


def test_resolution_survives_every_format(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif", PIXELS, photometric="rgb", resolution=(300, 150), resolutionunit=2, metadata=None
    )
    first = open_document(tmp_path / "a.tif")
    assert first.density == Density(300, 150, "inch")
    for ending in ENDINGS:
        save_document(tmp_path / f"b.{ending}", first)
        density = open_document(tmp_path / f"b.{ending}").density
        assert density is not None
        assert density.per_inch() == pytest.approx((300, 150), rel=1e-4)
        with Image.open(tmp_path / f"b.{ending}") as image:
            if ending != "webp":  # there it stands in Exif, which Pillow leaves to its users
                assert tuple(round(float(n)) for n in image.info["dpi"]) == (300, 150)


def test_a_turned_picture_swaps_its_resolution(tmp_path: Path) -> None:
    found = open_document(save(tmp_path / "a.jpg", exif=exif_of(8), dpi=(300, 150)))
    assert found.density == Density(150, 300, "inch")


def test_words_in_a_file_stay_in_files_of_its_kind(tmp_path: Path) -> None:
    words = [(b"tEXt", b"parameters\0a castle"), (b"iTXt", b"Author\0\0\0\0\0Zo\xc3\xab")]
    (tmp_path / "a.png").write_bytes(png_with(PIXELS, *words))
    save_document(tmp_path / "b.png", open_document(tmp_path / "a.png"))
    with Image.open(tmp_path / "b.png") as image:
        assert image.info["parameters"] == "a castle"
        assert image.info["Author"] == "Zoë"
    save(tmp_path / "a.jpg", comment=b"from the sea")
    save_document(tmp_path / "b.jpg", open_document(tmp_path / "a.jpg"))
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.info["comment"] == b"from the sea"
    tags = [(315, 2, 4, b"Ann\0", True)]
    tifffile.imwrite(
        tmp_path / "a.tif", PIXELS, photometric="rgb", description="sea", extratags=tags, metadata=None
    )
    save_document(tmp_path / "b.tif", open_document(tmp_path / "a.tif"))
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        assert file.pages.first.tags.valueof(315) == "Ann"
        assert file.pages.first.description == "sea"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_exif_travels_between_all_formats(tmp_path: Path, ending: str, order: str) -> None:
    """Words, the camera's settings and the place, from TIFF to each format and back."""
    exif = Image.Exif()
    exif.endian = order
    exif[315], exif[271] = "Ann", "Maker"
    exif.get_ifd(0x8769)[0x9003] = "2026:01:02 03:04:05"
    exif.get_ifd(0x8769)[0x829A] = 0.25
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    first = open_document(save(tmp_path / "a.jpg", exif=exif.tobytes()[6:]))
    save_document(tmp_path / "b.tif", first)
    save_document(tmp_path / f"c.{ending}", open_document(tmp_path / "b.tif"))
    save_document(tmp_path / "d.tif", open_document(tmp_path / f"c.{ending}"))
    for name in ("b.tif", f"c.{ending}", "d.tif"):
        with Image.open(tmp_path / name) as image:
            found = image.getexif()
            assert (found[315], found[271]) == ("Ann", "Maker")
            assert found.get_ifd(0x8769)[0x9003] == "2026:01:02 03:04:05"
            assert float(found.get_ifd(0x8769)[0x829A]) == 0.25
            assert found.get_ifd(0x8825)[2] == (52.0, 31.0, 12.0)


def test_exif_of_any_bytes_never_costs_a_picture(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[315] = "Ann"
    exif.get_ifd(0x8769)[0x9003] = "2026:01:02 03:04:05"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    whole, random = exif.tobytes()[6:], np.random.default_rng(4)
    loop = (
        b"II*\0\x08\0\0\0" + struct.pack("<H", 400) + struct.pack("<HHII", 0x8769, 4, 1, 8) * 400 + bytes(4)
    )
    blocks = [loop]
    for _ in range(60):
        data = bytearray(whole)
        for position in random.integers(0, len(data), 4):
            data[position] = random.integers(256)
        blocks.append(bytes(data))
    for block in blocks:
        for ending in ("tif", "jpg", "png"):
            path = tmp_path / f"a.{ending}"
            path.write_bytes(encode(kind_for(path), Document(picture=make_picture(4, 5), exif=block)))
            open_document(path)


def test_further_pages_frames_and_pictures_are_noticed(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for _ in range(3):
            writer.write(PIXELS, photometric="rgb", metadata=None)
        writer.write(PIXELS[::2, ::2], photometric="rgb", subfiletype=1, metadata=None)
    assert open_document(tmp_path / "a.tif").left_out == "2 further pages"
    other = Image.fromarray(255 - PIXELS)
    save(tmp_path / "a.webp", save_all=True, append_images=[other], lossless=True)
    assert open_document(tmp_path / "a.webp").left_out == "1 further frame"
    save(tmp_path / "a.png", save_all=True, append_images=[other, Image.fromarray(PIXELS)])
    assert open_document(tmp_path / "a.png").left_out == "2 further frames"
    save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[other])
    assert open_document(tmp_path / "a.jpg").left_out == "1 further picture"


LAYOUTS: list[dict[str, Any]] = [
    {"byteorder": ">"},
    {"bigtiff": True},
    {"tile": (16, 16)},
    {"planarconfig": "separate"},
    {"compression": "lzw", "predictor": True},
    {"rowsperstrip": 3},
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_every_layout_of_tiff_gives_the_same_pixels(
    tmp_path: Path, layout: dict[str, Any], dtype: str
) -> None:
    pixels = make_picture(20, 30, dtype=dtype).pixels
    shown = np.moveaxis(pixels, -1, 0) if "planarconfig" in layout else pixels
    tifffile.imwrite(tmp_path / "a.tif", shown, photometric="rgb", metadata=None, **layout)
    found = open_document(tmp_path / "a.tif").picture.pixels
    assert np.array_equal(found, pixels)
    assert found.dtype.isnative


def test_jpeg_inside_tiff_comes_out_as_rgb(tmp_path: Path) -> None:
    pixels = np.tile(np.uint8([200, 100, 50]), (32, 32, 1))
    save(tmp_path / "a.tif", pixels, compression="jpeg")
    assert np.abs(open_document(tmp_path / "a.tif").picture.pixels.astype(int) - pixels).max() <= 3


@pytest.mark.parametrize(
    ("shape", "dtype", "settings", "words"),
    [
        ((8, 8, 4), "uint8", {"photometric": "separated"}, "SEPARATED"),
        ((8, 8, 3), "uint8", {"photometric": "cielab"}, "CIELAB"),
        ((8, 8, 4), "uint8", {"photometric": "rgb", "extrasamples": ["unspecified"]}, "does not describe"),
        ((8, 8, 5), "uint8", {"photometric": "rgb", "extrasamples": [2, 0]}, "5 channels"),
        ((8, 8), "uint32", {"photometric": "minisblack"}, "uint32"),
        ((8, 8), "int16", {"photometric": "minisblack"}, "int16"),
        ((8, 8), "float64", {"photometric": "minisblack"}, "float64"),
        ((8, 8, 3), "uint8", {"photometric": "rgb", "subfiletype": 1}, "thumbnail"),
    ],
)
def test_what_could_only_be_guessed_at_is_refused(
    tmp_path: Path, shape: tuple[int, ...], dtype: str, settings: dict[str, Any], words: str
) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros(shape, dtype), metadata=None, **settings)
    with pytest.raises(BadImage, match=words):
        open_document(tmp_path / "a.tif")


def test_cmyk_jpeg_is_refused(tmp_path: Path) -> None:
    Image.fromarray(PIXELS).convert("CMYK").save(tmp_path / "a.jpg")
    with pytest.raises(BadImage, match="4 channels of 8 bits"):
        open_document(tmp_path / "a.jpg")
