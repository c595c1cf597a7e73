"""PNG: 1 to 16 bits, colours, orientation, resolution, texts, Exif and XMP kept.

Pillow knows no 16-bit colour, so chunks are read here and pixels by libpng.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import imagecodecs
import numpy as np

from mgie.api.picture import AlphaKind, Picture, Pixels
from mgie.api.text import shown_name
from mgie.errors import BadImage, BadOption
from mgie.files import exif as exif_blocks
from mgie.files.density import Density
from mgie.files.document import ClaimedSize, Document, check_size, decoding, further, upright
from mgie.files.png_colour import colour_space, inflate, profile_chunk

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_KEYWORD = b"XML:com.adobe.xmp"
MAX_SIDE_PX = 1_000_000  # libpng's own limit
LEVEL = 3  # zlib: twice as fast as the default, a few per cent larger
_MOST_FOLDED = 1032  # how many times smaller zlib can make anything
_NUM_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type, as stored
_PALETTE = 3
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_READ = (b"IHDR", b"PLTE", b"tRNS", b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"eXIf", b"pHYs", b"acTL")
_RAW_EXIF = (b"Raw profile type exif", b"Raw profile type APP1")  # as ImageMagick keeps Exif


def read_png(path: Path, max_pixels: int | None = None) -> Document:
    """Read a PNG file."""
    return decode_png(path.read_bytes(), shown_name(path), max_pixels)


def decode_png(data: bytes, name: str, max_pixels: int | None = None) -> Document:
    """Read the bytes of a PNG file; name: for messages."""
    with decoding(name, "PNG file"):
        chunks, texts = _collect(name, data)
        width, height, depth, colour_type = struct.unpack_from(">IIBB", chunks[b"IHDR"])
        check_size(name, width, height, max_pixels)
        _check_length(name, data, width * height * depth * _NUM_CHANNELS[colour_type] // 8)
        pixels = np.asarray(imagecodecs.png_decode(data))
        pixels = pixels[..., None] if pixels.ndim == 2 else pixels
        num_colours = 1 if pixels.shape[2] < 3 else 3
        alpha: AlphaKind = "straight" if pixels.shape[2] in (2, 4) else "none"
        space, notes = colour_space(name, chunks, num_colours)
        kept, exif, xmp = _texts(texts)
        document = Document(
            picture=Picture(pixels=pixels, alpha=alpha, colour_space=space),
            kind="png",
            exif=exif_blocks.bare(chunks.get(b"eXIf", b"")) or exif,
            xmp=xmp,
            density=_density(chunks.get(b"pHYs", b"")),
            extras=kept,
            notes=notes,
            left_out=further(_num_frames(chunks) - 1, "frame"),
        )
        return upright(document)


def png_size(data: bytes) -> ClaimedSize:
    """What the first bytes of a file claim."""
    width, height, depth, colour_type = struct.unpack_from(">8x4x4xIIBB", data)
    num_channels = {_PALETTE: 4, 0: 2, 2: 4}.get(colour_type, 4)  # with the transparency that may follow
    return ClaimedSize(width, height, num_channels * (2 if depth > 8 else 1))


def encode_png(document: Document) -> bytes:
    """The bytes of a PNG file; alpha becomes straight."""
    picture = document.picture
    if picture.pixels.dtype.kind == "f":
        raise BadOption(f"PNG cannot hold {picture.pixels.dtype} pixels; write a .tif file")
    pixels = straight(picture)
    room = pixels.nbytes + pixels.nbytes // 64 + 64 * picture.height + 4096  # noise grows a little
    data = imagecodecs.png_encode(pixels[..., 0] if pixels.shape[2] == 1 else pixels, level=LEVEL, out=room)
    after_header = len(SIGNATURE) + 25
    extra = _chunk(*profile_chunk(picture.colour_space, picture.num_colours))
    if document.density:
        extra += _chunk(b"pHYs", _physical(document.density))
    if document.exif:
        extra += _chunk(b"eXIf", document.exif)
    if document.xmp:
        extra += _chunk(b"iTXt", XMP_KEYWORD + b"\0\0\0\0\0" + document.xmp)
    if document.kind == "png":
        extra += b"".join(_chunk(name, content) for name, content in document.extras)
    return bytes(data[:after_header]) + extra + bytes(data[after_header:])


def straight(picture: Picture) -> Pixels:
    """The pixels with straight alpha."""
    if picture.alpha != "premultiplied":
        return np.ascontiguousarray(picture.pixels)
    # Alpha is undone on the document's own numbers, whatever its colours mean.
    alpha = picture.pixels[..., -1:].astype(np.float32) / np.float32(picture.white)
    colours = picture.pixels[..., :-1] / np.where(alpha > 0, alpha, np.float32(1.0))
    if picture.pixels.dtype.kind == "u":
        colours = np.clip(np.rint(colours), 0, picture.white)
    return np.concatenate([colours.astype(picture.pixels.dtype), picture.pixels[..., -1:]], axis=-1)


def _collect(name: str, data: bytes) -> tuple[dict[bytes, bytes], list[tuple[bytes, bytes]]]:
    """The chunks of interest, the first of each, and all texts."""
    found: dict[bytes, bytes] = {}
    texts: list[tuple[bytes, bytes]] = []
    for kind, content, is_whole in _chunks(data):
        if kind in _READ and not is_whole and kind != b"IHDR":  # libpng looks at that one itself
            raise BadImage(f"{name} is damaged (checksum of its part {kind.decode()}); save it anew")
        if kind in _READ:
            found.setdefault(kind, content)
        elif kind in _TEXTS and is_whole:
            texts.append((kind, content))
    header = found.get(b"IHDR", b"")
    if len(header) != 13 or header[9] not in _NUM_CHANNELS:
        raise BadImage(f"{name} is no PNG file, or a damaged one")
    return found, texts


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    """Name, content, and whether the checksum is right, of every chunk but the pixels'."""
    if not data.startswith(SIGNATURE):
        return
    position = len(SIGNATURE)
    while position + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        if name != b"IDAT":
            content = data[position + 8 : position + 8 + length]
            checksum = data[position + 8 + length : position + 12 + length]
            yield name, content, checksum == struct.pack(">I", zlib.crc32(name + content))
        position += 12 + length


