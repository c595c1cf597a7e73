"""Image files that came over the wire: looked at before they are decoded, and trusted in nothing."""

from __future__ import annotations

import logging
import struct
from pathlib import Path

import tifffile
from PIL import Image

from mgie.api.picture import Picture
from mgie.errors import BadImage, MgieError
from mgie.files.plain import read_plain
from mgie.files.png import SIGNATURE, read_png
from mgie.files.tiff import read_tiff
from mgie.server.from_proto import check_size
from mgie.server.settings import Limits

log = logging.getLogger(__name__)

_TIFF_SIGNATURES = (b"II*\0", b"MM\0*")
_JPEG_SIGNATURE = b"\xff\xd8\xff"
_UNREADABLE = "the blob is no PNG, JPEG, TIFF or WebP file that can be read"


def check_file_size(path: Path, limits: Limits) -> None:
    """Raise where a file is none of the known kinds or claims more pixels than are allowed."""
    try:
        width, height = _claimed_size(path)
    except MgieError:
        raise
    except Exception as error:  # decoders of hostile files raise whatever they like
        raise BadImage(_UNREADABLE) from error
    if not width or not height:
        raise BadImage(f"the file claims {width}x{height} px")
    check_size(width, height, limits)


def read_file(path: Path, limits: Limits) -> Picture:
    """Decode a file in its full depth, with its profile."""
    check_file_size(path, limits)
    readers = {"png": read_png, "tiff": read_tiff, "plain": read_plain}
    try:
        return readers[_kind(path)](path).picture
    except MgieError as error:
        raise BadImage("the image file breaks off or is damaged") from error
    except Exception as error:  # see above
        log.info("decoder failed: %s", type(error).__name__)
        raise BadImage("the image file breaks off or is damaged") from error


def _kind(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(12)
    if head.startswith(SIGNATURE):
        return "png"
    if head.startswith(_TIFF_SIGNATURES):
        return "tiff"
    if head.startswith(_JPEG_SIGNATURE) or (head[:4] == b"RIFF" and head[8:] == b"WEBP"):
        return "plain"
    raise BadImage(_UNREADABLE)


def _claimed_size(path: Path) -> tuple[int, int]:
    kind = _kind(path)
    if kind == "png":
        with path.open("rb") as file:
            width, height = struct.unpack(">8x4x4xII", file.read(24))
        return width, height
    if kind == "tiff":
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            return page.imagewidth, page.imagelength
    with Image.open(path, formats=("JPEG", "WEBP")) as image:
        return image.size
