"""WebP, written without loss, and BMP, which is only read: 8 bits, by Pillow."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import BmpImagePlugin, Image, ImageFile, WebPImagePlugin

from mgie.api.picture import AlphaKind, Picture
from mgie.api.text import shown_name
from mgie.compose.colour import icc_bytes
from mgie.compose.icc import rgb_profile_of_gray
from mgie.errors import BadImage, BadOption
from mgie.files import exif as exif_blocks
from mgie.files.density import Density
from mgie.files.document import ClaimedSize, Document, Kind, check_size, decoding, further, upright
from mgie.files.png import straight
from mgie.files.profiles import space_of

MAX_SIDE_PX = 16_383
_PLAIN = {"L": "L", "1": "L", "RGB": "RGB", "RGBA": "RGBA", "RGBX": "RGB", "P": "RGB", "LA": "LA"}


def read_webp(path: Path, max_pixels: int | None = None) -> Document:
    """Read the first frame of a WebP file."""
    with decoding(shown_name(path), "WebP file"):
        image = WebPImagePlugin.WebPImageFile(path)  # not Image.open: our limit of pixels, not Pillow's
        return _document(shown_name(path), "webp", image, max_pixels)


def read_bmp(path: Path, max_pixels: int | None = None) -> Document:
    """Read a BMP file."""
    with decoding(shown_name(path), "BMP file"):
        return _document(shown_name(path), "bmp", BmpImagePlugin.BmpImageFile(path), max_pixels)


def webp_size(path: Path) -> ClaimedSize:
    """What the header claims."""
    with WebPImagePlugin.WebPImageFile(path) as image:
        return ClaimedSize(*image.size, 4)


def encode_webp(document: Document) -> bytes:
    """The bytes of a lossless WebP file; gray becomes three equal colours."""
    picture = document.picture
    if picture.pixels.dtype != np.uint8:
        raise BadOption(f"WebP cannot hold {picture.pixels.dtype} pixels; write a .png or .tif file")
    pixels = straight(picture)
    if picture.num_colours == 1:
        pixels = np.concatenate(
            [pixels[..., :1]] * 3 + ([pixels[..., 1:]] if picture.has_alpha else []), axis=-1
        )
    settings: dict[str, object] = {"icc_profile": _profile(picture)}
    exif = exif_blocks.with_density(document.exif, document.density)
    if exif:
        settings["exif"] = b"Exif\0\0" + exif
    if document.xmp:
        settings["xmp"] = document.xmp
    stream = io.BytesIO()
    # exact: colours under full transparency stay
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, "WEBP", lossless=True, exact=True, **settings)
    return stream.getvalue()


def check_profile_fits(picture: Picture) -> None:
    """Raise where a gray picture's profile has no counterpart for three colours."""
    _profile(picture)


def _profile(picture: Picture) -> bytes:
    if picture.num_colours == 3 or picture.colour_space.name != "icc":
        return icc_bytes(picture.colour_space)
    return rgb_profile_of_gray(picture.colour_space.icc_profile)


def _document(name: str, kind: Kind, image: ImageFile.ImageFile, max_pixels: int | None) -> Document:
    with image:
        check_size(name, *image.size, max_pixels)
        if image.mode not in _PLAIN:
            raise BadImage(f"{name} holds {image.mode} pixels; convert it to RGB or gray first")
        mode = "RGBA" if image.mode == "P" and "transparency" in image.info else _PLAIN[image.mode]
        pixels = np.asarray(image if image.mode == mode else image.convert(mode))
        info = image.info
        num_frames = int(getattr(image, "n_frames", 1))
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    alpha: AlphaKind = "straight" if pixels.shape[2] in (2, 4) else "none"
    space, notes = space_of(bytes(info.get("icc_profile") or b""), 1 if pixels.shape[2] < 3 else 3)
    exif = exif_blocks.bare(bytes(info.get("exif") or b""))
    document = Document(
        picture=Picture(pixels=pixels, alpha=alpha, colour_space=space),
        kind=kind,
        exif=exif,
        xmp=bytes(info.get("xmp") or b""),
        density=_density(info.get("dpi"), exif),
        notes=notes,
        left_out=further(num_frames - 1, "frame"),
    )
    return upright(document)


def _density(dpi: tuple[float, float] | None, exif: bytes) -> Density | None:
    if dpi is None:
        return exif_blocks.density_of(exif)
    return Density.checked(float(dpi[0]), float(dpi[1]), "inch")
