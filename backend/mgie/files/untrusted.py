"""Picture files from other machines: their claims are checked before a byte is decoded; no path is named."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from mgie.api.picture import Picture
from mgie.errors import BadImage, ImageTooLarge, MgieError
from mgie.files import formats
from mgie.files.document import ClaimedSize


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


def claimed_size(path: Path) -> ClaimedSize:
    """What a file says of itself; `BadImage` where it is none of the known kinds."""
    try:
        size = formats.claimed_size(path)
    except MgieError as error:
        raise BadImage("the blob is no PNG, JPEG, TIFF or WebP file that can be read") from error
    if size.width < 1 or size.height < 1:
        raise BadImage(f"the file claims {size.width}x{size.height} px")
    return size


def check_file_size(path: Path, limits: SizeLimits) -> None:
    """Raise where a file is none of the known kinds or claims more pixels than are allowed."""
    width, height, _ = claimed_size(path)
    if max(width, height) > limits.max_side_px or width * height > limits.max_pixels:
        raise ImageTooLarge(
            f"{width}x{height} px exceeds {limits.max_side_px} px per side or {limits.max_pixels} px in all; "
            "edit a selection or scale it down first"
        )


def read_file(path: Path, limits: SizeLimits | None = None) -> Picture:
    """Decode a file in its full depth, upright, with its profile."""
    if limits is not None:
        check_file_size(path, limits)
    try:
        return formats.open_document(path).picture
    except ImageTooLarge:
        raise
    except MgieError as error:
        raise BadImage(str(error).replace(path.name, "the image file")) from error