def _check_length(name: str, data: bytes, raw_bytes: int) -> None:
    """Refuse a header that promises more pixels than the file can hold, before memory is taken for them."""
    if raw_bytes > len(data) * _MOST_FOLDED:
        raise BadImage(f"{name} breaks off: {len(data)} bytes cannot hold what its header promises")


def _texts(texts: list[tuple[bytes, bytes]]) -> tuple[tuple[tuple[bytes, bytes], ...], bytes, bytes]:
    """The texts to keep as they are, and the Exif block and XMP packet among them."""
    kept: list[tuple[bytes, bytes]] = []
    exif = xmp = b""
    for kind, content in texts:
        keyword = content.partition(b"\0")[0]
        if kind == b"iTXt" and keyword == XMP_KEYWORD:
            xmp = xmp or _international(content)
        elif kind in (b"tEXt", b"zTXt") and keyword in _RAW_EXIF:
            exif = exif or _raw_exif(kind, content)
        else:
            kept.append((kind, content))
    return tuple(kept), exif, xmp


def _international(content: bytes) -> bytes:
    rest = content.partition(b"\0")[2]
    if len(rest) < 2:
        return b""
    text = rest[2:].split(b"\0", 2)[-1]
    return inflate("the text", text) if rest[0] == 1 else text


def _raw_exif(kind: bytes, content: bytes) -> bytes:
    """Exif as text: a name, its length, and the bytes in hexadecimal."""
    text = content.partition(b"\0")[2]
    text = inflate("the text", text[1:]) if kind == b"zTXt" else text
    try:
        return exif_blocks.bare(bytes.fromhex(b"".join(text.split()[2:]).decode("ascii")))
    except ValueError:
        return b""


def _density(content: bytes) -> Density | None:
    if len(content) != 9:
        return None
    x, y, unit = struct.unpack(">IIB", content)
    return Density.checked(x / 100, y / 100, "cm") if unit == 1 else Density.checked(x, y, "none")


def _physical(density: Density) -> bytes:
    factor = {"inch": 100 / 2.54, "cm": 100.0, "none": 1.0}[density.unit]
    x, y = density.x * factor, density.y * factor
    if density.unit == "none" and max(x, y) < 1000:  # a ratio, in whole numbers
        x, y = x * 1000, y * 1000
    return struct.pack(">IIB", max(round(x), 1), max(round(y), 1), density.unit != "none")


def _num_frames(chunks: dict[bytes, bytes]) -> int:
    animation = chunks.get(b"acTL", b"")
    return max(struct.unpack_from(">I", animation)[0], 1) if len(animation) == 8 else 1


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
