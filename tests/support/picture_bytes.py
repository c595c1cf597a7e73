"""Picture files put together byte by byte, as other programs write them and ours does not."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt
from PIL import Image

from support.fake_pictures import make_picture

Array = npt.NDArray[Any]
PIXELS = make_picture(20, 30).pixels  # what `save` writes where nothing is given


def save(path: Path, pixels: Any = PIXELS, **settings: Any) -> Path:
    """A file as Pillow writes it."""
    if path.suffix == ".jpg" and isinstance(settings.get("exif"), bytes):
        settings["exif"] = b"Exif\0\0" + settings["exif"]
    Image.fromarray(pixels).save(path, **settings)
    return path


def png_chunk(name: bytes, content: bytes) -> bytes:
    """One chunk with its length and checksum."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_with(pixels: Array, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file with further chunks behind its header."""
    data = bytes(imagecodecs.png_encode(np.ascontiguousarray(pixels)))
    return data[:33] + b"".join(png_chunk(*chunk) for chunk in chunks) + data[33:]


def raw_png(
    width: int, height: int, depth: int, colour_type: int, row: bytes, *chunks: tuple[bytes, bytes]
) -> bytes:
    """A PNG file whose rows are all the same packed bytes."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress((b"\0" + row) * height)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*part) for part in parts)


def packed_tiff(path: Path, values: Array, bits: int, *, photometric: int | None = None) -> Path:
    """A TIFF file of few bits per sample, (h, w, samples), rows padded to whole bytes."""
    height, width, samples = values.shape
    rows: list[bytes] = []
    for row in values.reshape(height, -1):
        text = "".join(format(int(value), f"0{bits}b") for value in row)
        text += "0" * (-len(text) % 8)
        rows.append(int(text, 2).to_bytes(len(text) // 8, "big"))
    data = b"".join(rows)
    at = 8 + len(data) + len(data) % 2
    photometric = (2 if samples == 3 else 1) if photometric is None else photometric
    entries = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, samples, bits if samples == 1 else at + 2 + 120 + 4),
        (259, 3, 1, 1),
        (262, 3, 1, photometric),
        (273, 4, 1, 8),
        (277, 3, 1, samples),
        (278, 4, 1, height),
        (279, 4, 1, len(data)),
        (284, 3, 1, 1),
    ]
    directory = struct.pack("<H", 10) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    head = b"II*\0" + struct.pack("<I", at) + data + b"\0" * (len(data) % 2)
    path.write_bytes(head + directory + bytes(4) + struct.pack(f"<{samples}H", *[bits] * samples))
    return path


def exif_of(orientation: int, *more: tuple[int, int, int, int]) -> bytes:
    """An Exif block with an orientation and further entries (tag, type, count, value)."""
    entries = [(0x0112, 3, 1, orientation), *more]
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + directory + bytes(4)
