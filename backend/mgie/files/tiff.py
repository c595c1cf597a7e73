"""TIFF: 8 and 16 bits, half and single floats, associated and unassociated alpha, profile and XMP kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile

from mgie.api.picture import DTYPES, SRGB, AlphaKind, ColourSpace, Picture
from mgie.compose.colour import icc_bytes
from mgie.errors import BadImage
from mgie.files.document import Document, check_size

ICC_TAG = 34675
XMP_TAG = 700
_RGB = 2
_BLACK_IS_ZERO = 1
_ASSOCIATED = 1


def read_tiff(path: Path) -> Document:
    """Read the first page of a TIFF file."""
    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            check_size(path, page.imagewidth, page.imagelength)
            _check_kind(path, page)
            pixels = page.asarray()
            profile, xmp = _bytes_of(page, ICC_TAG), _bytes_of(page, XMP_TAG)
            extra = tuple(int(e) for e in page.extrasamples)
            if int(page.planarconfig) == int(tifffile.PLANARCONFIG.SEPARATE) and pixels.ndim == 3:
                pixels = np.moveaxis(pixels, 0, -1)
    except (tifffile.TiffFileError, OSError, ValueError, RuntimeError) as error:
        raise BadImage(f"{path.name} is a damaged or unknown TIFF file ({error})") from error
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    alpha: AlphaKind = "none"
    if pixels.shape[2] in (2, 4):
        alpha = "premultiplied" if extra[:1] == (_ASSOCIATED,) else "straight"
    space = ColourSpace(name="icc", icc_profile=profile) if profile else _default_space(pixels.dtype)
    picture = Picture(pixels=np.ascontiguousarray(pixels), alpha=alpha, colour_space=space)
    return Document(picture=picture, xmp=xmp)


def write_tiff(path: Path, document: Document) -> None:
    """Write a TIFF file (deflate with prediction)."""
    picture = document.picture
    tags: list[tuple[int, int, int, bytes, bool]] = []
    if picture.num_colours == 3 or picture.colour_space.name == "icc":
        profile = icc_bytes(picture.colour_space)
        tags.append((ICC_TAG, int(tifffile.DATATYPE.UNDEFINED), len(profile), profile, True))
    if document.xmp:
        tags.append((XMP_TAG, int(tifffile.DATATYPE.BYTE), len(document.xmp), document.xmp, True))
    alpha = {"none": None, "straight": ["unassalpha"], "premultiplied": ["assocalpha"]}[picture.alpha]
    pixels = picture.pixels
    tifffile.imwrite(
        path,
        pixels[..., 0] if pixels.shape[2] == 1 else pixels,
        photometric="rgb" if picture.num_colours == 3 else "minisblack",
        planarconfig="contig" if pixels.shape[2] > 1 else None,
        extrasamples=alpha,
        compression="zlib",
        compressionargs={"level": 3},
        predictor=True,
        extratags=tags,
        metadata=None,
        software="mgie",
    )


def _check_kind(path: Path, page: tifffile.TiffPage) -> None:
    if int(page.photometric) not in (_RGB, _BLACK_IS_ZERO) or page.samplesperpixel > 4:
        raise BadImage(
            f"{path.name} holds {tifffile.PHOTOMETRIC(page.photometric).name} pixels "
            f"with {page.samplesperpixel} channels; convert it to RGB or gray first"
        )
    if page.dtype not in DTYPES:
        raise BadImage(
            f"{path.name} holds {page.dtype} pixels; choose 8 or 16 bits, or half or single floats"
        )


def _default_space(dtype: np.dtype[np.generic]) -> ColourSpace:
    """Without a profile, floats are taken as linear light, as other programs do."""
    return ColourSpace(name="linear") if dtype.kind == "f" else SRGB


def _bytes_of(page: tifffile.TiffPage, tag: int) -> bytes:
    value = page.tags.valueof(tag)
    return bytes(value) if value is not None else b""
