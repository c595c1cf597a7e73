"""Picture files: what is written is what is read, in every depth, with profile, metadata and record."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from mgie.api.picture import ColourSpace, Picture
from mgie.api.rect import Rect
from mgie.compose.icc import build_profile
from mgie.errors import BadData, BadImage, BadOption, ImageTooLarge
from mgie.files.document import Document
from mgie.files.formats import open_document
from mgie.files.openraster import NewLayer
from mgie.files.png import encode_png
from mgie.files.record import (
    EditRecord,
    Provenance,
    decode_mask,
    encode_mask,
    from_json,
    pixel_digest,
)
from mgie.files.save import save_document, save_result
from mgie.files.xmp import SOURCE_TYPE, from_xmp, to_xmp
from support.fake_pictures import FORMATS, make_picture

P3 = ColourSpace(name="icc", icc_profile=build_profile("display-p3"))
EXIF = b"II*\0\x08\0\0\0\0\0\0\0\0\0"


def record(**changes: object) -> Provenance:
    mask = np.tile(np.arange(12, dtype=np.uint8), (8, 1))
    edit = EditRecord(
        instruction="make it <warmer> & brighter",
        expressive_instruction="the sky würde glow",
        corrected_instruction=None,
        seed=7,
        model="mgie-mini",
        model_digest="ab" * 32,
        sampling={"sampler": "euler_a"},
        compose={"feather_px": 2.0},
        rect=(1, 2, 12, 8),
        mask_png=encode_mask(mask),
        report={"num_changed": 3},
    )
    values = {"input_name": "a.png", "input_digest": "0" * 64, "output_digest": "1" * 64, "versions": {}}
    return Provenance(**(values | {"edits": (edit,)} | changes))  # type: ignore[arg-type]  # see Provenance


@pytest.mark.parametrize(("dtype", "channels", "alpha"), FORMATS)
def test_tiff_keeps_every_format(tmp_path: Path, dtype: str, channels: int, alpha) -> None:
    picture = make_picture(dtype=dtype, channels=channels, alpha=alpha)
    path = tmp_path / "a.tif"
    save_document(path, Document(picture=picture, xmp=to_xmp(record())))
    found = open_document(path)
    assert found.picture.pixels.dtype == picture.pixels.dtype
    assert np.array_equal(found.picture.pixels, picture.pixels)
    assert found.picture.alpha == alpha
    assert found.provenance == record()


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize(("channels", "alpha"), [(1, "none"), (2, "straight"), (3, "none"), (4, "straight")])
def test_png_keeps_both_depths_and_all_it_carries(tmp_path: Path, dtype: str, channels: int, alpha) -> None:
    space = P3 if channels >= 3 else ColourSpace()
    picture = make_picture(dtype=dtype, channels=channels, alpha=alpha, space=space)
    path = tmp_path / "a.png"
    save_document(path, Document(picture=picture, exif=EXIF, xmp=to_xmp(record())))
    found = open_document(path)
    assert np.array_equal(found.picture.pixels, picture.pixels)
    assert found.picture.pixels.dtype == dtype
    assert found.picture.colour_space == space
    assert found.exif == EXIF
    assert found.provenance == record()


def test_other_programs_see_profile_and_source_type(tmp_path: Path) -> None:
    """Read with Pillow, not with our own reader."""
    path = tmp_path / "a.png"
    save_document(path, Document(picture=make_picture(space=P3), xmp=to_xmp(record())))
    with Image.open(path) as image:
        assert image.info["icc_profile"] == P3.icc_profile
        assert SOURCE_TYPE in image.info["XML:com.adobe.xmp"]


@pytest.mark.parametrize("name", ["a.jpg", "a.webp"])
def test_plain_files_keep_profile_and_record(tmp_path: Path, name: str) -> None:
    picture = make_picture(space=P3)
    save_document(tmp_path / name, Document(picture=picture, xmp=to_xmp(record())))
    found = open_document(tmp_path / name)
    assert found.picture.colour_space == P3
    assert found.provenance == record()
    assert np.abs(found.picture.pixels.astype(int) - picture.pixels).mean() < 6


def test_a_photograph_lying_on_its_side_is_turned_upright(tmp_path: Path) -> None:
    image = Image.fromarray(make_picture(20, 30).pixels)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "maker"
    image.save(tmp_path / "a.jpg", exif=exif)
    found = open_document(tmp_path / "a.jpg")
    assert (found.picture.width, found.picture.height) == (20, 30)
    assert b"maker" in found.exif
    again = Image.Exif()
    again.load(found.exif)
    assert again[0x0112] == 1


def test_palettes_are_unfolded(tmp_path: Path) -> None:
    image = Image.fromarray(make_picture(20, 30).pixels).quantize(16)
    image.save(tmp_path / "a.png")
    assert open_document(tmp_path / "a.png").picture.pixels.shape == (20, 30, 3)


def test_png_takes_straight_alpha_and_no_floats(tmp_path: Path) -> None:
    straight = make_picture(channels=4, alpha="straight", dtype="uint16")
    pixels = straight.pixels.astype(np.float64)
    pixels[..., :3] *= pixels[..., 3:] / 65535
    premultiplied = Picture(pixels=np.round(pixels).astype(np.uint16), alpha="premultiplied")
    save_document(tmp_path / "a.png", Document(picture=premultiplied))
    found = open_document(tmp_path / "a.png").picture
    solid = found.pixels[..., 3] > 20000
    assert np.abs(found.pixels.astype(int) - straight.pixels)[solid].max() <= 3
    with pytest.raises(BadOption, match="float32"):
        encode_png(Document(picture=make_picture(dtype="float32")))


def test_linear_light_without_profile_is_recognised(tmp_path: Path) -> None:
    picture = make_picture(dtype="float32", space=ColourSpace(name="linear"))
    save_document(tmp_path / "a.tif", Document(picture=picture))
    assert open_document(tmp_path / "a.tif").picture.colour_space.icc_profile == build_profile("linear")
    gray = make_picture(channels=1, space=ColourSpace(name="linear"))
    save_document(tmp_path / "a.png", Document(picture=gray))
    assert open_document(tmp_path / "a.png").picture.colour_space.name == "linear"


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg", "a.ora"])
@pytest.mark.parametrize("keep", [0, 20, 200])
def test_damaged_files_are_refused(tmp_path: Path, name: str, keep: int) -> None:
    path = tmp_path / name
    if name == "a.ora":
        path.write_bytes(ora(tmp_path / "whole.ora").read_bytes()[:keep])
    else:
        save_document(path, Document(picture=make_picture()))
        path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(BadImage):
        open_document(path)


def test_a_file_that_claims_to_be_enormous_is_refused(tmp_path: Path) -> None:
    data = bytearray(encode_png(Document(picture=make_picture())))
    data[16:24] = struct.pack(">II", 60000, 60000)
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(ImageTooLarge, match="60000x60000"):
        open_document(tmp_path / "a.png")


def test_unknown_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match="no such file"):
        open_document(tmp_path / "a.png")
    with pytest.raises(BadImage, match="not a file"):
        open_document(tmp_path)
    with pytest.raises(BadImage, match="too long"):
        open_document(tmp_path / ("n" * 300))
    (tmp_path / "a.xyz").write_bytes(b"x")
    with pytest.raises(BadImage, match="unknown kind"):
        open_document(tmp_path / "a.xyz")
    with pytest.raises(BadOption, match="cannot write"):
        save_document(tmp_path / "a.xyz", Document(picture=make_picture()))
    with pytest.raises(BadOption, match="transparency"):
        save_document(tmp_path / "a.jpg", Document(picture=make_picture(channels=4, alpha="straight")))


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with pytest.raises(BadOption):
        save_document(path, Document(picture=make_picture(dtype="float16")))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_records_survive_json_and_xmp() -> None:
    assert from_json(record().to_json()) == record()
    assert from_xmp(to_xmp(record())) == record()
    assert from_xmp(b"<x:xmpmeta/>") is None
    mask = decode_mask(record().edits[0])
    assert mask is not None
    assert mask[3].tolist() == list(range(12))


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": 1, "edits": [{}]}', '{"format": 99}'])
def test_a_damaged_record_is_refused(text: str) -> None:
    with pytest.raises(BadData):
        from_json(text)


def test_the_digest_is_of_the_pixels_alone(tmp_path: Path) -> None:
    picture = make_picture(dtype="uint16")
    for name in ("a.png", "a.tif"):
        save_document(tmp_path / name, Document(picture=picture))
        assert pixel_digest(open_document(tmp_path / name).picture) == pixel_digest(picture)
    assert pixel_digest(picture) != pixel_digest(make_picture(dtype="uint16", seed=1))


def ora(path: Path) -> Path:
    """An OpenRaster file with one layer."""
    merged = encode_png(Document(picture=make_picture(40, 50)))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("data/base.png", merged)
        layers = '<layer name="base" src="data/base.png" x="0" y="0"/>'
        archive.writestr("stack.xml", f'<image w="50" h="40"><stack>{layers}</stack></image>')
        archive.writestr("mergedimage.png", merged)
        archive.writestr("Thumbnails/thumbnail.png", merged)
    return path


def test_an_openraster_copy_gains_a_layer_that_shows_the_edit(tmp_path: Path) -> None:
    """The layers, composited by hand, give the merged picture; the old layer is untouched."""
    source, target = ora(tmp_path / "a.ora"), tmp_path / "b.ora"
    before = open_document(source).picture
    rect = Rect(10, 5, 20, 12)
    pixels = before.pixels.copy()
    pixels[5:17, 10:30] //= 2
    merged = Picture(pixels=pixels)
    shown = np.full((12, 20), 255, np.uint8)
    shown[:, :3] = 0
    pixels[5:17, 10:13] = before.pixels[5:17, 10:13]
    layer = NewLayer(name="MGIE: darker", rect=rect, pixels=pixels[5:17, 10:30], shown=shown)
    save_result(target, Document(picture=merged), record(), source=source, layers=[layer])
    found = open_document(target)
    assert np.array_equal(found.picture.pixels, pixels)
    assert found.provenance == record()
    with zipfile.ZipFile(target) as new, zipfile.ZipFile(source) as old:
        assert new.namelist()[0] == "mimetype"
        assert new.read("data/base.png") == old.read("data/base.png")
        stack = new.read("stack.xml").decode()
        assert stack.index("data/mgie-1.png") < stack.index("data/base.png")
        (tmp_path / "layer.png").write_bytes(new.read("data/mgie-1.png"))
    layer = open_document(tmp_path / "layer.png").picture.pixels
    composed = before.pixels.copy()
    visible = layer[..., 3] == 255
    composed[5:17, 10:30][visible] = layer[visible][:, :3]
    assert np.array_equal(composed, pixels)


def test_a_foreign_xmp_packet_is_no_record(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", zip=True)
    Image.fromarray(make_picture().pixels).save(tmp_path / "a.png", pnginfo=info)
    found = open_document(tmp_path / "a.png")
    assert found.xmp.startswith(b"<x:xmpmeta")
    assert found.provenance is None
