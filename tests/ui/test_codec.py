"""Picture files in and out, and one picture over another."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from mgie.api.picture import Picture
from mgie.api.rect import Rect
from mgie.compose.icc import build_profile
from mgie.files.formats import open_document
from mgie.files.record import EditRecord, make_provenance
from mgie.host.errors import HostError
from mgie.host.files import FileHost
from mgie.host.types import Channels, FileLoss, HostMask, HostPicture, PixelFormat, Placement, SampleType
from mgie.panel.codec import FileCodec
from mgie.panel.failure_texts import known_explanation
from mgie.panel.result_texts import saved_file
from mgie.panel.state.saved_file import SavedFile

RECT = Rect(x=0, y=0, width=5, height=4)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PHOTO = np.random.default_rng(0).integers(0, 256, (12, 20, 3), np.uint8)


def _picture(sample: SampleType, channels: Channels, icc: bytes = b"") -> HostPicture:
    rng = np.random.default_rng(1)
    pixel_format = PixelFormat(sample=sample, channels=channels)
    return HostPicture(
        rect=RECT, format=pixel_format, pixels=rng.bytes(20 * pixel_format.bytes_per_pixel), icc=icc
    )


def _record(instruction: str) -> str:
    picture = Picture(pixels=PHOTO)
    edit = EditRecord(
        instruction=instruction,
        expressive_instruction="",
        corrected_instruction=None,
        seed=7,
        model="mgie-mini",
        model_digest="",
        sampling={},
        compose={},
        rect=(0, 0, 20, 12),
        report={},
    )
    return make_provenance(
        input_name="", source=picture, result=picture, edits=(edit,), device="cpu"
    ).to_json()


@pytest.mark.parametrize("channels", ["gray", "graya", "rgb", "rgba"])
@pytest.mark.parametrize(
    ("sample", "ending"), [("u8", "png"), ("u16", "png"), ("u16", "tif"), ("f32", "tif")]
)
def test_every_bit_and_the_profile_are_kept(
    tmp_path: Path, sample: SampleType, ending: str, channels: Channels
) -> None:
    icc = PROFILE if channels in ("rgb", "rgba") else build_profile("srgb", 1)
    picture = _picture(sample, channels, icc)
    path = tmp_path / f"picture.{ending}"
    assert FileCodec().write(path, picture, []) == FileLoss()
    back = FileCodec().read(path)
    assert (back.format, back.pixels, back.icc) == (picture.format, picture.pixels, picture.icc)


def test_a_float_tiff_is_read_as_floats(tmp_path: Path) -> None:
    values = (PHOTO / 255).astype(np.float32)
    tifffile.imwrite(tmp_path / "f.tif", values, photometric="rgb", metadata=None)
    back = FileCodec().read(tmp_path / "f.tif")
    assert back.format.sample == "f32"
    assert back.pixels == values.tobytes()


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "tif"])
def test_orientation_is_applied_once_and_for_all(tmp_path: Path, ending: str) -> None:
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(PHOTO).save(tmp_path / f"o.{ending}", exif=exif)
    read = FileCodec().read(tmp_path / f"o.{ending}")
    assert (read.rect.width, read.rect.height) == (12, 20)
    FileCodec().write(tmp_path / f"c.{ending}", read, [], like=read)
    again = FileCodec().read(tmp_path / f"c.{ending}")
    assert (again.rect.width, again.rect.height) == (12, 20)


@pytest.mark.parametrize("ending", ["png", "jpg", "tif"])
def test_a_copy_keeps_what_the_camera_wrote(tmp_path: Path, ending: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera maker"
    exif[0x8298] = "Somebody"
    Image.fromarray(PHOTO).save(tmp_path / "a.jpg", exif=exif, dpi=(240, 240), icc_profile=PROFILE)
    host = FileHost((), FileCodec())
    host.save_copy(host.open(tmp_path / "a.jpg"), tmp_path / f"b.{ending}")
    with Image.open(tmp_path / f"b.{ending}") as copy:
        assert copy.getexif()[0x010F] == "Camera maker"
        assert copy.getexif()[0x8298] == "Somebody"
        assert [round(number) for number in copy.info["dpi"]] == [240, 240]
        assert copy.info["icc_profile"] == PROFILE


def test_the_records_of_all_edits_are_kept_in_order(tmp_path: Path) -> None:
    Image.fromarray(PHOTO).save(tmp_path / "a.png")
    host = FileHost((), FileCodec())
    document = host.open(tmp_path / "a.png")
    picture = host.read_pixels(document)
    for words in ("first", "second"):
        placement = Placement(picture=picture, name=words, provenance=_record(words))
        host.place_results(document, [placement], canvas=picture.rect)
    host.save_copy(document, tmp_path / "b.png")
    found = open_document(tmp_path / "b.png").provenance
    assert found is not None
    assert found.input_name == "a.png"
    assert [edit.instruction for edit in found.edits] == ["second"]
    assert [edit.instruction for record in found.earlier for edit in record.edits] == ["first"]


def test_a_record_that_is_none_is_left_out(tmp_path: Path) -> None:
    FileCodec().write(tmp_path / "a.png", _picture("u8", "rgb"), [json.dumps({"instruction": "x"})])
    assert open_document(tmp_path / "a.png").provenance is None


@pytest.mark.parametrize(
    ("sample", "channels", "name", "reason"),
    [
        ("u16", "rgb", "a.jpg", "FILE_LACKS_DEPTH"),
        ("f32", "rgb", "a.png", "FILE_LACKS_DEPTH"),
        ("u8", "rgba", "a.jpg", "FILE_LACKS_TRANSPARENCY"),
        ("u16", "rgb", "a.webp", "FILE_LACKS_DEPTH"),
    ],
)
def test_depth_and_transparency_are_never_dropped(
    tmp_path: Path, sample: SampleType, channels: Channels, name: str, reason: str
) -> None:
    with pytest.raises(HostError, match=r"write a \.") as refused:
        FileCodec().write(tmp_path / name, _picture(sample, channels), [_record("x")])
    assert refused.value.reason == reason
    explained = known_explanation(reason)
    assert explained is not None
    assert ".tif" in explained.advice
    assert list(tmp_path.iterdir()) == []


def test_what_jpeg_changes_is_said(tmp_path: Path) -> None:
    loss = FileCodec().write(tmp_path / "a.jpg", _picture("u8", "rgb"), [])
    assert 0 < loss.largest_change < 1
    words = saved_file(SavedFile(name="a.jpg", loss=replace(loss, largest_change=0.0424)))
    assert words == "Saved as a.jpg; JPEG compression changed colours by up to 4.2 %"


def test_further_pages_are_said_to_be_left_out(tmp_path: Path) -> None:
    pages = [Image.fromarray(PHOTO), Image.fromarray(PHOTO), Image.fromarray(PHOTO)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    host = FileHost((), FileCodec())
    loss = host.save_copy(host.open(tmp_path / "a.tif"), tmp_path / "b.tif")
    words = saved_file(SavedFile(name="b.tif", loss=loss))
    assert words == "Saved as b.tif; further pages, frames or layers of a.tif are not in it"


def test_an_ending_that_is_not_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HostError) as refused:
        FileCodec().write(tmp_path / "a.xyz", _picture("u8", "rgb"), [])
    assert refused.value.reason == "FILE_KIND_UNKNOWN"


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_a_file_that_is_no_picture_is_refused_with_a_reason(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with pytest.raises(HostError) as refused:
        FileCodec().read(path)
    assert refused.value.reason == "UNSUPPORTED_FORMAT"


def test_a_place_that_is_no_folder_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(HostError):
        FileCodec().write(tmp_path / "file" / "x.png", _picture("u8", "rgb"), [])


@pytest.mark.parametrize("sample", ["u8", "u16", "f32"])
def test_blending_changes_no_bit_outside_the_mask(sample: SampleType) -> None:
    base, over = _picture(sample, "rgb"), _picture(sample, "rgb")
    values = np.frombuffer(base.pixels, np.uint8).copy()
    over = HostPicture(rect=RECT, format=base.format, pixels=values[::-1].tobytes())
    mask = HostMask(rect=Rect(x=1, y=1, width=2, height=2), coverage=b"\xff\x00\x80\xff")
    blended = FileCodec().blend(base, over, mask)
    shape = (4, 5, base.format.bytes_per_pixel)
    old, new, top = (np.frombuffer(p.pixels, np.uint8).reshape(shape) for p in (base, blended, over))
    changed = (old != new).any(axis=-1)
    assert not changed[0].any()
    assert not changed[:, 3:].any()
    assert not changed[1, 2]
    assert (new[1, 1] == top[1, 1]).all()
    assert (new[2, 2] == top[2, 2]).all()
