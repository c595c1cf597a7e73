"""`Document`: a picture with what its file says about it, and the guards every file format shares."""

from __future__ import annotations

import logging
import struct
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from mgie.api.picture import Picture, Pixels
from mgie.errors import BadImage, ImageTooLarge, MgieError
from mgie.files import exif as exif_blocks
from mgie.files import xmp as xmp_packets
from mgie.files.density import Density
from mgie.files.record import Provenance

log = logging.getLogger(__name__)

MAX_PIXELS = 500_000_000  # a guard against files that claim to be enormous

Kind: TypeAlias = Literal["png", "tiff", "jpeg", "webp", "bmp", "ora", ""]


@dataclass(frozen=True, kw_only=True, eq=False)
class Document:
    """A picture and its metadata. The picture is upright, and so says the metadata."""

    picture: Picture
    kind: Kind = ""  # of the file it was read from
    exif: bytes = b""  # without a leading "Exif\0\0"
    xmp: bytes = b""  # the packet as found
    density: Density | None = None  # print resolution
    extras: tuple[tuple[bytes, bytes], ...] = ()  # name and content of what only files of `kind` can keep
    notes: tuple[str, ...] = ()  # sentences on what in the file could not be followed
    left_out: str = ""  # what else the file holds and a new one would not, like "2 further pages"

    @property
    def provenance(self) -> Provenance | None:
        """The record of earlier edits, if the file carries one."""
        return xmp_packets.from_xmp(self.xmp) if self.xmp else None


class ClaimedSize(NamedTuple):
    """What a file says of itself before anything of it is decoded; width and height as stored."""

    width: int
    height: int
    bytes_per_pixel: int  # of the decoded pixels, at most

    @property
    def num_bytes(self) -> int:
        """Of the decoded pixels."""
        return self.width * self.height * self.bytes_per_pixel


def upright(document: Document, orientation: int = 0) -> Document:
    """A document turned as its metadata says, which then says so no more.

    orientation: 1..8 as in Exif, where the file gives it in a place of its own; 0 asks Exif, then XMP.
    """
    turn = orientation or exif_blocks.orientation_of(document.exif)
    turn = turn if turn != 1 else xmp_packets.orientation_of(document.xmp)
    picture = document.picture
    return replace(
        document,
        picture=replace(picture, pixels=np.ascontiguousarray(_turned(picture.pixels, turn))),
        exif=exif_blocks.as_upright(document.exif),
        xmp=xmp_packets.as_upright(document.xmp),
        density=document.density.turned(turn) if document.density else None,
    )


def further(count: int, what: str) -> str:
    """ "2 further pages" and the like; "" for none. what: in the singular."""
    if count < 1:
        return ""
    return f"{count} further {what}{'s' if count > 1 else ''}"


def check_size(name: str, width: int, height: int, max_pixels: int | None = None) -> None:
    """Refuse a file that claims no pixels or too many, before any memory is taken."""
    if width < 1 or height < 1:
        raise BadImage(f"{name} claims to be {width}x{height} px; it must hold at least one pixel")
    limit = (max_pixels or MAX_PIXELS) / 1e6
    if width * height > limit * 1e6:
        raise ImageTooLarge(f"{name}: {width}x{height} px exceeds {limit:g} megapixels; scale it down first")


@contextmanager
def decoding(name: str, what: str) -> Generator[None]:
    """Turn whatever a decoder raises into one sentence about the file. what: "PNG file" and the like."""
    try:
        yield
    except MgieError:
        raise
    except MemoryError as error:
        raise ImageTooLarge(f"{name} does not fit into this machine's memory; scale it down first") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadImage(f"{name} cannot be read as a {what} ({reason}); is it damaged?") from error
    except Exception as error:  # decoders of damaged and hostile files raise whatever they like
        log.info("decoder failed on a %s: %s", what, type(error).__name__)
        raise BadImage(f"{name} is a damaged or unusual {what} ({_reason(error)}); save it anew") from error


def _reason(error: Exception) -> str:
    known = (ValueError, RuntimeError, SyntaxError, zlib.error, struct.error, zipfile.BadZipFile)
    text = " ".join(str(error).split())
    return text[:160] if isinstance(error, known) and text else type(error).__name__


def _turned(pixels: Pixels, orientation: int) -> Pixels:
    """Undo an Exif orientation."""
    match orientation:
        case 2:
            return pixels[:, ::-1]
        case 3:
            return pixels[::-1, ::-1]
        case 4:
            return pixels[::-1]
        case 5:
            return pixels.swapaxes(0, 1)
        case 6:
            return np.rot90(pixels, -1)
        case 7:
            return pixels[::-1, ::-1].swapaxes(0, 1)
        case 8:
            return np.rot90(pixels)
        case _:
            return pixels
