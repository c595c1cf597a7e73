"""Directories of Exif as lists of entries, to carry them between TIFF files and Exif blocks.

Every value is copied as its bytes, in the byte order it has. What points outside the file is left out.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

POINTERS = (0x8769, 0x8825, 0xA005)  # to the directories of Exif, GPS and, inside Exif's, interoperability
_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
}  # bytes per number, by type
_LONG = 4
_MAX_ENTRIES = 500
_MAX_VALUE = 1 << 20  # bytes

Order: TypeAlias = Literal["<", ">"]  # little, big end first
Read: TypeAlias = Callable[[int, int], bytes]  # offset, length -> bytes, fewer where the file ends


class Entry(NamedTuple):
    """One field of a directory; a pointer's content is a directory's bytes no more, see `inner`."""

    tag: int
    kind: int
    content: bytes
    inner: tuple[Entry, ...] = ()  # of a pointer: the entries it leads to

    @property
    def num_values(self) -> int:
        """Numbers of its kind in the content."""
        return len(self.content) // _SIZES[self.kind]


def read_directory(read: Read, order: Order, offset: int, depth: int = 0) -> tuple[Entry, ...]:
    """The entries at an offset, those behind pointers included; empty where nothing can be read."""
    head = read(offset, 2)
    if len(head) < 2 or depth > 2:
        return ()
    (count,) = struct.unpack(order + "H", head)
    table = read(offset + 2, 12 * min(count, _MAX_ENTRIES))
    entries: dict[int, Entry] = {}
    seen: set[int] = set()  # only the first of each tag counts, so that no file can lead around for long
    for at in range(0, len(table) - 11, 12):
        tag, kind, num_values = struct.unpack_from(order + "HHI", table, at)
        num_bytes = _SIZES.get(kind, 0) * num_values
        if tag in seen or not 0 < num_bytes <= _MAX_VALUE:
            continue
        seen.add(tag)
        (place,) = struct.unpack_from(order + "I", table, at + 8)
        content = table[at + 8 : at + 8 + num_bytes] if num_bytes <= 4 else read(place, num_bytes)
        if len(content) != num_bytes:
            continue
        if tag in POINTERS:
            inner = read_directory(read, order, place, depth + 1) if kind == _LONG else ()
            if inner:
                entries[tag] = Entry(tag, kind, content, inner)
        else:
            entries[tag] = Entry(tag, kind, content)
    return tuple(entries[tag] for tag in sorted(entries))


def placed(entries: tuple[Entry, ...], order: Order, offset: int) -> bytes:
    """A directory's bytes with all it points to, for a place at `offset` of a file."""
    table = struct.pack(order + "H", len(entries))
    body = b""
    after = offset + 2 + 12 * len(entries) + 4
    for entry in entries:
        place = after + len(body)
        table += struct.pack(order + "HHI", entry.tag, entry.kind, entry.num_values)
        if entry.inner:
            table += struct.pack(order + "I", place)
            body += placed(entry.inner, order, place)
        elif len(entry.content) <= 4:
            table += entry.content.ljust(4, b"\0")
        else:
            table += struct.pack(order + "I", place)
            body += entry.content
        body += b"\0" * (len(body) % 2)
    return table + bytes(4) + body


def block_of(entries: tuple[Entry, ...], order: Order) -> bytes:
    """A block as JPEG, PNG and WebP carry it; b"" for nothing."""
    if not entries:
        return b""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "I", 8) + placed(entries, order, 8)


def entries_of(block: bytes) -> tuple[tuple[Entry, ...], Order]:
    """The first directory of a block, and its byte order."""
    orders: dict[bytes, Order] = {b"II*\0": "<", b"MM\0*": ">"}
    order = orders.get(block[:4])
    if order is None or len(block) < 8:
        return (), "<"
    (offset,) = struct.unpack_from(order + "I", block, 4)
    return read_directory(lambda start, length: block[start : start + length], order, offset), order
