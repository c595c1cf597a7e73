"""The server's log: one line per happening, `key=value`, in files that take turns."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import time
from pathlib import Path

MAX_BYTES = 4 << 20  # of one file
NUM_FILES = 4  # kept beside the present one

_FORMAT = "%(asctime)s.%(msecs)03dZ level=%(levelname)s logger=%(name)s %(message)s"


def configure_logging(path: Path) -> None:
    """Send every logger's lines to a rotating file, and warnings to stderr."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    formatter = logging.Formatter(_FORMAT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    file = logging.handlers.RotatingFileHandler(path, maxBytes=MAX_BYTES, backupCount=NUM_FILES)
    file.setLevel(logging.INFO)
    screen = logging.StreamHandler(sys.stderr)
    screen.setLevel(logging.WARNING)
    for handler in (file, screen):
        handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[file, screen], force=True)
