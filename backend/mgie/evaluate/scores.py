"""From answers to numbers: distances, direction of change, truth of the claims; means and standard errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from mgie.evaluate.answers import Answer
from mgie.evaluate.cases import Case
from mgie.evaluate.metrics.distances import Distances, distances
from mgie.evaluate.metrics.pixels import l1
from mgie.synth.claims import DIRECTIONS, change_along, check
from mgie.synth.statistics import measure

UNCHANGED_L1 = 2 / 255  # a mean difference below this is not seen
CONTAINED = 4  # times as much change inside a region as outside
SMALL_GOAL_L1 = 1 / 255  # goals nearer to the input than this have no meaningful ratio


class Mean(NamedTuple):
    """A mean and its standard error."""

    value: float
    error: float
    size: int  # how many values


@dataclass(frozen=True, kw_only=True)
class CaseScore:
    """One answer, judged."""

    name: str
    family: str
    is_within: bool
    distances: Distances  # to the goal
    input_l1: float  # from the input to the goal
    change_l1: float  # from the input to the answer
    is_direction_right: bool | None  # None where the goal has no clear direction
    # Change outside a local edit's region over that inside; None where nothing was changed
    spill: float | None
    num_claims: int
    num_true: int

    @property
    def ratio(self) -> float | None:
        """L1 to the goal over that of the untouched input; below 1 is progress."""
        return None if self.input_l1 < SMALL_GOAL_L1 else self.distances.l1 / self.input_l1

    @property
    def is_unchanged(self) -> bool:
        """Whether the picture came back as it was, for the eye."""
        return self.change_l1 < UNCHANGED_L1


def mean(values: Iterable[float]) -> Mean:
    """Mean and standard error; NaN for no values."""
    array = np.array(list(values), dtype=np.float64)
    if not array.size:
        return Mean(float("nan"), float("nan"), 0)
    error = float(array.std(ddof=1) / np.sqrt(array.size)) if array.size > 1 else float("nan")
    return Mean(float(array.mean()), error, int(array.size))


def is_direction_right(case: Case, answer: Answer) -> bool | None:
    """Whether the answer goes the way of the goal's clearest change (brighter, warmer, paler ...)."""
    before, goal, after = measure(case.pair.input), measure(case.goal), measure(answer.picture)
    sizes = {direction: change_along(direction, before, goal) for direction in DIRECTIONS}
    clearest = max(sizes, key=lambda direction: sizes[direction])
    if sizes[clearest] < 1.0:
        return None
    return change_along(clearest, before, after) > 0.1 * sizes[clearest]


def spill(case: Case, answer: Answer) -> float | None:
    """Mean change outside a local edit's region over the mean change inside; 0 is none.

    None for other edits, where the region is empty or everything, and where no eye sees a change inside.
    """
    mask = case.mask
    if mask is None or mask.all() or not mask.any():
        return None
    inside = l1(case.pair.input, answer.picture, mask)
    return None if inside < UNCHANGED_L1 else l1(case.pair.input, answer.picture, ~mask) / inside


def score(case: Case, answer: Answer) -> CaseScore:
    """Judge one answer."""
    claims = check(answer.expressive_instruction, case.pair.input, answer.picture)
    return CaseScore(
        name=case.name,
        family=case.family if case.is_within else "beyond",
        is_within=case.is_within,
        distances=distances(answer.picture, case.goal),
        input_l1=l1(case.pair.input, case.goal),
        change_l1=l1(case.pair.input, answer.picture),
        is_direction_right=is_direction_right(case, answer) if case.is_within else None,
        spill=spill(case, answer),
        num_claims=len(claims),
        num_true=sum(holds for _, holds in claims),
    )


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a set of cases says about one system."""

    l1: Mean
    ssim: Mean
    psnr_db: Mean
    ciede2000: Mean
    ratio: Mean  # of CaseScore.ratio
    halved: Mean  # share of cases with a ratio of at most 0.5
    direction: Mean  # share of cases that go the right way
    unchanged: Mean  # share of pictures that came back as they were
    claims: Mean  # share of true claims
    spill: Mean  # of CaseScore.spill
    contained: Mean  # share of local edits that change the inside at least 4 times as much as the outside


def summarise(scores: Sequence[CaseScore]) -> Summary:
    """Means over cases; claims over all claims."""
    ratios = [each.ratio for each in scores if each.ratio is not None]
    directions = [each.is_direction_right for each in scores if each.is_direction_right is not None]
    spills = [each.spill for each in scores if each.spill is not None]
    claims = [
        truth for each in scores for truth in [1] * each.num_true + [0] * (each.num_claims - each.num_true)
    ]
    return Summary(
        l1=mean(each.distances.l1 for each in scores),
        ssim=mean(each.distances.ssim for each in scores),
        psnr_db=mean(each.distances.psnr_db for each in scores),
        ciede2000=mean(each.distances.ciede2000 for each in scores),
        ratio=mean(ratios),
        halved=mean(ratio <= 0.5 for ratio in ratios),
        direction=mean(directions),
        unchanged=mean(each.is_unchanged for each in scores),
        claims=mean(claims),
        spill=mean(spills),
        contained=mean(each <= 1 / CONTAINED for each in spills),
    )


def by_group(scores: Sequence[CaseScore], attribute: str) -> dict[str, list[CaseScore]]:
    """Scores grouped by `name` or `family`, in order of appearance."""
    groups: dict[str, list[CaseScore]] = {}
    for each in scores:
        groups.setdefault(getattr(each, attribute), []).append(each)
    return groups


def plain(summary: Summary) -> dict[str, Any]:
    """For JSON; what was not measured is null."""
    return {
        name: None if not value[2] else {"mean": value[0], "error": value[1], "count": value[2]}
        for name, value in asdict(summary).items()
    }
