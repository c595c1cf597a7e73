"""`Rect`, `Region` (rectangle, selection and instruction) and `ComposeOptions` (how the edit lands)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from mgie.compose.picture import Coverage, Picture
from mgie.errors import BadMask, BadOption, EmptyMask

ContextPolicy: TypeAlias = Literal["auto", "selection", "canvas", "custom"]
TransferMode: TypeAlias = Literal["auto", "tonal", "content"]


class Rect(NamedTuple):
    """Pixels x..x+width, y..y+height of the canvas."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """One past the last column."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """One past the last row."""
        return self.y + self.height

    @property
    def is_empty(self) -> bool:
        """Whether it holds no pixel."""
        return self.width <= 0 or self.height <= 0

    def intersect(self, other: Rect) -> Rect:
        """The common part; width or height are 0 where there is none."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        width, height = min(self.right, other.right) - x, min(self.bottom, other.bottom) - y
        return Rect(x, y, max(width, 0), max(height, 0))

    def union(self, other: Rect) -> Rect:
        """The smallest rectangle around both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Rect(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)

    def grow(self, margin_px: int) -> Rect:
        """Moved out by a margin on every side."""
        return Rect(
            self.x - margin_px, self.y - margin_px, self.width + 2 * margin_px, self.height + 2 * margin_px
        )

    def within(self, outer: Rect) -> tuple[slice, slice]:
        """Row and column slices of this rectangle in an array that covers `outer`."""
        x, y = self.x - outer.x, self.y - outer.y
        return slice(y, y + self.height), slice(x, x + self.width)


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


@dataclass(frozen=True, kw_only=True)
class ComposeOptions:
    """How a region is shown to the model, and how the result lands in the picture."""

    context: ContextPolicy = "auto"  # what the model sees: padded selection, selection, all, `context_rect`
    context_rect: Rect | None = None  # canvas coordinates, only with context "custom"
    padding: float = 0.25  # of the selection's longer side, added on every side, 0..4
    grow_px: int = 0  # -1000..1000: where the feather begins, outside (+) or inside (-) the selection
    feather_px: float = 0.0  # 0..1000: width of the ramp inside the selection
    blend_px: float = 0.0  # 0..1000: width over which a content edit is led into its surroundings
    transfer: TransferMode = "auto"  # tonal: recolour the document's own pixels; content: the model's pixels
    colour_match: float = 0.0  # 0..1: pull content edits towards the surroundings' colour
    corrects_drift: bool = True  # undo a pure shift or zoom of the result
    is_square: bool = False  # show the model squares only
    max_scale: float = 4.0  # content edits this many times larger than the model's size are tiled, 1..64
    tile_overlap: float = 0.25  # of a tile's side, 0.05..0.5

    def __post_init__(self) -> None:
        if self.context not in get_args(ContextPolicy):
            raise BadOption(f"context is {self.context!r}; choose {', '.join(get_args(ContextPolicy))}")
        if (self.context == "custom") != (self.context_rect is not None):
            raise BadOption('context_rect goes with context "custom", and only with it')
        if self.context_rect is not None and self.context_rect.is_empty:
            raise BadOption(f"context_rect is {tuple(self.context_rect)}; it must hold at least one pixel")
        if self.transfer not in get_args(TransferMode):
            raise BadOption(f"transfer is {self.transfer!r}; choose {', '.join(get_args(TransferMode))}")
        for name, low, high in (
            ("padding", 0, 4),
            ("grow_px", -1000, 1000),
            ("feather_px", 0, 1000),
            ("blend_px", 0, 1000),
            ("colour_match", 0, 1),
            ("max_scale", 1, 64),
            ("tile_overlap", 0.05, 0.5),
        ):
            value = getattr(self, name)
            if not low <= value <= high:  # also refuses NaN
                raise BadOption(f"{name} is {value}; choose {low} to {high}")
