"""Writing TIFF: every number format, alpha, profile, resolution, texts and XMP; deflate with prediction."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import tifffile

from mgie.api.picture import SRGB, ColourSpace, Picture
from mgie.compose.colour import icc_bytes
from mgie.files.document import Document
from mgie.files.exif_directories import Entry, Order, entries_of, placed
from mgie.files.tiff import ICC_TAG, TEXT_TAGS, XMP_TAG

_ALPHA = {"none": None, "straight": ["unassalpha"], "premultiplied": ["assocalpha"]}
_ASCII, _LONG = 2, 4  # types of values
# tifffile writes no pointers to Exif (34665) and GPS (34853): their neighbours keep the places
_STAND_INS = {34665: 34666, 34853: 34854}
_UNITS = {"none": 1, "inch": 2, "cm": 3}


def encode_tiff(document: Document) -> bytes:
    """The bytes of a TIFF file."""
    picture = document.picture
    pixels = picture.pixels
    options: dict[str, Any] = {}
    if document.density:
        x, y, unit = document.density
        options = {"resolution": (x, y), "resolutionunit": _UNITS[unit]}
    entries, order = entries_of(document.exif)
    stream = io.BytesIO()
    tifffile.imwrite(
        stream,
        np.ascontiguousarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels),
        photometric="rgb" if picture.num_colours == 3 else "minisblack",
        planarconfig="contig" if pixels.shape[2] > 1 else None,
        extrasamples=_ALPHA[picture.alpha],
        compression="zlib",
        compressionargs={"level": 3},
        predictor=True,
        extratags=[*_tags(document, picture), *_exif_tags(entries)],
        metadata=None,
        software="mgie",
        byteorder=order,
        **options,
    )
    return _with_directories(stream, entries, order)


def _tags(document: Document, picture: Picture) -> list[tuple[int, int, int, bytes, bool]]:
    """Number, type, count, content, and that only the first page has it."""
    tags: list[tuple[int, int, int, bytes, bool]] = []
    undefined, byte = int(tifffile.DATATYPE.UNDEFINED), int(tifffile.DATATYPE.BYTE)
    if picture.num_colours == 3 or picture.colour_space != _unnamed(picture):
        profile = icc_bytes(picture.colour_space, picture.num_colours)
        tags.append((ICC_TAG, undefined, len(profile), profile, True))
    if document.xmp:
        tags.append((XMP_TAG, byte, len(document.xmp), document.xmp, True))
    return tags


def _exif_tags(entries: tuple[Entry, ...]) -> list[tuple[int, int, int, bytes | int, bool]]:
    """The words of an Exif block, and stand-ins for its pointers."""
    texts = [entry for entry in entries if entry.tag in TEXT_TAGS and entry.kind == _ASCII]
    pointers = [entry for entry in entries if entry.inner and entry.tag in _STAND_INS]
    return [
        *((entry.tag, entry.kind, len(entry.content), entry.content, True) for entry in texts),
        *((_STAND_INS[entry.tag], _LONG, 1, 0, True) for entry in pointers),
    ]


def _with_directories(stream: io.BytesIO, entries: tuple[Entry, ...], order: Order) -> bytes:
    """The file with the directories of Exif and GPS behind its pixels."""
    data = bytearray(stream.getvalue())
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        tags = {} if file.is_bigtiff else {tag.code: tag.offset for tag in file.pages.first.tags}
    for entry in entries:
        at = tags.get(_STAND_INS.get(entry.tag, 0))
        if at is not None:
            data += b"\0" * (len(data) % 2)
            struct.pack_into(order + "HHII", data, at, entry.tag, _LONG, 1, len(data))
            data += placed(entry.inner, order, len(data))
    return bytes(data)


def _unnamed(picture: Picture) -> ColourSpace:
    """What a file without a profile is taken for."""
    return ColourSpace(name="linear") if picture.pixels.dtype.kind == "f" else SRGB
