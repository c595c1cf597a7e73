"""`Density`: how many pixels of a picture go into a length on paper."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Unit: TypeAlias = Literal["inch", "cm", "none"]

_MOST = 1e6  # pixels per unit; what is more is no resolution


class Density(NamedTuple):
    """Pixels per unit across and down; with unit "none", the shape of a pixel alone."""

    x: float
    y: float
    unit: Unit

    @classmethod
    def checked(cls, x: float, y: float, unit: str) -> Density | None:
        """A density, None where the numbers make no sense."""
        if unit not in ("inch", "cm", "none") or not (0 < x < _MOST and 0 < y < _MOST):
            return None
        return cls(x, y, unit)

    def per_inch(self) -> tuple[float, float] | None:
        """Across and down; None where only the shape of a pixel is known."""
        if self.unit == "none":
            return None
        factor = 2.54 if self.unit == "cm" else 1.0
        return self.x * factor, self.y * factor

    def turned(self, orientation: int) -> Density:
        """The density after a picture was turned upright."""
        return Density(self.y, self.x, self.unit) if orientation >= 5 else self
