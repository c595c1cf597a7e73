"""PNG: 8 and 16 bits, profile, Exif and XMP kept. Pillow knows no 16-bit colour, so chunks are read here."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image

from mgie.api.picture import SRGB, ColourSpace, Picture, Pixels
from mgie.compose.colour import icc_bytes
from mgie.compose.pixels import encode_plane, read_colours
from mgie.errors import BadImage, BadOption
from mgie.files.document import Document, check_size

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_KEYWORD = b"XML:com.adobe.xmp"
MAX_TEXT = 16 << 20  # bytes a compressed chunk may unfold to
LEVEL = 3  # zlib: twice as fast as the default, a few per cent larger
_PALETTE = 3
_DISPLAY_P3_CICP = bytes((12, 13, 0, 1))


def read_png(path: Path) -> Document:
    """Read a PNG file."""
    data = path.read_bytes()
    chunks = _first_chunks(path, data)
    width, height, depth, colour_type = struct.unpack_from(">IIBB", chunks[b"IHDR"])
    check_size(path, width, height)
    try:
        if colour_type == _PALETTE or depth < 8 or b"tRNS" in chunks:
            pixels = np.asarray(_unfold(Image.open(io.BytesIO(data))))
        else:
            pixels = imagecodecs.png_decode(data)
    except (RuntimeError, OSError, ValueError, SyntaxError) as error:
        raise BadImage(f"{path.name} is a damaged PNG file ({error})") from error
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    alpha = "straight" if pixels.shape[2] in (2, 4) else "none"
    picture = Picture(pixels=pixels, alpha=alpha, colour_space=_colour_space(chunks))
    return Document(picture=picture, exif=chunks.get(b"eXIf", b""), xmp=chunks.get(b"iTXt", b""))


def write_png(path: Path, document: Document) -> None:
    """Write a PNG file; alpha becomes straight."""
    path.write_bytes(encode_png(document))


def encode_png(document: Document) -> bytes:
    """The bytes of a PNG file."""
    picture = document.picture
    if picture.pixels.dtype.kind == "f":
        raise BadOption(f"PNG cannot hold {picture.pixels.dtype} pixels; write a .tif file")
    pixels = straight(picture)
    data = imagecodecs.png_encode(pixels[..., 0] if pixels.shape[2] == 1 else pixels, level=LEVEL)
    after_header = len(SIGNATURE) + 25
    extra = _profile_chunk(picture.colour_space, picture.num_colours)
    if document.exif:
        extra += _chunk(b"eXIf", document.exif)
    if document.xmp:
        extra += _chunk(b"iTXt", XMP_KEYWORD + b"\0\0\0\0\0" + document.xmp)
    return bytes(data[:after_header]) + extra + bytes(data[after_header:])


def straight(picture: Picture) -> Pixels:
    """The pixels with straight alpha."""
    if picture.alpha != "premultiplied":
        return np.ascontiguousarray(picture.pixels)
    everything = (slice(None), slice(None))
    # Alpha is undone on the document's own numbers, whatever its colours mean.
    colours, _ = read_colours(
        Picture(pixels=picture.pixels, alpha="premultiplied", colour_space=SRGB), everything
    )
    pixels = picture.pixels.copy()
    for index in range(picture.num_colours):
        pixels[..., index] = encode_plane(colours[index], pixels.dtype)
    return pixels


def _first_chunks(path: Path, data: bytes) -> dict[bytes, bytes]:
    """The chunks of interest; of iTXt, the XMP packet alone."""
    found: dict[bytes, bytes] = {}
    for name, content in _chunks(data):
        if name == b"iTXt":
            packet = _xmp_packet(content)
            if packet:
                found[name] = packet
        elif name in (b"IHDR", b"iCCP", b"sRGB", b"gAMA", b"cICP", b"eXIf", b"tRNS"):
            found.setdefault(name, content)
    if len(found.get(b"IHDR", b"")) != 13:
        raise BadImage(f"{path.name} is no PNG file, or a damaged one")
    return found


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not data.startswith(SIGNATURE):
        return
    position = len(SIGNATURE)
    while position + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        if name != b"IDAT":
            yield name, data[position + 8 : position + 8 + length]
        position += 12 + length


def _xmp_packet(content: bytes) -> bytes:
    keyword, _, rest = content.partition(b"\0")
    if keyword != XMP_KEYWORD or len(rest) < 2:
        return b""
    is_compressed = rest[0] == 1
    text = rest[2:].split(b"\0", 2)[-1]
    return _inflate(text) if is_compressed else text


def _inflate(data: bytes) -> bytes:
    try:
        return bytes(zlib.decompressobj().decompress(data, MAX_TEXT))
    except zlib.error as error:
        raise BadImage(f"the PNG file's metadata is damaged ({error})") from error


def _colour_space(chunks: dict[bytes, bytes]) -> ColourSpace:
    if chunks.get(b"cICP") == _DISPLAY_P3_CICP:
        return ColourSpace(name="display-p3")
    if b"iCCP" in chunks:
        profile = _inflate(chunks[b"iCCP"].partition(b"\0")[2][1:])
        return ColourSpace(name="icc", icc_profile=profile) if profile else SRGB
    if b"sRGB" not in chunks and chunks.get(b"gAMA") == struct.pack(">I", 100_000):
        return ColourSpace(name="linear")
    return SRGB


def _profile_chunk(space: ColourSpace, num_colours: int) -> bytes:
    if space == SRGB:
        return _chunk(b"sRGB", b"\0")
    if num_colours == 1 and space.name != "icc":  # the named profiles are for colours; PNG wants a gray one
        return _chunk(b"gAMA", struct.pack(">I", 100_000)) if space.name == "linear" else b""
    return _chunk(b"iCCP", b"profile\0\0" + zlib.compress(icc_bytes(space)))


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _unfold(image: Image.Image) -> Image.Image:
    """Palettes, bits and single transparent colours as plain channels."""
    if "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")
