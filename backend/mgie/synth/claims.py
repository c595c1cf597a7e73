"""Claims an expressive instruction makes about a picture and its edit; the checker re-measures them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from mgie.synth.light import Pixels
from mgie.synth.statistics import CAST_EDGE, COLOURS, LEVEL_EDGES, LEVELS, PictureStatistics, measure

# direction -> (measure, sign, smallest change that the writer mentions)
DIRECTIONS: dict[str, tuple[str, int, float]] = {
    "brighter": ("brightness", 1, 0.030),
    "darker": ("brightness", -1, 0.030),
    "warmer": ("warmth", 1, 0.20),
    "cooler": ("warmth", -1, 0.20),
    "greener": ("tint", 1, 0.14),
    "pinker": ("tint", -1, 0.14),
    "richer": ("colourfulness", 1, 0.030),
    "paler": ("colourfulness", -1, 0.030),
    "punchier": ("contrast", 1, 0.025),
    "flatter": ("contrast", -1, 0.025),
    "crisper": ("detail", 1, 0.012),
    "softer": ("detail", -1, 0.012),
}
# How far a measure may lie on the wrong side of an edge before a claim counts as false.
BRIGHTNESS_TOLERANCE = 0.03
WARMTH_TOLERANCE = 0.15
SHARE_TOLERANCE = 0.08
CALM = 1.6  # "I can't do that" allows this many mention thresholds

_LEVEL = "|".join(sorted(LEVELS, key=len, reverse=True))
_PATTERNS: dict[str, str] = {
    "level": rf"\bThis is a ({_LEVEL}),",
    "cast": r"\bThis is a [a-z -]+?, (warm|cool|neutral)\b",
    "colour": rf"\bmostly ({'|'.join(COLOURS)}) photograph",
    "direction": rf"\b(?:becomes|and) ({'|'.join(DIRECTIONS)})\b",
    "calm": r"\b(I can't do that)\b",
}


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One checkable statement."""

    kind: Literal["level", "cast", "colour", "direction", "calm"]
    value: str

    @property
    def is_of_outcome(self) -> bool:
        """Whether it says what becomes of the picture; the others say what the picture is before."""
        return self.kind in ("direction", "calm")


def read_claims(text: str) -> list[Claim]:
    """Every claim that an expressive instruction makes."""
    return [
        Claim(kind=kind, value=match.group(1))  # type: ignore[arg-type]  # kinds are the keys of _PATTERNS
        for kind, pattern in _PATTERNS.items()
        for match in re.finditer(pattern, text)
    ]


def _is_level(brightness: float, level: str) -> bool:
    edges = (-1.0, *LEVEL_EDGES, 2.0)
    index = LEVELS.index(level)
    return edges[index] - BRIGHTNESS_TOLERANCE <= brightness <= edges[index + 1] + BRIGHTNESS_TOLERANCE


def _is_cast(warmth: float, cast: str) -> bool:
    if cast == "warm":
        return warmth >= CAST_EDGE - WARMTH_TOLERANCE
    if cast == "cool":
        return warmth <= -CAST_EDGE + WARMTH_TOLERANCE
    return abs(warmth) <= CAST_EDGE + WARMTH_TOLERANCE


def change_along(direction: str, before: PictureStatistics, after: PictureStatistics) -> float:
    """Change in the named direction, in units of the smallest mentioned change; negative is the other way."""
    measured, sign, threshold = DIRECTIONS[direction]
    return sign * (getattr(after, measured) - getattr(before, measured)) / threshold


def holds(claim: Claim, before: PictureStatistics, after: PictureStatistics) -> bool:
    """Whether a claim is true of a picture before and after its edit."""
    if claim.kind == "level":
        return _is_level(before.brightness, claim.value)
    if claim.kind == "cast":
        return _is_cast(before.warmth, claim.value)
    if claim.kind == "colour":
        return before.colour_shares[claim.value] >= before.main_colour[1] - SHARE_TOLERANCE
    if claim.kind == "direction":
        return change_along(claim.value, before, after) > 0.25
    return all(change_along(direction, before, after) < CALM for direction in DIRECTIONS)


def check(text: str, before: Pixels, after: Pixels) -> list[tuple[Claim, bool]]:
    """Re-measure every claim of a text on the picture before and after the edit."""
    first, second = measure(before), measure(after)
    return [(claim, holds(claim, first, second)) for claim in read_claims(text)]
