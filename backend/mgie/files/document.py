"""`Document`: a picture with what its file says about it, and the guards every file format shares."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mgie.api.picture import Picture
from mgie.compose.provenance import Provenance, from_xmp
from mgie.errors import ImageTooLarge

MAX_PIXELS = 500_000_000  # a guard against files that claim to be enormous


@dataclass(frozen=True, kw_only=True, eq=False)
class Document:
    """A picture and its metadata."""

    picture: Picture
    exif: bytes = b""  # without a leading "Exif\0\0"
    xmp: bytes = b""  # the packet as found

    @property
    def provenance(self) -> Provenance | None:
        """The record of earlier edits, if the file carries one."""
        return from_xmp(self.xmp) if self.xmp else None


def check_size(path: Path, width: int, height: int) -> None:
    """Refuse a file that claims too many pixels, before any memory is taken."""
    if width * height > MAX_PIXELS:
        limit = MAX_PIXELS // 1_000_000
        raise ImageTooLarge(
            f"{path.name}: {width}x{height} px exceeds {limit} megapixels; scale it down first"
        )


@contextmanager
def replacing(path: Path) -> Generator[Path]:
    """A temporary file beside `path` that takes its place when all went well: no crash leaves half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
