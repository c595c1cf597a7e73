"""Exif blocks, changed in place where a picture was turned upright; everything else in them stays as it is.

A block is a small TIFF file. Nothing here trusts it: what cannot be followed is left alone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from mgie.files.density import Density

ORIENTATION = 0x0112
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 0x011A, 0x011B, 0x0128
_EXIF_IFD, _INTEROP_IFD = 0x8769, 0xA005
_WIDTH, _HEIGHT = 0xA002, 0xA003
_INTEROP_INDEX, _COLOUR_SPACE = 0x0001, 0xA001
_FORMATS = {1: "B", 3: "H", 4: "I"}
_UNITS = {1: "none", 2: "inch", 3: "cm"}
_MAX_ENTRIES = 1000


class _Entry(NamedTuple):
    tag: int
    kind: int
    length: int  # of the value, in numbers of its kind
    at: int  # offset of the four bytes that hold the value or point to it


def bare(exif: bytes) -> bytes:
    """A block without the "Exif" that JPEG files put before it; b"" for what is none."""
    exif = exif.removeprefix(b"Exif\0\0")
    return exif if _order(exif) else b""


def orientation_of(exif: bytes) -> int:
    """How the picture is turned, 1..8; 1 when the block does not say."""
    value = _number(exif, _first_directory(exif), ORIENTATION) or 1
    return value if value <= 8 else 1


def density_of(exif: bytes) -> Density | None:
    """The print resolution, where the block gives one."""
    entries = {entry.tag: entry for entry in _first_directory(exif)}
    x, y = (_rational(exif, entries.get(tag)) for tag in (_X_RESOLUTION, _Y_RESOLUTION))
    unit = _number(exif, list(entries.values()), _RESOLUTION_UNIT) or 2
    return Density.checked(x, y, _UNITS.get(unit, "none")) if x and y else None


def is_adobe_rgb(exif: bytes) -> bool:
    """Whether a camera says so in the way of DCF: an uncalibrated space and the index R03."""
    inner = _directory_at(exif, _number(exif, _first_directory(exif), _EXIF_IFD))
    index = _directory_at(exif, _number(exif, inner, _INTEROP_IFD))
    names = [exif[entry.at : entry.at + 3] for entry in index if entry.tag == _INTEROP_INDEX]
    return _number(exif, inner, _COLOUR_SPACE) in (2, 0xFFFF) and b"R03" in names


def as_upright(exif: bytes) -> bytes:
    """The block of a picture that has been turned upright, without the thumbnail of how it was before."""
    turned = bytearray(exif)
    first = _first_directory(exif)
    orientation = orientation_of(exif)
    _set_number(turned, first, ORIENTATION, 1)
    if orientation >= 5:
        inner = _directory_at(exif, _number(exif, first, _EXIF_IFD))
        width, height = (_number(exif, inner, tag) for tag in (_WIDTH, _HEIGHT))
        if width and height:
            _set_number(turned, inner, _WIDTH, height)
            _set_number(turned, inner, _HEIGHT, width)
    if first:  # the next directory is the thumbnail's
        end = first[-1].at + 4
        turned[end : end + 4] = bytes(len(turned[end : end + 4]))
    return bytes(turned)


def with_density(exif: bytes, density: Density | None) -> bytes:
    """A block that gives the resolution, for files that have no other place for it."""
    if exif or density is None:
        return exif
    unit = {"none": 1, "inch": 2, "cm": 3}[density.unit]
    entries = [(_X_RESOLUTION, 5, 1, 50), (_Y_RESOLUTION, 5, 1, 58), (_RESOLUTION_UNIT, 3, 1, unit)]
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    rationals = b"".join(struct.pack("<II", round(value * 1000), 1000) for value in (density.x, density.y))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + directory + bytes(4) + rationals


def _order(exif: bytes) -> str:
    return {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4], "")


def _first_directory(exif: bytes) -> list[_Entry]:
    order = _order(exif)
    if not order or len(exif) < 8:
        return []
    return _directory_at(exif, struct.unpack_from(order + "I", exif, 4)[0])


def _directory_at(exif: bytes, offset: int | None) -> list[_Entry]:
    return list(_entries(exif, offset)) if offset and offset + 2 <= len(exif) else []


def _entries(exif: bytes, offset: int) -> Iterator[_Entry]:
    order = _order(exif)
    (count,) = struct.unpack_from(order + "H", exif, offset)
    for at in range(offset + 2, offset + 2 + 12 * min(count, _MAX_ENTRIES), 12):
        if at + 12 > len(exif):
            return
        tag, kind, length = struct.unpack_from(order + "HHI", exif, at)
        yield _Entry(tag, kind, length, at + 8)


def _number(exif: bytes, entries: list[_Entry], tag: int) -> int | None:
    for entry in entries:
        if entry.tag == tag and entry.kind in _FORMATS and entry.length == 1:
            return struct.unpack_from(_order(exif) + _FORMATS[entry.kind], exif, entry.at)[0]
    return None


def _set_number(exif: bytearray, entries: list[_Entry], tag: int, value: int) -> None:
    for entry in entries:
        if entry.tag == tag and entry.kind in _FORMATS and entry.length == 1:
            struct.pack_into(_order(bytes(exif[:4])) + _FORMATS[entry.kind], exif, entry.at, value)


def _rational(exif: bytes, entry: _Entry | None) -> float | None:
    if entry is None or entry.kind != 5 or entry.length != 1:
        return None
    (offset,) = struct.unpack_from(_order(exif) + "I", exif, entry.at)
    if offset + 8 > len(exif):
        return None
    above, below = struct.unpack_from(_order(exif) + "II", exif, offset)
    return above / below if below else None
