"""`Region`: a rectangle of the canvas and how much of the edit each of its pixels takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mgie.api.picture import Coverage, Picture
from mgie.api.rect import Rect
from mgie.errors import BadMask, EmptyMask


def picture_rect(picture: Picture) -> Rect:
    """Where a picture lies on the canvas."""
    return Rect(picture.x, picture.y, picture.width, picture.height)


@dataclass(frozen=True, kw_only=True, eq=False)
class Region:
    """Where to edit, and how much of the edit each pixel takes."""

    rect: Rect  # canvas coordinates
    instruction: str = ""
    mask: Coverage | None = None  # (rect.height, rect.width); None covers the whole rectangle
    outline: Coverage | None = None  # of a tile: the part of the whole selection in this rectangle

    def __post_init__(self) -> None:
        if self.rect.is_empty:
            raise EmptyMask(f"the region {tuple(self.rect)} holds no pixel; select something first")
        if self.mask is None:
            return
        if self.outline is not None and self.outline.shape != self.mask.shape:
            raise BadMask(f"the outline is {self.outline.shape}, the mask {self.mask.shape}; they must agree")
        if self.mask.dtype != np.uint8 or self.mask.shape != (self.rect.height, self.rect.width):
            raise BadMask(
                f"the mask is {self.mask.dtype} {self.mask.shape}; "
                f"expected uint8 {(self.rect.height, self.rect.width)}"
            )
        if not self.mask.any():
            raise EmptyMask("the selection covers nothing; select something first")

    def coverage(self) -> Coverage:
        """(height, width) of the rectangle."""
        if self.mask is not None:
            return self.mask
        return np.full((self.rect.height, self.rect.width), 255, np.uint8)


def whole_picture(picture: Picture, instruction: str = "") -> Region:
    """The region that covers all of a picture."""
    return Region(rect=picture_rect(picture), instruction=instruction)
