"""Writing TIFF: every number format, alpha, profile, resolution, texts and XMP; deflate with prediction."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import tifffile

from mgie.api.picture import SRGB, ColourSpace, Picture
from mgie.compose.colour import icc_bytes
from mgie.files.document import Document
from mgie.files.tiff import ICC_TAG, XMP_TAG

_ALPHA = {"none": None, "straight": ["unassalpha"], "premultiplied": ["assocalpha"]}
_UNITS = {"none": 1, "inch": 2, "cm": 3}


def encode_tiff(document: Document) -> bytes:
    """The bytes of a TIFF file."""
    picture = document.picture
    pixels = picture.pixels
    options: dict[str, Any] = {}
    if document.density:
        x, y, unit = document.density
        options = {"resolution": (x, y), "resolutionunit": _UNITS[unit]}
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
        extratags=_tags(document, picture),
        metadata=None,
        software="mgie",
        **options,
    )
    return stream.getvalue()


def _tags(document: Document, picture: Picture) -> list[tuple[int, int, int, bytes, bool]]:
    """Number, type, count, content, and that only the first page has it."""
    tags: list[tuple[int, int, int, bytes, bool]] = []
    undefined, byte, text = (
        int(kind) for kind in (tifffile.DATATYPE.UNDEFINED, tifffile.DATATYPE.BYTE, tifffile.DATATYPE.ASCII)
    )
    if picture.num_colours == 3 or picture.colour_space != _unnamed(picture):
        profile = icc_bytes(picture.colour_space, picture.num_colours)
        tags.append((ICC_TAG, undefined, len(profile), profile, True))
    if document.xmp:
        tags.append((XMP_TAG, byte, len(document.xmp), document.xmp, True))
    if document.kind == "tiff":
        for name, content in document.extras:
            tags.append((int(name), text, len(content) + 1, content + b"\0", True))
    return tags


def _unnamed(picture: Picture) -> ColourSpace:
    """What a file without a profile is taken for."""
    return ColourSpace(name="linear") if picture.pixels.dtype.kind == "f" else SRGB
