"""Where a number lies on a slider: fine where small values matter, all the way to the largest allowed one."""

from __future__ import annotations

import math
from dataclasses import dataclass

FINE_RATIO = 20.0  # ranges above zero that span more than this many times are logarithmic
FINE_SPAN = 200.0  # ranges through zero wider than this are cubic, with zero where it is


@dataclass(frozen=True, kw_only=True)
class SliderScale:
    """Positions are 0 to 1; both directions are monotonous."""

    low: float
    high: float

    def position(self, value: float) -> float:
        """Where a value lies; values beyond the ends lie at them."""
        value = min(self.high, max(self.low, value))
        if self.high <= self.low:
            return 0.0
        if self._is_logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        if self._is_cubic:
            low, high = math.cbrt(self.low), math.cbrt(self.high)
            return (math.cbrt(value) - low) / (high - low)
        return (value - self.low) / (self.high - self.low)

    def value(self, position: float) -> float:
        """The value at a position."""
        position = min(1.0, max(0.0, position))
        if self._is_logarithmic:
            value = self.low * (self.high / self.low) ** position
        elif self._is_cubic:
            low, high = math.cbrt(self.low), math.cbrt(self.high)
            value = (low + position * (high - low)) ** 3
        else:
            value = self.low + position * (self.high - self.low)
        return min(self.high, max(self.low, value))

    @property
    def _is_logarithmic(self) -> bool:
        return self.low > 0 and self.high / self.low > FINE_RATIO

    @property
    def _is_cubic(self) -> bool:
        return not self._is_logarithmic and self.high - self.low > FINE_SPAN
