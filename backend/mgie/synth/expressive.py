"""Expressive instructions by rule: what the picture measurably is, what is done, what it becomes.

Wording avoids the requests' own: the language model may not repeat any three tokens of its prompt.
"""

from __future__ import annotations

from mgie.synth.claims import DIRECTIONS, change_along
from mgie.synth.operation import Operation, Strength
from mgie.synth.statistics import PictureStatistics

STRENGTH_WORDS: dict[Strength, str] = {"slight": "mildly", "medium": "", "strong": "heavily indeed"}
MAIN_COLOUR_SHARE = 0.40  # named from here on
PLACE_LEAD = 0.05  # encoded brightness by which the brightest place must lead to be named


def describe(before: PictureStatistics) -> str:
    """The picture as it is, e.g. "A dark, warm photograph, mostly brown, brightest top"."""
    parts = [f"A {before.level}, {before.cast} photograph"]
    colour, share = before.main_colour
    if share >= MAIN_COLOUR_SHARE:
        parts.append(f"mostly {colour}")
    place, lead = before.brightest_place
    if lead >= PLACE_LEAD:
        parts.append(f"brightest {place}")
    return ", ".join(parts)


def consequences(before: PictureStatistics, after: PictureStatistics) -> str:
    """The two largest changes of the measures, e.g. "thus darker and flatter, ending dark"."""
    sizes = {direction: change_along(direction, before, after) for direction in DIRECTIONS}
    named = sorted((d for d in DIRECTIONS if sizes[d] >= 1.0), key=lambda d: -sizes[d])[:2]
    if not named:
        return "overall nearly unchanged"
    ending = f", ending {after.level}" if {"brighter", "darker"} & set(named) else ""
    return f"thus {' and '.join(named)}{ending}"


def write_expressive(
    operation: Operation, strength: Strength, before: PictureStatistics, after: PictureStatistics
) -> str:
    """The expressive instruction of one synthetic edit."""
    action = " ".join(operation.action.replace("{z}", STRENGTH_WORDS[strength]).split())
    if operation.family == "refusal":
        return f"{describe(before)}; {action}."
    return f"{describe(before)}; {action}, {consequences(before, after)}."
