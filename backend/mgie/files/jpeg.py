"""JPEG: pixels by Pillow, and by its segments profile, Exif, XMP of any length, resolution and texts."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, JpegImagePlugin

from mgie.api.picture import SRGB, ColourSpace, Picture
from mgie.api.text import shown_name
from mgie.compose.colour import icc_bytes
from mgie.errors import BadImage, BadOption
from mgie.files import exif as exif_blocks
from mgie.files import xmp as xmp_packets
from mgie.files.density import Density
from mgie.files.document import ClaimedSize, Document, check_size, decoding, further, upright
from mgie.files.profiles import space_of

SIGNATURE = b"\xff\xd8\xff"
QUALITY = 95
MAX_SIDE_PX = 65_500  # libjpeg's own limit
MAX_SEGMENT = 65_533  # bytes of content
_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_MORE = b"http://ns.adobe.com/xmp/extension/\0"
_ICC = b"ICC_PROFILE\0"
_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_NOT_FOR_PIXELS = {*range(0xE1, 0xEE), 0xEF, 0xFE}  # all but JFIF's and Adobe's own
_KEPT = (0xED, 0xFE)  # IPTC and Photoshop's fields, comments


@dataclass
class _Segments:
    """What stands before the pixels."""

    width: int = 0
    height: int = 0
    num_channels: int = 0
    bits: int = 8
    exif: bytes = b""
    xmp: bytes = b""
    xmp_pieces: list[bytes] = field(default_factory=lambda: list[bytes]())
    icc_pieces: dict[int, bytes] = field(default_factory=lambda: dict[int, bytes]())
    density: Density | None = None
    kept: list[tuple[bytes, bytes]] = field(default_factory=lambda: list[tuple[bytes, bytes]]())
    num_pictures: int = 1
    pixels_only: bytearray = field(default_factory=bytearray)  # the header without what only we read


def read_jpeg(path: Path, max_pixels: int | None = None) -> Document:
    """Read a JPEG file."""
    with decoding(shown_name(path), "JPEG file"):
        data = path.read_bytes()
        found = _collect(data)
        check_size(shown_name(path), found.width, found.height, max_pixels)
        if found.num_channels not in (1, 3) or found.bits != 8:
            raise BadImage(
                f"{shown_name(path)} holds {found.num_channels} channels of {found.bits} bits, as for print "
                "or medicine; convert it to RGB or gray of 8 bits first"
            )
        pixels = np.asarray(JpegImagePlugin.JpegImageFile(io.BytesIO(found.pixels_only)))
        pixels = pixels[..., None] if pixels.ndim == 2 else pixels
        profile = b"".join(found.icc_pieces[number] for number in sorted(found.icc_pieces))
        is_adobe = pixels.shape[2] == 3 and exif_blocks.is_adobe_rgb(found.exif)
        default = ColourSpace(name="adobe-rgb") if is_adobe else SRGB
        space, notes = space_of(profile, pixels.shape[2], default)
        document = Document(
            picture=Picture(pixels=pixels, colour_space=space),
            kind="jpeg",
            exif=found.exif,
            xmp=xmp_packets.joined_extension(found.xmp, found.xmp_pieces),
            density=found.density or exif_blocks.density_of(found.exif),
            extras=tuple(found.kept),
            notes=notes,
            left_out=further(found.num_pictures - 1, "picture"),
        )
        return upright(document)


def jpeg_size(path: Path) -> ClaimedSize:
    """What the header claims."""
    with path.open("rb") as file:
        found = _collect(file.read(1 << 24))
    return ClaimedSize(found.width, found.height, max(found.num_channels, 1))


def encode_jpeg(document: Document) -> bytes:
    """The bytes of a JPEG file of high quality."""
    picture = document.picture
    if picture.has_alpha:
        raise BadOption("JPEG has no transparency; write a .png, .webp or .tif file")
    if picture.pixels.dtype != np.uint8:
        raise BadOption(f"JPEG cannot hold {picture.pixels.dtype} pixels; write a .png or .tif file")
    pixels = np.ascontiguousarray(picture.pixels)
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    settings: dict[str, object] = {}
    if picture.colour_space != SRGB or picture.num_colours == 3:
        settings["icc_profile"] = icc_bytes(picture.colour_space, picture.num_colours)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=QUALITY, subsampling=0, **settings)
    data = bytearray(stream.getvalue())
    _set_density(data, document.density)
    after_jfif = 4 + struct.unpack_from(">H", data, 4)[0]
    return bytes(data[:after_jfif]) + b"".join(_metadata(document)) + bytes(data[after_jfif:])


def _metadata(document: Document) -> Iterator[bytes]:
    """The segments with what is known beyond the pixels."""
    if document.exif:
        yield _segment(0xE1, _EXIF + document.exif)
    if document.xmp:
        packet, extension = xmp_packets.split_for_jpeg(document.xmp)
        yield _segment(0xE1, _XMP + packet)
        for piece in xmp_packets.extension_pieces(extension):
            yield _segment(0xE1, _XMP_MORE + piece)
    if document.kind == "jpeg":
        for marker, content in document.extras:
            yield _segment(marker[0], content)


def _segment(marker: int, content: bytes) -> bytes:
    if len(content) > MAX_SEGMENT:
        raise BadOption(f"{len(content)} bytes of metadata exceed JPEG's {MAX_SEGMENT}; write a .png file")
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _set_density(data: bytearray, density: Density | None) -> None:
    """Into the JFIF segment that Pillow writes first."""
    if density is None or bytes(data[6:11]) != b"JFIF\0":
        return
    unit = {"none": 0, "inch": 1, "cm": 2}[density.unit]
    x, y = (min(max(round(value), 1), 65_535) for value in density[:2])
    struct.pack_into(">BHH", data, 13, unit, x, y)


def _collect(data: bytes) -> _Segments:
    found = _Segments()
    found.pixels_only += data[:2]
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            raise BadImage("the JPEG file's header is damaged; save it anew")
        marker = data[position + 1]
        if marker == 0xFF or marker in range(0xD0, 0xD9) or marker == 0x01:  # fill bytes, no content
            position += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        content = data[position + 4 : position + 2 + length]
        if marker == 0xDA:
            break
        _note(found, marker, content)
        if marker not in _NOT_FOR_PIXELS:
            found.pixels_only += data[position : position + 2 + length]
        position += 2 + max(length, 2)
    found.pixels_only += data[position:]
    return found


def _note(found: _Segments, marker: int, content: bytes) -> None:
    if marker in _FRAMES and len(content) >= 6 and not found.width:
        found.bits, found.height, found.width, found.num_channels = struct.unpack_from(">BHHB", content)
    elif marker == 0xE0 and content.startswith(b"JFIF\0") and len(content) >= 12:
        unit, x, y = struct.unpack_from(">BHH", content, 7)
        density = Density.checked(x, y, {1: "inch", 2: "cm"}.get(unit, "none"))
        found.density = None if density in (None, (1, 1, "none")) else density
    elif marker == 0xE1 and content.startswith(_EXIF):
        found.exif = found.exif or exif_blocks.bare(content)
    elif marker == 0xE1 and content.startswith(_XMP):
        found.xmp = found.xmp or content[len(_XMP) :]
    elif marker == 0xE1 and content.startswith(_XMP_MORE):
        found.xmp_pieces.append(content[len(_XMP_MORE) :])
    elif marker == 0xE2 and content.startswith(_ICC) and len(content) > 14:
        found.icc_pieces.setdefault(content[12], content[14:])
    elif marker == 0xE2 and content.startswith(b"MPF\0"):
        found.num_pictures = max(_num_pictures(content[4:]), 1)
    elif marker in _KEPT:
        found.kept.append((bytes([marker]), content))


def _num_pictures(content: bytes) -> int:
    """Of a multi-picture file (CIPA DC-007): the tag 0xB001 of its directory."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(content[:4])
    if order is None or len(content) < 10:
        return 1
    (start,) = struct.unpack_from(order + "I", content, 4)
    for at in range(start + 2, min(start + 2 + 12 * 16, len(content) - 11), 12):
        if struct.unpack_from(order + "H", content, at)[0] == 0xB001:
            return int(struct.unpack_from(order + "I", content, at + 8)[0])
    return 1
