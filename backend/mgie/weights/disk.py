"""A full disk, told in our words wherever something large is written."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from mgie.errors import DiskFull


def free_bytes(folder: Path) -> int:
    """Free disk for a folder that may not be there yet."""
    return shutil.disk_usage(
        next(path for path in (folder, *folder.absolute().parents) if path.exists())
    ).free


@contextmanager
def disk_guard(path: Path) -> Generator[None]:
    """Turn the system's "no space left" into ours, naming what was being written."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"no space left while writing {path}; make room and try again") from error
        raise
