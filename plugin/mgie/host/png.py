"""PNG files of 8 and 16 bits with their ICC profile, by zlib alone (PNG specification, 3rd edition).

Not read: interlaced files, palettes, 1 to 4 bits; they raise UNSUPPORTED_FORMAT.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from mgie.api.rect import Rect
from mgie.host.errors import HostError
from mgie.host.types import Channels, HostPicture, PixelFormat, SampleType

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOR_TYPES: dict[int, Channels] = {0: "gray", 2: "rgb", 4: "graya", 6: "rgba"}
MAX_PIXELS = 1 << 28


def unreadable(path: Path, why: str) -> HostError:
    """A file that cannot be opened, by name."""
    return HostError("UNSUPPORTED_FORMAT", f"{path.name} {why}")


def chunks(path: Path, data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG file, checked."""
    if data[:8] != SIGNATURE:
        raise unreadable(path, "is no PNG file")
    position = 8
    while position + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        body = data[position + 8 : position + 8 + length]
        position += 12 + length
        if position > len(data) or zlib.crc32(kind + body) != struct.unpack_from(">I", data, position - 4)[0]:
            raise unreadable(path, "is damaged")
        yield kind, body
        if kind == b"IEND":
            return
    raise unreadable(path, "is cut off")


def read_png(path: Path) -> HostPicture:
    """A PNG file as a picture at the canvas's origin."""
    header, icc, packed = b"", b"", bytearray()
    for kind, body in chunks(path, path.read_bytes()):
        if kind == b"IHDR":
            header = body
        elif kind == b"iCCP":
            icc = inflate(path, body[body.index(b"\0") + 2 :], 1 << 24)
        elif kind == b"IDAT":
            packed += body
    if len(header) != 13:
        raise unreadable(path, "has no header")
    width, height, depth, color_type, _, _, interlace = struct.unpack(">IIBBBBB", header)
    if color_type not in COLOR_TYPES or depth not in (8, 16) or interlace:
        raise unreadable(path, "is a PNG with a palette, few bits or interlacing; save it as plain RGB")
    if not 0 < width * height <= MAX_PIXELS:
        raise unreadable(path, f"has {width}x{height} px; at most {MAX_PIXELS} pixels are allowed")
    sample: SampleType = "u8" if depth == 8 else "u16"
    pixel_format = PixelFormat(sample=sample, channels=COLOR_TYPES[color_type])
    stride = width * pixel_format.bytes_per_pixel
    raw = inflate(path, bytes(packed), height * (stride + 1))
    if len(raw) != height * (stride + 1):
        raise unreadable(path, "is cut off")
    pixels = unfilter(raw, stride, pixel_format.bytes_per_pixel)
    if depth == 16:
        swap_bytes(pixels)
    rect = Rect(x=0, y=0, width=width, height=height)
    return HostPicture(rect=rect, format=pixel_format, pixels=bytes(pixels), icc=icc)


def inflate(path: Path, packed: bytes, max_bytes: int) -> bytes:
    """Decompress at most `max_bytes`."""
    try:
        return zlib.decompressobj().decompress(packed, max_bytes)
    except zlib.error:
        raise unreadable(path, "is damaged") from None


def unfilter(raw: bytes, stride: int, step: int) -> bytearray:
    """Undo the row filters. raw: each row preceded by its filter number; step: bytes of a pixel."""
    pixels = bytearray()
    above = bytes(stride)
    for start in range(0, len(raw), stride + 1):
        row = bytearray(raw[start + 1 : start + 1 + stride])
        unfilter_row(raw[start], row, above, step)
        pixels += row
        above = bytes(row)
    return pixels


def unfilter_row(kind: int, row: bytearray, above: bytes, step: int) -> None:
    """Undo the filter of one row in place: none, sub, up, average, Paeth."""
    if kind == 1:
        for i in range(step, len(row)):
            row[i] = (row[i] + row[i - step]) & 255
    elif kind == 2:
        row[:] = bytes((value + upper) & 255 for value, upper in zip(row, above, strict=True))
    elif kind == 3:
        for i in range(len(row)):
            left = row[i - step] if i >= step else 0
            row[i] = (row[i] + (left + above[i]) // 2) & 255
    elif kind == 4:
        for i in range(len(row)):
            left, corner = (row[i - step], above[i - step]) if i >= step else (0, 0)
            row[i] = (row[i] + paeth(left, above[i], corner)) & 255


def paeth(left: int, above: int, corner: int) -> int:
    """Whichever of the three neighbours is nearest to left + above - corner."""
    estimate = left + above - corner
    distances = (abs(estimate - left), abs(estimate - above), abs(estimate - corner))
    return (left, above, corner)[distances.index(min(distances))]


def swap_bytes(pixels: bytearray) -> None:
    """Exchange the bytes of each 16-bit sample in place; PNG is big-endian."""
    pixels[0::2], pixels[1::2] = pixels[1::2], pixels[0::2]


def write_png(path: Path, picture: HostPicture) -> None:
    """Write an 8 or 16-bit picture with its profile."""
    if picture.format.sample not in ("u8", "u16"):
        raise unreadable(path, f"cannot hold {picture.format.sample} samples; PNG has 8 or 16 bits")
    pixels = bytearray(picture.pixels)
    if picture.format.sample == "u16":
        swap_bytes(pixels)
    stride = picture.rect.width * picture.format.bytes_per_pixel
    rows = b"".join(b"\0" + pixels[i : i + stride] for i in range(0, len(pixels), stride))
    depth = 8 if picture.format.sample == "u8" else 16
    color_type = next(number for number, name in COLOR_TYPES.items() if name == picture.format.channels)
    header = struct.pack(">IIBBBBB", picture.rect.width, picture.rect.height, depth, color_type, 0, 0, 0)
    profile = [chunk(b"iCCP", b"icc\0\0" + zlib.compress(picture.icc))] if picture.icc else []
    data = chunk(b"IDAT", zlib.compress(rows, 6))
    path.write_bytes(b"".join([SIGNATURE, chunk(b"IHDR", header), *profile, data, chunk(b"IEND", b"")]))


def chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
