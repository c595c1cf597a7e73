"""`Rect`: the one rectangle of canvas pixels. Standard library only, because hosts use it too."""

from __future__ import annotations

from typing import NamedTuple


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

    @property
    def num_pixels(self) -> int:
        """Its area, px; 0 where it is empty."""
        return max(self.width, 0) * max(self.height, 0)

    def contains(self, other: Rect) -> bool:
        """Whether another lies wholly inside."""
        is_wide = self.x <= other.x and other.right <= self.right
        return is_wide and self.y <= other.y and other.bottom <= self.bottom

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
