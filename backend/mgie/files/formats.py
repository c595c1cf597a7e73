"""Which reader and writer a file's ending calls for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mgie.errors import BadImage, BadOption
from mgie.files.document import Document, replacing
from mgie.files.openraster import read_openraster
from mgie.files.plain import read_plain, write_jpeg, write_webp
from mgie.files.png import read_png, write_png
from mgie.files.tiff import read_tiff, write_tiff

_READERS: dict[str, Callable[[Path], Document]] = {
    ".png": read_png,
    ".tif": read_tiff,
    ".tiff": read_tiff,
    ".jpg": read_plain,
    ".jpeg": read_plain,
    ".webp": read_plain,
    ".bmp": read_plain,
    ".ora": read_openraster,
}
_WRITERS: dict[str, Callable[[Path, Document], None]] = {
    ".png": write_png,
    ".tif": write_tiff,
    ".tiff": write_tiff,
    ".jpg": write_jpeg,
    ".jpeg": write_jpeg,
    ".webp": write_webp,
}
READABLE = tuple(_READERS)
WRITABLE = (*_WRITERS, ".ora")


def open_document(path: Path) -> Document:
    """Read a picture file in its own format; `BadImage` says what is wrong with it."""
    if not path.is_file():
        raise BadImage(f"{path}: no such file")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise BadImage(f"{path.name}: unknown kind of picture; choose {', '.join(READABLE)}")
    return reader(path)


def save_document(path: Path, document: Document) -> None:
    """Write a flat picture file by its ending, all at once."""
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise BadOption(f"{path.name}: cannot write this kind of picture; choose {', '.join(_WRITERS)}")
    with replacing(path) as temporary:
        writer(temporary, document)
