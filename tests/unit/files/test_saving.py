"""Writing: checked before the work, whole or not at all, with mode and links kept, or saved elsewhere."""

from __future__ import annotations

import os
import resource
import shutil
import stat
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from mgie.api.picture import ColourSpace, Picture
from mgie.atomic_write import atomic_write, write_atomically
from mgie.compose.icc import build_profile
from mgie.errors import BadOption, DiskFull, NotSaved, SavedElsewhere
from mgie.files.document import Document
from mgie.files.formats import open_document
from mgie.files.output import check_output, check_place
from mgie.files.record import Provenance, make_provenance, pixel_digest
from mgie.files.save import save_document, save_result
from mgie.files.xmp import split_for_jpeg, to_xmp
from support.fake_pictures import make_picture

PICTURE = make_picture(20, 30)


def provenance(source: Picture = PICTURE, result: Picture = PICTURE, name: str = "a.png") -> Provenance:
    return make_provenance(input_name=name, source=source, result=result, edits=(), device="cpu")


def check(path: Path, picture: Picture = PICTURE, **more: object) -> None:
    check_output(path, Document(picture=picture, **more), path.with_name("source.png"))  # type: ignore[arg-type]


def test_what_a_format_cannot_hold_is_refused_beforehand(tmp_path: Path) -> None:
    wide = Picture(pixels=np.zeros((1, 70_000, 3), np.uint8))
    for name, picture, words in (
        ("a.jpg", make_picture(dtype="uint16"), "8 bits"),
        ("a.webp", make_picture(dtype="float32"), "8 bits"),
        ("a.png", make_picture(dtype="float16"), "float16"),
        ("a.jpg", make_picture(channels=4, alpha="straight"), "transparency"),
        ("a.jpg", wide, "65500 px"),
        ("a.webp", wide, "16383 px"),
        ("a.gif", PICTURE, "cannot write"),
        ("a", PICTURE, "cannot write"),
        ("a.ora", PICTURE, "copy of an .ora input"),
    ):
        with pytest.raises(BadOption, match=words):
            check(tmp_path / name, picture)
    assert list(tmp_path.iterdir()) == []


def test_places_where_no_file_can_be_are_refused_beforehand(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    for path, words in (
        (tmp_path / "file" / "a.png", "Not a directory"),
        (tmp_path / "folder.png", "not a file"),
        (tmp_path / "pipe.png", "not a file"),
        (tmp_path / ("n" * 300 + ".png"), "too long"),
        (tmp_path / ("n" * 246 + ".png"), "250 bytes"),
        (closed / "a.png", "write-protected"),
        (closed / "deeper" / "a.png", "write-protected"),
        (Path("/proc/a.png"), "cannot be|write-protected"),
        (tmp_path / "a\0b.png", "null byte"),
    ):
        with pytest.raises(BadOption, match=words):
            check_place(path)
    check_place(tmp_path / "new" / "folders" / "a.png")
    assert not (tmp_path / "new").exists()


def test_a_write_protected_file_is_refused_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(BadOption, match="write-protected"):
        check(path)
    (tmp_path / "link.png").symlink_to(path)
    with pytest.raises(BadOption, match="write-protected"):
        check(tmp_path / "link.png")
    assert path.read_bytes() == b"old"


def test_too_little_space_is_told_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DiskFull, match="MB are free"):
        check(tmp_path / "a.png")
    usage.free = 100_000  # type: ignore[attr-defined]
    check(tmp_path / "a.png")
    with pytest.raises(DiskFull):
        check_output(tmp_path / "a.png", Document(picture=PICTURE), tmp_path / "s.png", num_files=4)


def test_pages_that_would_be_lost_are_refused_in_place_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as writer:
        for _ in range(3):
            writer.write(PICTURE.pixels, photometric="rgb", metadata=None)
    document = open_document(path)
    os.link(path, tmp_path / "b.tif")
    (tmp_path / "c.tif").symlink_to(path)
    for name in ("a.tif", "b.tif", "c.tif"):
        with pytest.raises(BadOption, match="2 further pages"):
            check_output(tmp_path / name, document, path)
    check_output(tmp_path / "d.tif", document, path)


