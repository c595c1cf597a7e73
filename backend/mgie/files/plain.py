"""JPEG, WebP and whatever else Pillow opens: 8 bits, profile, Exif and XMP kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from mgie.api.picture import SRGB, ColourSpace, Picture
from mgie.compose.colour import icc_bytes
from mgie.errors import BadImage, BadOption
from mgie.files.document import Document, check_size
from mgie.files.png import straight

QUALITY = 95
ORIENTATION = 0x0112


def read_plain(path: Path) -> Document:
    """Read a file through Pillow, turned upright."""
    try:
        with Image.open(path) as opened:
            check_size(path, *opened.size)
            upright = ImageOps.exif_transpose(opened)
            image = _channels(path, upright)
            profile, xmp = opened.info.get("icc_profile", b""), opened.info.get("xmp", b"")
            exif = upright.getexif()
            exif.pop(ORIENTATION, None)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadImage(f"{path.name} is damaged or of an unknown kind ({error})") from error
    pixels = np.asarray(image)
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    space = ColourSpace(name="icc", icc_profile=profile) if profile else SRGB
    alpha = "straight" if pixels.shape[2] in (2, 4) else "none"
    picture = Picture(pixels=pixels, alpha=alpha, colour_space=space)
    return Document(picture=picture, exif=_bare(exif.tobytes()) if len(exif) else b"", xmp=bytes(xmp))


def write_jpeg(path: Path, document: Document) -> None:
    """Write a JPEG file of high quality."""
    if document.picture.has_alpha:
        raise BadOption("JPEG has no transparency; write a .png, .webp or .tif file")
    _write(path, document, "JPEG", quality=QUALITY, subsampling=0)


def write_webp(path: Path, document: Document) -> None:
    """Write a lossless WebP file."""
    _write(path, document, "WEBP", lossless=True)


def _write(path: Path, document: Document, kind: str, **settings: object) -> None:
    picture = document.picture
    if picture.pixels.dtype != np.uint8:
        raise BadOption(f"{kind} cannot hold {picture.pixels.dtype} pixels; write a .png or .tif file")
    pixels = straight(picture)
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    if picture.num_colours == 3 or picture.colour_space.name == "icc":
        settings["icc_profile"] = icc_bytes(picture.colour_space)
    if document.exif:
        settings["exif"] = b"Exif\0\0" + document.exif
    if document.xmp:
        settings["xmp"] = document.xmp
    image.save(path, kind, **settings)


def _channels(path: Path, image: Image.Image) -> Image.Image:
    if image.mode in ("L", "LA", "RGB", "RGBA", "I;16"):
        return image.copy()
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode == "1":
        return image.convert("L")
    raise BadImage(f"{path.name} holds {image.mode} pixels; convert it to RGB or gray first")


def _bare(exif: bytes) -> bytes:
    return exif.removeprefix(b"Exif\0\0")
