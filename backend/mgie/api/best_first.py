"""Several results of one edit, best first, and why: they are ordered, none is hidden.

What an order goes by stands in `EditResult.measures`: how far the picture slid, how much the model changed
around the selection, and, where the server has a CLIP, how much nearer the picture came to the words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

NOTABLE_DRIFT_PX = 1.0  # of the model's picture: what slid further comes behind what did not


class Reason(StrEnum):
    """What decided a result's place; its value is beside it."""

    MATCH = "match"  # how much nearer to the words than the input: difference of cosines
    OUTSIDE = "outside"  # how much the model changed around the selection, 0..1
    DRIFTED = "drifted"  # how far it slid, px of the model's picture
    UNCHANGED = "unchanged"  # it changed nothing
    SEED = "seed"  # nothing tells it from the others: the order of the seeds


class Standing(NamedTuple):
    """A place in the order."""

    position: int  # of the result in what was given
    reason: Reason
    value: float


def best_first(measures: Sequence[Mapping[str, float]]) -> list[Standing]:
    """measures: of every result. Those that changed nothing come last, before them those that slid."""
    has_match = all("instruction_match" in each for each in measures)
    differs_outside = len({_outside(each) for each in measures}) > 1

    def key(position: int) -> tuple[bool, bool, float, float, float, int]:
        each = measures[position]
        match = each["instruction_match"] if has_match else 0.0
        drift = _drift_px(each)
        return (_is_unchanged(each), drift > NOTABLE_DRIFT_PX, -match, _outside(each), drift, position)

    def standing(position: int) -> Standing:
        each = measures[position]
        if _is_unchanged(each):
            return Standing(position, Reason.UNCHANGED, 0.0)
        if _drift_px(each) > NOTABLE_DRIFT_PX:
            return Standing(position, Reason.DRIFTED, _drift_px(each))
        if has_match:
            return Standing(position, Reason.MATCH, each["instruction_match"])
        if differs_outside:
            return Standing(position, Reason.OUTSIDE, _outside(each))
        return Standing(position, Reason.SEED, 0.0)

    return [standing(position) for position in sorted(range(len(measures)), key=key)]


def joined(measures: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Of several edits in one picture, as one: the worst of each, all changes together."""
    names = set[str].intersection(*(set(each) for each in measures)) if measures else set[str]()
    worst = {name: max((each[name] for each in measures), key=abs) for name in names}
    if "instruction_match" in names:
        worst["instruction_match"] = min(each["instruction_match"] for each in measures)
    if "num_changed" in names:
        worst["num_changed"] = sum(each["num_changed"] for each in measures)
    return worst


def _is_unchanged(measures: Mapping[str, float]) -> bool:
    return measures.get("num_changed", 1) == 0


def _outside(measures: Mapping[str, float]) -> float:
    return measures.get("outside_change", 0.0)


def _drift_px(measures: Mapping[str, float]) -> float:
    return math.hypot(measures.get("drift_x_px", 0.0), measures.get("drift_y_px", 0.0))
