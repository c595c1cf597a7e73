"""A disk that fills up is named, and nothing half-written is taken for a damaged download."""

from __future__ import annotations

import errno
import io
import tarfile
from pathlib import Path

import pytest

from mgie.errors import DiskFull
from mgie.weights.archive import unpack
from mgie.weights.disk import disk_guard

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")


@needs_full
def test_no_space_left_becomes_our_error(tmp_path: Path) -> None:
    with (
        pytest.raises(DiskFull, match=r"no space left while writing .*weights"),
        disk_guard(tmp_path / "weights"),
    ):
        FULL.write_bytes(b"x")


def test_other_errors_of_the_system_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="broken") as caught, disk_guard(tmp_path):
        raise OSError(errno.EIO, "broken")
    assert caught.value.errno == errno.EIO


@needs_full
def test_a_full_disk_is_not_blamed_on_the_archive(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    with tarfile.open(archive, "w") as tar:
        info = tarfile.TarInfo("mllm.pt")
        info.size = 1000
        tar.addfile(info, io.BytesIO(bytes(1000)))
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "mllm.pt.part").symlink_to(FULL)
    with pytest.raises(DiskFull, match="no space left"):
        list(unpack(archive, folder, ["mllm.pt"]))
