"""Picture files from other machines: their claims are checked before a byte is decoded; no path is named."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from mgie.api.picture import Picture
from mgie.errors import BadImage, ImageTooLarge, MgieError
from mgie.files.formats import claimed_size, open_document


class SizeLimits(Protocol):
    """What a picture may measure."""

    @property
    def max_side_px(self) -> int:
        """Of its longer side."""
        ...

    @property
    def max_pixels(self) -> int:
        """In all."""
        ...


def check_file_size(path: Path, limits: SizeLimits) -> None:
    """Raise where a file is none of the known kinds or claims more pixels than are allowed."""
    try:
        width, height = claimed_size(path)
    except MgieError as error:
        raise BadImage("the blob is no PNG, JPEG, TIFF or WebP file that can be read") from error
    if width < 1 or height < 1:
        raise BadImage(f"the file claims {width}x{height} px")
    if max(width, height) > limits.max_side_px or width * height > limits.max_pixels:
        raise ImageTooLarge(
            f"{width}x{height} px exceeds {limits.max_side_px} px per side or {limits.max_pixels} px in all; "
            "edit a selection or scale it down first"
        )


def read_file(path: Path, limits: SizeLimits) -> Picture:
    """Decode a file in its full depth, upright, with its profile."""
    check_file_size(path, limits)
    try:
        return open_document(path).picture
    except ImageTooLarge:
        raise
    except MgieError as error:
        raise BadImage(str(error).replace(path.name, "the image file")) from error
