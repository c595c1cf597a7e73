"""Temporary folders of processes that were killed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mgie.host.temporary import process_folder

KILLED = "import os, sys; from mgie.host.temporary import process_folder; f = process_folder(); "
KILLED += "print(f.name, flush=True); open(f.name + '/pixels', 'w').close(); os.kill(os.getpid(), 9)"


@pytest.mark.skipif(sys.platform == "win32", reason="there it cannot be asked which processes live")
def test_the_folder_of_a_killed_process_is_removed_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    (tmp_path / "mgie-of-somebody").mkdir()
    with process_folder() as ours:
        left = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, check=False)
        assert Path(left.stdout.strip()).is_dir()
        with process_folder() as second:
            there = {path.name for path in tmp_path.iterdir()}
            assert there == {Path(ours).name, Path(second).name, "mgie-of-somebody"}
    assert [path.name for path in tmp_path.iterdir()] == ["mgie-of-somebody"]
