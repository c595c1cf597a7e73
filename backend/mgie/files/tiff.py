"""Reading TIFF: integers of 1 to 16 bits, half and single floats, alpha, palettes, orientation, profile.

What a reader could only guess at (CMYK, Lab, unnamed channels, raw sensor data) is refused by name.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from mgie.api.picture import DTYPES, SRGB, AlphaKind, ColourSpace, Picture, Pixels
from mgie.api.text import shown_name
from mgie.errors import BadImage
from mgie.files.density import Density
from mgie.files.document import ClaimedSize, Document, check_size, decoding, further, upright
from mgie.files.exif_directories import block_of, read_directory
from mgie.files.profiles import space_of

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two: BigTIFF
ICC_TAG = 34675
XMP_TAG = 700
TEXT_TAGS = (270, 271, 272, 306, 315, 33432)  # description, maker, model, time, artist, copyright
_ORIENTATION_TAG, _PHOTOSHOP_LAYERS_TAG = 274, 37724
_RESOLUTION_TAGS, _UNIT_TAG = (282, 283), 296
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _YCBCR = 0, 1, 2, 3, 6
_JPEG = (6, 7)  # compressions whose decoder returns RGB
_ALPHA: dict[int, AlphaKind] = {1: "premultiplied", 2: "straight"}
_REDUCED, _MASK = 1, 4  # bits of NewSubfileType
_UNITS = {1: "none", 2: "inch", 3: "cm"}
_LAYOUTS = (b"ImageJ=", b"<?xml", b"{", b"SCIFIO")  # descriptions by which programs find their pages
_MAX_COUNTED = 1000  # pages looked at one by one


def read_tiff(path: Path, max_pixels: int | None = None) -> Document:
    """Read the first page of a TIFF file."""
    logging.getLogger("tifffile").addHandler(logging.NullHandler())  # its complaints become our errors
    with decoding(shown_name(path), "TIFF file"), tifffile.TiffFile(path) as file:
        page = file.pages.first
        check_size(shown_name(path), int(page.imagewidth), int(page.imagelength), max_pixels)
        _check_kind(shown_name(path), page)
        _check_parts(path, page)
        pixels = _pixels(shown_name(path), page)
        num_colours = 1 if pixels.shape[2] < 3 else 3
        space, notes = space_of(_bytes_of(page, ICC_TAG), num_colours, _default_space(pixels.dtype))
        document = Document(
            picture=Picture(pixels=pixels, alpha=_alpha(page), colour_space=space),
            kind="tiff",
            xmp=_bytes_of(page, XMP_TAG),
            density=_density(page),
            exif=_exif(file),
            notes=notes,
            left_out=_left_out(file),
        )
        return upright(document, int(page.tags.valueof(_ORIENTATION_TAG, default=1)))


def tiff_size(path: Path) -> ClaimedSize:
    """What the first page claims."""
    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        bits = int(page.bitspersample)
        num_channels = max(int(page.samplesperpixel), 3 if int(page.photometric) == _PALETTE else 1)
        return ClaimedSize(int(page.imagewidth), int(page.imagelength), num_channels * max(-(-bits // 8), 1))


def _check_kind(name: str, page: tifffile.TiffPage) -> None:
    photometric, num_samples = int(page.photometric), int(page.samplesperpixel)
    is_ycbcr_jpeg = photometric == _YCBCR and int(page.compression) in _JPEG
    if photometric not in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE) and not is_ycbcr_jpeg:
        raise BadImage(f"{name} holds {_photometric(photometric)} pixels; convert it to RGB or gray first")
    if int(page.subfiletype) & (_REDUCED | _MASK):
        raise BadImage(f"{name} begins with a thumbnail, as raw files do; develop it to RGB first")
    if int(page.imagedepth) != 1:
        raise BadImage(f"{name} is a volume of {page.imagedepth} layers; save one of them")
    num_colours = 1 if photometric < _RGB or photometric == _PALETTE else 3
    extra = [int(sample) for sample in page.extrasamples]
    num_extra = num_samples - num_colours
    if num_extra not in (0, 1) or (photometric == _PALETTE and num_extra):
        raise BadImage(f"{name} has {num_samples} channels; save it as gray or RGB, with alpha at most")
    if num_extra and extra[:1] not in ([1], [2]):
        raise BadImage(
            f"{name} has a channel more that it does not describe; save it with its transparency marked as "
            "such, or without it"
        )


def _photometric(number: int) -> str:
    try:
        return tifffile.PHOTOMETRIC(number).name
    except ValueError:
        return f"unknown ({number})"


def _check_parts(path: Path, page: tifffile.TiffPage) -> None:
    """Refuse a file that ends before its pixels do: a decoder would leave those parts black."""
    num_bytes = path.stat().st_size
    parts = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    whole = [offset > 0 and count > 0 and offset + count <= num_bytes for offset, count in parts]
    if not parts or not all(whole):
        missing = len(parts) - sum(whole)
        raise BadImage(f"{shown_name(path)} breaks off: {missing} of {len(parts)} parts are not all there")


def _pixels(name: str, page: tifffile.TiffPage) -> Pixels:
    """(h, w, C) in one of our number formats."""
    raw = np.asarray(page.asarray())
    if int(page.planarconfig) == int(tifffile.PLANARCONFIG.SEPARATE) and raw.ndim == 3:
        raw = np.moveaxis(raw, 0, -1)
    raw = raw[..., None] if raw.ndim == 2 else raw
    if int(page.photometric) == _PALETTE:
        return _unfolded(name, raw, np.asarray(page.colormap))
    pixels = _full_range(name, raw, page.bitspersample)
    if int(page.photometric) == _WHITE_IS_ZERO:
        pixels = _inverted(name, pixels)
    return np.ascontiguousarray(pixels)


def _full_range(name: str, raw: Any, bits: int | tuple[int, ...]) -> Pixels:
    """Integers of few bits spread over the range of 8 or 16; the rest must be a format of ours."""
    raw = raw.astype(raw.dtype.newbyteorder("="), copy=False)
    if not isinstance(bits, int):
        raise BadImage(f"{name} has channels of {', '.join(map(str, bits))} bits; save it with equal ones")
    if raw.dtype.kind in "ub" and bits < 16 and bits != 8:
        dtype = np.dtype(np.uint8 if bits < 8 else np.uint16)
        top, full = (1 << bits) - 1, int(np.iinfo(dtype).max)
        scale = (np.arange(top + 1, dtype=np.uint32) * full * 2 + top) // (2 * top)
        return scale.astype(dtype)[np.minimum(raw.astype(np.uint16), top)]
    if raw.dtype not in DTYPES:
        raise BadImage(f"{name} holds {raw.dtype} pixels; choose 1 to 16 bits, or half or single floats")
    return raw


def _inverted(name: str, pixels: Pixels) -> Pixels:
    if pixels.dtype.kind == "f":
        raise BadImage(f"{name} holds floats with white as 0; save it with black as 0")
    pixels = pixels.copy()
    pixels[..., 0] = np.iinfo(pixels.dtype).max - pixels[..., 0]
    return pixels


def _unfolded(name: str, indices: Any, colours: Any) -> Pixels:
    """A palette's colours, 8 bits where they say no more."""
    if colours.ndim != 2 or colours.shape[0] != 3 or int(indices.max(initial=0)) >= colours.shape[1]:
        raise BadImage(f"{name} has a palette that does not fit its pixels; save it anew")
    if colours.max(initial=0) < 256:  # as some programs write them, against the standard
        colours = colours.astype(np.uint8)
    elif not (colours % 257).any():
        colours = (colours // 257).astype(np.uint8)
    return np.ascontiguousarray(np.moveaxis(colours, 0, -1)[indices[..., 0]])


def _alpha(page: tifffile.TiffPage) -> AlphaKind:
    return _ALPHA[int(page.extrasamples[0])] if page.extrasamples else "none"


def _default_space(dtype: np.dtype[Any]) -> ColourSpace:
    """Without a profile, floats are taken as linear light, as other programs do."""
    return ColourSpace(name="linear") if dtype.kind == "f" else SRGB


def _bytes_of(page: tifffile.TiffPage, tag: int) -> bytes:
    value = page.tags.valueof(tag)
    return bytes(value) if isinstance(value, bytes) else b""


def _density(page: tifffile.TiffPage) -> Density | None:
    values = [page.tags.valueof(tag) for tag in _RESOLUTION_TAGS]
    if not all(isinstance(value, tuple) and len(value) == 2 and value[1] for value in values):
        return None
    x, y = (value[0] / value[1] for value in values)
    return Density.checked(x, y, _UNITS.get(int(page.tags.valueof(_UNIT_TAG, default=2)), "none"))


def _exif(file: tifffile.TiffFile) -> bytes:
    """A block of what people and cameras wrote; what programs wrote of the file's own layout is not kept."""
    if file.is_bigtiff:
        return b""
    handle = file.filehandle

    def read(offset: int, length: int) -> bytes:
        handle.seek(offset)
        return handle.read(length)

    entries = read_directory(read, file.byteorder, file.pages.first.offset)
    kept = [entry for entry in entries if entry.tag in TEXT_TAGS or entry.inner]
    return block_of(tuple(entry for entry in kept if not entry.content.startswith(_LAYOUTS)), file.byteorder)


def _left_out(file: tifffile.TiffFile) -> str:
    """Pages beyond the first that are no thumbnails or masks of it, and layers."""
    num_pages = len(file.pages)
    if num_pages <= _MAX_COUNTED:
        kinds = [int(file.pages[index].aspage().subfiletype) for index in range(1, num_pages)]
        num_pages = 1 + sum(not kind & (_REDUCED | _MASK) for kind in kinds)
    if file.is_imagej and file.imagej_metadata:
        num_pages = max(num_pages, int(file.imagej_metadata.get("images", 1)))
    pages = further(num_pages - 1, "page")
    has_layers = _PHOTOSHOP_LAYERS_TAG in file.pages.first.tags
    return " and ".join(part for part in (pages, "Photoshop layers" if has_layers else "") if part)
