"""Training by the clock: a stage lasts so many seconds, whatever the machine, and survives being killed."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

ENDLESS = 1 << 40  # steps: the clock ends the stage before


class Clock:
    """How much of a stage's time is used; what an earlier, killed run used counts too."""

    def __init__(self, length_s: float) -> None:
        self._length_s = length_s
        self._begun_s = time.monotonic()

    def resume(self, extra: Mapping[str, Any]) -> None:
        """Go on where a checkpoint was written; extra: what it holds of this clock, if anything."""
        self._begun_s = time.monotonic() - float(extra.get("used_s", 0.0))

    def extra(self) -> dict[str, Any]:
        """What a checkpoint should hold of this clock."""
        return {"used_s": time.monotonic() - self._begun_s}

    @property
    def share(self) -> float:
        """0 at the beginning, 1 when the time is up."""
        return min((time.monotonic() - self._begun_s) / self._length_s, 1.0)


def rate_at(share: float, *, floor: float = 0.01) -> float:
    """Learning rate over its highest at a share of the stage: a cosine from 1 to `floor`."""
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * share))
