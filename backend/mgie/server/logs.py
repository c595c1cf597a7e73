"""The server's log: one line for everything that happens, `key=value`, in files that take turns."""

from __future__ import annotations

import contextlib
import faulthandler
import io
import logging
import logging.handlers
import os
import sys
import time
from pathlib import Path
from typing import Any

from mgie.errors import BadOption

MAX_BYTES = 4 << 20  # of one file
NUM_FILES = 4  # kept beside the present one

_FORMAT = "%(asctime)s.%(msecs)03dZ level=%(levelname)s logger=%(name)s %(message)s"
_crashes: list[Any] = []  # the file that a crash of the interpreter is written to, open to the end


def configure_logging(path: Path) -> None:
    """Send every logger's lines to a rotating file, warnings to stderr, crashes to `crash.log` beside it.

    Raises BadOption where the file cannot be opened.
    """
    formatter = logging.Formatter(_FORMAT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = PrivateLogFile(path, maxBytes=MAX_BYTES, backupCount=NUM_FILES, encoding="utf-8")
        _log_crashes(path.with_name("crash.log"))
    except OSError as error:
        raise BadOption(f"the log {path.name} cannot be written: {error.strerror}") from error
    file.setLevel(logging.INFO)
    screen = logging.StreamHandler(sys.stderr)
    screen.setLevel(logging.WARNING)
    for handler in (file, screen):
        handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[file, screen], force=True)


class PrivateLogFile(logging.handlers.RotatingFileHandler):
    """A rotating log that only this user can read, that follows no link and survives a full disk."""

    def _open(self) -> io.TextIOWrapper:
        return _open_private(Path(self.baseFilename))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 # the name is logging's
        """Lose the line: where the disk is full nothing can be said there."""


def _log_crashes(path: Path) -> None:
    if not faulthandler.is_enabled():
        _crashes[:] = [_open_private(path)]
        faulthandler.enable(_crashes[0])


def _open_private(path: Path) -> io.TextIOWrapper:
    if path.is_symlink():
        with contextlib.suppress(OSError):
            path.unlink()
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(path, flags, 0o600)
    with contextlib.suppress(OSError):
        path.chmod(0o600)
    return os.fdopen(handle, "a", encoding="utf-8")
