"""Whatever goes wrong is one sentence, whatever the terminal can show."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mgie.api.failure import Failure, ServiceError
from mgie.cli.sentences import ends_batch, sentence
from mgie.errors import BadOption


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (BadOption("steps is 0; choose 1"), "OPTION_INVALID: steps is 0; choose 1"),
        (ServiceError(Failure(reason="X", message="it is so.", advice="Do this.")), "X: it is so. Do this."),
        (ServiceError(Failure(reason="X", message="it is so")), "X: it is so"),
        (PermissionError(13, "Permission denied", "/a"), "PermissionError: Permission denied (/a)"),
        (OSError("odd"), "OSError: odd"),
        (
            MemoryError(),
            "OUT_OF_MEMORY: this machine has too little memory for it; scale the picture down first",
        ),
        (KeyError("a\nb"), r"INTERNAL: KeyError: 'a\nb'; `mgie --debug` shows where"),
        (RuntimeError(), "INTERNAL: RuntimeError: no further words; `mgie --debug` shows where"),
    ],
)
def test_every_error_is_one_line(error: Exception, expected: str) -> None:
    assert sentence(error) == expected


def test_what_every_item_would_meet_ends_a_batch() -> None:
    assert ends_batch(ServiceError(Failure(reason="SERVER_UNREACHABLE", message="m")))
    assert not ends_batch(ServiceError(Failure(reason="IMAGE_INVALID", message="m")))
    assert not ends_batch(BadOption("m"))


def mgie(*arguments: str | bytes, cwd: Path, **environ: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "mgie.cli", *arguments]
    state = {"XDG_STATE_HOME": str(cwd), "XDG_CONFIG_HOME": str(cwd)}
    return subprocess.run(command, cwd=cwd, env={**os.environ, **state, **environ}, capture_output=True)


def test_an_error_is_one_sentence_and_debug_shows_more(tmp_path: Path) -> None:
    (tmp_path / "in.png").write_bytes(b"broken")
    arguments = ("edit", "in.png", "brighter", "-o", "out.png")
    short = mgie(*arguments, cwd=tmp_path)
    assert short.returncode == 1
    assert b"Traceback" not in short.stderr
    assert len(short.stderr.splitlines()) == 1
    assert b"Traceback" in mgie("--debug", *arguments, cwd=tmp_path).stderr


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_names_and_words_outside_the_terminals_encoding_are_shown_somehow(
    tmp_path: Path, encoding: str
) -> None:
    for name in ("夜.png".encode(), b"caf\xe9.png"):
        result = mgie("edit", name, "夜", "-o", "out.png", cwd=tmp_path, PYTHONIOENCODING=encoding)
        assert result.returncode == 1
        assert b"Traceback" not in result.stderr
        assert b"no such file" in result.stderr