def test_a_file_keeps_mode_links_and_name(tmp_path: Path) -> None:
    private = tmp_path / "private.png"
    private.write_bytes(b"old")
    private.chmod(0o600)
    os.link(private, tmp_path / "second.png")
    (tmp_path / "link.png").symlink_to("private.png")
    for name in ("private.png", "second.png", "link.png"):
        picture = make_picture(seed=len(name))
        save_document(tmp_path / name, Document(picture=picture))
        assert np.array_equal(open_document(private).picture.pixels, picture.pixels)
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
        assert private.stat().st_nlink == 2
        assert (tmp_path / "link.png").is_symlink()
    assert len(list(tmp_path.iterdir())) == 3


def test_a_link_to_nothing_gets_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to(tmp_path / "later.png")
    save_document(tmp_path / "a.png", Document(picture=PICTURE))
    assert (tmp_path / "a.png").is_symlink()
    assert (tmp_path / "later.png").is_file()


def test_a_new_file_follows_the_umask_and_a_secret_one_does_not(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "a", b"x")
        write_atomically(tmp_path / "b", b"x", mode=0o600)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600


def test_a_planted_link_is_replaced_where_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("keep")
    (tmp_path / "state").symlink_to(tmp_path / "victim")
    write_atomically(tmp_path / "state", b"new", mode=0o600, follows_links=False)
    assert (tmp_path / "victim").read_text() == "keep"
    assert (tmp_path / "state").read_bytes() == b"new"
    assert not (tmp_path / "state").is_symlink()


