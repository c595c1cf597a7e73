"""Names of documents: the same after a restart, never those of another picture."""

import os
from pathlib import Path

from mgie.api.rect import Rect
from mgie.host.files import FileHost
from mgie.host.identity import DocumentNames
from mgie.host.png import write_png
from mgie.host.types import HostPicture, PixelFormat

CANVAS = Rect(x=0, y=0, width=4, height=3)


def _picture(value: int) -> HostPicture:
    rgb = PixelFormat(sample="u8", channels="rgb")
    return HostPicture(rect=CANVAS, format=rgb, pixels=bytes([value]) * 36)


def test_a_saved_document_has_the_same_name_in_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "photo.xcf"
    path.write_text("a picture")
    first = DocumentNames().name(1, str(path), is_saved=True)
    assert DocumentNames().name(7, str(path), is_saved=True) == first


def test_another_picture_under_the_same_path_has_another_name(tmp_path: Path) -> None:
    path = tmp_path / "photo.xcf"
    path.write_text("a picture")
    first = DocumentNames().name(1, str(path), is_saved=True)
    path.write_text("b picture")
    os.utime(path, ns=(1, 1))
    assert DocumentNames().name(1, str(path), is_saved=True) != first


def test_a_document_without_a_file_is_not_taken_for_another_in_the_next_run() -> None:
    assert DocumentNames().name(1, "", is_saved=False) != DocumentNames().name(1, "", is_saved=False)


def test_a_document_keeps_its_name_while_it_is_painted_saved_and_opened_again(tmp_path: Path) -> None:
    path, names = tmp_path / "photo.xcf", DocumentNames()
    path.write_text("a picture")
    first = names.name(1, str(path), is_saved=True)
    assert names.name(1, str(path), is_saved=False) == first
    path.write_text("painted on")
    assert names.name(1, str(path), is_saved=True) == first
    names.keep_only(set())
    assert names.name(2, str(path), is_saved=True) == first


def test_a_file_that_is_open_twice_is_two_documents(tmp_path: Path) -> None:
    path, names = tmp_path / "photo.xcf", DocumentNames()
    path.write_text("a picture")
    assert names.name(1, str(path), is_saved=True) != names.name(2, str(path), is_saved=True)


def test_a_picture_file_is_the_same_document_in_the_next_panel_and_another_file_is_not(
    tmp_path: Path,
) -> None:
    for name, value in (("a.png", 1), ("b.png", 1), ("c.png", 2)):
        write_png(tmp_path / name, _picture(value))
    first = FileHost((tmp_path / "a.png",)).state().active
    other = FileHost((tmp_path / "b.png",)).state().active
    assert FileHost((tmp_path / "a.png",)).state().active == first
    assert other != first
    write_png(tmp_path / "a.png", _picture(2))
    assert FileHost((tmp_path / "a.png",)).state().active != first


def test_a_file_that_is_open_already_comes_to_the_front(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        write_png(tmp_path / name, _picture(1))
    host = FileHost((tmp_path / "a.png", tmp_path / "b.png"))
    first = host.open(tmp_path / "a.png")
    assert host.state().active == first
    assert len(host.state().documents) == 2
