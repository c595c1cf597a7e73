"""A full disk, told in our words wherever something large is written."""

from __future__ import annotations

import errno
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from mgie.errors import DiskFull


@contextmanager
def disk_guard(path: Path) -> Generator[None]:
    """Turn the system's "no space left" into ours, naming what was being written."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"no space left while writing {path}; make room and try again") from error
        raise