def test_what_fails_in_the_middle_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def write() -> None:
        with atomic_write(tmp_path / "a") as temporary:
            temporary.write_bytes(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert (tmp_path / "a").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


@contextmanager
def full_at(num_bytes: int) -> Generator[None]:
    """Every file ends at a size, as on a disk that is full there."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_at_the_last_byte_leaves_the_picture_as_it_was(tmp_path: Path) -> None:
    for name in ("a.png", "a.tif", "linked.png"):
        path = tmp_path / name
        save_document(path, Document(picture=make_picture()))
        if name == "linked.png":
            os.link(path, tmp_path / "other.png")
        before, count = path.read_bytes(), len(list(tmp_path.iterdir()))
        edited = make_picture(48, 64, seed=3)
        save_document(tmp_path / f"b{path.suffix}", Document(picture=edited))
        size = (tmp_path / f"b{path.suffix}").stat().st_size
        (tmp_path / f"b{path.suffix}").unlink()
        with full_at(size - 1), pytest.raises(NotSaved, match="nor any other file"):
            save_result(path, Document(picture=edited), provenance(result=edited), source=path)
        assert path.read_bytes() == before
        assert len(list(tmp_path.iterdir())) == count


def test_a_result_whose_place_is_gone_is_saved_elsewhere_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    (tmp_path / "folder").write_text("a file since")
    edited = make_picture(20, 30, seed=3)
    path = tmp_path / "folder" / "a.png"
    with pytest.raises(SavedElsewhere, match="could not be written") as caught:
        save_result(path, Document(picture=edited), provenance(result=edited), source=path)
    (fallback,) = home.iterdir()
    assert str(fallback) in str(caught.value)
    assert stat.S_IMODE(fallback.stat().st_mode) == 0o600
    found = open_document(fallback)
    assert np.array_equal(found.picture.pixels, edited.pixels)
    assert found.provenance == provenance(result=edited)


def test_a_format_that_fails_late_still_gives_a_file(tmp_path: Path) -> None:
    deep = make_picture(dtype="float32")
    with pytest.raises(SavedElsewhere, match="result-1"):
        save_result(tmp_path / "a.png", Document(picture=deep), provenance(deep, deep), source=tmp_path)
    assert np.array_equal(open_document(tmp_path / "a-result-1.tif").picture.pixels, deep.pixels)


@pytest.mark.parametrize("shape", [(3000, 2, 1), (1, 1, 3), (2, 3000, 4), (5000, 1, 2), (700, 1, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_noise_of_any_shape_becomes_png(tmp_path: Path, shape: tuple[int, ...], dtype: type) -> None:
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape, dtype=dtype)
    picture = Picture(pixels=pixels, alpha="straight" if shape[2] in (2, 4) else "none")
    save_document(tmp_path / "a.png", Document(picture=picture))
    assert np.array_equal(open_document(tmp_path / "a.png").picture.pixels, pixels)


def test_jpeg_says_what_it_did_and_records_what_it_holds(tmp_path: Path) -> None:
    noisy = Picture(pixels=np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    saved = save_result(
        tmp_path / "a.jpg", Document(picture=noisy), provenance(noisy, noisy), source=tmp_path / "s.png"
    )
    found = open_document(tmp_path / "a.jpg")
    apart = np.abs(found.picture.pixels.astype(int) - noisy.pixels).max() / 255
    assert saved.largest_change == pytest.approx(apart)
    assert "JPEG" in saved.note
    assert found.provenance is not None
    assert found.provenance.output_digest == pixel_digest(noisy)
    assert found.provenance.file_digest == pixel_digest(found.picture)


def test_formats_without_loss_have_nothing_to_say(tmp_path: Path) -> None:
    for ending in ("png", "tif", "webp"):
        for channels in (1, 3):
            picture = make_picture(channels=channels)
            saved = save_document(tmp_path / f"a.{ending}", Document(picture=picture))
            assert (saved.largest_change, saved.note) == (0.0, "")


def test_a_record_longer_than_a_jpeg_segment_comes_back_whole(tmp_path: Path) -> None:
    long = replace(provenance(name="<&>" * 60_000), versions={"x": "ü" * 40_000})
    for ending in ("jpg", "png", "webp", "tif"):
        path = tmp_path / f"a.{ending}"
        save_result(path, Document(picture=PICTURE), long, source=path)
        found = open_document(path).provenance
        assert found is not None
        assert replace(found, file_digest="") == long
        with Image.open(path) as image:
            image.load()
    packet, extension = split_for_jpeg(to_xmp(long))
    assert len(packet) < 2000 < len(extension)
    assert b"DigitalSourceType" in packet


def test_what_other_programs_wrote_into_xmp_stays(tmp_path: Path) -> None:
    foreign = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="5"/>'
        b"</rdf:RDF></x:xmpmeta>"
    )
    once = to_xmp(provenance(), foreign)
    twice = to_xmp(provenance(name="b.png"), once)
    assert b'xmp:Rating="5"' in twice
    assert twice.count(b"mgie:Record>") == 2  # one element
    for broken in (b"<x", b"\xff\xfe", foreign.replace(b"</rdf:RDF>", b"")):
        assert b"mgie:Record>" in to_xmp(provenance(), broken)


def test_gray_profiles_become_colour_ones_where_a_format_knows_no_gray(tmp_path: Path) -> None:
    space = ColourSpace(name="icc", icc_profile=build_profile("adobe-rgb", 1))
    picture = make_picture(channels=1, space=space)
    save_document(tmp_path / "a.webp", Document(picture=picture))
    found = open_document(tmp_path / "a.webp")
    assert found.notes == ()
    assert np.array_equal(found.picture.pixels[..., 1:2], picture.pixels)


def test_names_that_are_no_utf8_are_saved_and_shown(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    saved = save_result(path, Document(picture=PICTURE), provenance(name=path.name), source=path)
    found = open_document(path).provenance
    assert saved.path == path
    assert found is not None
    assert found.input_name == "caf\ufffd.png"
    path.write_bytes(b"damaged")
    with pytest.raises(Exception, match="caf\ufffd") as caught:
        open_document(path)
    str(caught.value).encode()


def test_floats_that_are_no_numbers_are_written_as_they_are(tmp_path: Path) -> None:
    pixels = make_picture(dtype="float32").pixels.copy()
    pixels[0, 0], pixels[1, 1, 0], pixels[2, 2, 1] = np.nan, np.inf, -np.inf
    save_document(tmp_path / "a.tif", Document(picture=Picture(pixels=pixels)))
    found = open_document(tmp_path / "a.tif").picture.pixels
    assert np.array_equal(found, pixels, equal_nan=True)


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "webp"])
def test_the_record_of_an_edited_picture_stays_beside_that_of_its_next_edit(
    tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"a.{ending}"
    document = Document(picture=PICTURE)
    for name in ("first.png", "second.png", "third.png"):
        save_result(path, document, provenance(name=name), source=path)
        document = open_document(path)
    found = document.provenance
    assert found is not None
    assert found.input_name == "third.png"
    assert [record.input_name for record in found.earlier] == ["first.png", "second.png"]
    assert all(record.earlier == () for record in found.earlier)
