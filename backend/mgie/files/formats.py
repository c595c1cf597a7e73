"""Which reader a file's first bytes call for, and which writer a file's ending."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from mgie.api.text import shown_name
from mgie.errors import BadImage, BadOption
from mgie.files import jpeg, openraster, png, tiff, webp
from mgie.files.document import ClaimedSize, Document, Kind, decoding
from mgie.files.tiff_writer import encode_tiff

Reader: TypeAlias = Callable[[Path, int | None], Document]

_READERS: dict[Kind, Reader] = {
    "png": png.read_png,
    "tiff": tiff.read_tiff,
    "jpeg": jpeg.read_jpeg,
    "webp": webp.read_webp,
    "bmp": webp.read_bmp,
    "ora": openraster.read_openraster,
}
_ENCODERS: dict[Kind, Callable[[Document], bytes]] = {
    "png": png.encode_png,
    "tiff": encode_tiff,
    "jpeg": jpeg.encode_jpeg,
    "webp": webp.encode_webp,
}
_ENDINGS: dict[str, Kind] = {
    ".png": "png",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".webp": "webp",
    ".bmp": "bmp",
    ".ora": "ora",
}
READABLE = tuple(_ENDINGS)
WRITABLE = tuple(ending for ending, kind in _ENDINGS.items() if kind != "bmp")


def open_document(path: Path, max_pixels: int | None = None) -> Document:
    """Read a picture file, whatever its ending; `BadImage` says what is wrong with it.

    max_pixels: a limit below the one of every file.
    """
    with decoding(shown_name(path), "picture file"):
        if not path.is_file():
            raise BadImage(f"{shown_name(path)}: {'not a file' if path.exists() else 'no such file'}")
    return _READERS[_checked_kind(path)](path, max_pixels)


def claimed_size(path: Path) -> ClaimedSize:
    """What a PNG, TIFF, JPEG or WebP file claims, before it is decoded."""
    kind = _checked_kind(path)
    with decoding(shown_name(path), f"{kind} file"):
        if kind == "png":
            with path.open("rb") as file:
                return png.png_size(file.read(26))
        sizes = {"tiff": tiff.tiff_size, "jpeg": jpeg.jpeg_size, "webp": webp.webp_size}
        if kind in sizes:
            return sizes[kind](path)
    raise BadImage(f"{shown_name(path)} is no PNG, TIFF, JPEG or WebP file")


def kind_for(path: Path) -> Kind:
    """The kind of file that an output's ending asks for; `BadOption` where none is written."""
    kind = _ENDINGS.get(path.suffix.lower(), "")
    if path.suffix.lower() not in WRITABLE:
        choice = ", ".join(WRITABLE)
        raise BadOption(f"{shown_name(path)}: cannot write this kind of picture; choose {choice}")
    return kind


def encode(kind: Kind, document: Document) -> bytes:
    """The bytes of a flat file."""
    if kind not in _ENCODERS:
        raise BadOption("an .ora result is a copy of an .ora input; choose another ending")
    return _ENCODERS[kind](document)


def _checked_kind(path: Path) -> Kind:
    with decoding(shown_name(path), "picture file"), path.open("rb") as file:
        kind = _kind_of(file.read(64))
    if kind:
        return kind
    if path.suffix.lower() in _ENDINGS:
        raise BadImage(f"{shown_name(path)} is no {path.suffix.lower()[1:].upper()} file, or a damaged one")
    raise BadImage(f"{shown_name(path)}: unknown kind of picture; choose {', '.join(READABLE)}")


def _kind_of(head: bytes) -> Kind:
    """By the first 64 bytes; "" for what is none of the known kinds."""
    if head.startswith(png.SIGNATURE):
        return "png"
    if head.startswith(tiff.SIGNATURES):
        return "tiff"
    if head.startswith(jpeg.SIGNATURE):
        return "jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(openraster.SIGNATURE):
        return "ora"
    return "bmp" if head.startswith(b"BM") else ""
