"""Archives give up the wanted files and nothing else."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from mgie.errors import BadCheckpoint
from mgie.weights.archive import unpack


def _tar(path: Path, members: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type = tarfile.SYMTYPE
            info.linkname = target
            tar.addfile(info)
    return path


def test_wanted_files_are_taken_from_any_folder(tmp_path: Path) -> None:
    archive = _tar(
        tmp_path / "a.tar.gz", {"mgie_7b/._x": b"", "mgie_7b/mllm.pt": b"m", "mgie_7b/unet.pt": b"u"}
    )
    assert list(unpack(archive, tmp_path / "out", ["unet.pt", "mllm.pt"])) == ["mllm.pt", "unet.pt"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["mllm.pt", "unet.pt"]
    assert (tmp_path / "out" / "unet.pt").read_bytes() == b"u"


@pytest.mark.parametrize("name", ["../mllm.pt", "/tmp/mllm.pt", "a/../../mllm.pt", "a\\..\\mllm.pt"])
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    archive = _tar(tmp_path / "a.tar.gz", {name: b"evil"})
    with pytest.raises(BadCheckpoint, match="unsafe path"):
        list(unpack(archive, tmp_path / "out", ["mllm.pt"]))


def test_links_are_not_followed(tmp_path: Path) -> None:
    archive = _tar(tmp_path / "a.tar.gz", {}, links={"mllm.pt": "/etc/passwd"})
    with pytest.raises(BadCheckpoint, match=r"holds no mllm\.pt"):
        list(unpack(archive, tmp_path / "out", ["mllm.pt"]))


def test_a_missing_member_is_named(tmp_path: Path) -> None:
    archive = _tar(tmp_path / "a.tar.gz", {"mllm.pt": b"m"})
    with pytest.raises(BadCheckpoint, match=r"holds no unet\.pt"):
        list(unpack(archive, tmp_path / "out", ["mllm.pt", "unet.pt"]))


def test_a_cut_archive_is_refused_and_leaves_no_whole_file(tmp_path: Path) -> None:
    content = bytes(range(256)) * 300
    archive = _tar(tmp_path / "a.tar.gz", {"mllm.pt": content})
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    with pytest.raises(BadCheckpoint, match="damaged"):
        list(unpack(archive, tmp_path / "out", ["mllm.pt"]))
    assert not (tmp_path / "out" / "mllm.pt").exists()


def test_a_page_instead_of_an_archive_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar.gz"
    archive.write_text("<html>Access denied</html>")
    with pytest.raises(BadCheckpoint, match="no archive"):
        list(unpack(archive, tmp_path / "out", ["mllm.pt"]))
