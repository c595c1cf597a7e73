"""Temporary folders that go with their process, also where that was killed: the next one removes them."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_PREFIX = "mgie-of-"


def process_folder() -> tempfile.TemporaryDirectory[str]:
    """A temporary folder of this process, to be cleaned up; first those of dead processes are removed."""
    for left_over in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = left_over.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdecimal() and not _is_alive(int(owner)):
            shutil.rmtree(left_over, ignore_errors=True)
    return tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", ignore_cleanup_errors=True)


def _is_alive(process: int) -> bool:
    """Whether there is such a process; yes where that cannot be known."""
    if os.name == "nt":
        return True  # there the question would end it
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
