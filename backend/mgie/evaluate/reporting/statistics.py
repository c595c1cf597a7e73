"""How sure a mean is, and whether two systems differ: resampling by group, no distribution assumed.

A group is everything that comes from one source picture (its sentences, turns, seeds): its numbers are not
independent, so whole groups are drawn. All draws come from one fixed seed: same numbers, same interval.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from mgie.errors import BadData

Values: TypeAlias = npt.NDArray[np.floating[Any]]  # (N,)

NUM_DRAWS = 10_000
LEVEL = 0.95
_EXACT_GROUPS = 13  # up to here all sign patterns are tried
_AT_ONCE = 2_000_000  # drawn numbers in memory


class Interval(NamedTuple):
    """A percentile bootstrap interval of a mean."""

    low: float
    high: float

    @property
    def half_width(self) -> float:
        """What stands behind the plus-minus sign."""
        return (self.high - self.low) / 2


def bootstrap_interval(values: Values, groups: Sequence[Hashable], num_draws: int = NUM_DRAWS) -> Interval:
    """Of the mean over all values; NaN for a single group."""
    sums, counts = _by_group(values, groups)
    if len(sums) < 2:
        return Interval(float("nan"), float("nan"))
    generator = np.random.default_rng(0)
    means: list[Values] = []
    rows = max(1, _AT_ONCE // len(sums))
    for start in range(0, num_draws, rows):
        drawn = generator.integers(len(sums), size=(min(rows, num_draws - start), len(sums)))
        means.append(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(np.concatenate(means), [tail, 100 - tail])
    return Interval(float(low), float(high))


def paired_p(first: Values, second: Values, groups: Sequence[Hashable], num_draws: int = NUM_DRAWS) -> float:
    """Two-sided p of equal means on the same items: signs of the groups' differences flipped at random.

    Exact for few groups; else drawn, with the observed pattern counted among the draws.
    """
    if first.shape != second.shape:
        raise BadData(f"{first.shape} against {second.shape} values; a paired test wants the same items")
    differences, _ = _by_group(first - second, groups)
    if not len(differences):
        return float("nan")
    observed = abs(differences.sum()) * (1 - 1e-12)  # equal sums must count as reached, whatever the rounding
    if len(differences) <= _EXACT_GROUPS:
        patterns = (np.arange(2 ** len(differences))[:, None] >> np.arange(len(differences))) & 1
        return float(np.mean(np.abs((1 - 2 * patterns) @ differences) >= observed))
    generator = np.random.default_rng(0)
    reached = 0
    rows = max(1, _AT_ONCE // len(differences))
    for start in range(0, num_draws, rows):
        size = (min(rows, num_draws - start), len(differences))
        signs = 1 - 2 * generator.integers(2, size=size)
        reached += int(np.sum(np.abs(signs @ differences) >= observed))
    return (reached + 1) / (num_draws + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """p values corrected for how many there are (Holm 1979); NaN stays NaN and does not count."""
    order = sorted((p, i) for i, p in enumerate(p_values) if p == p)
    corrected = [float("nan")] * len(p_values)
    largest = 0.0
    for rank, (p, index) in enumerate(order):
        largest = max(largest, min(1.0, p * (len(order) - rank)))
        corrected[index] = largest
    return corrected


def _by_group(values: Values, groups: Sequence[Hashable]) -> tuple[Values, Values]:
    """(sums, counts) of the groups, in order of appearance."""
    if len(values) != len(groups):
        raise BadData(f"{len(values)} values in {len(groups)} groups")
    numbers: dict[Hashable, int] = {}
    which = np.array([numbers.setdefault(group, len(numbers)) for group in groups], dtype=np.int64)
    sums = np.bincount(which, weights=values, minlength=len(numbers)).astype(np.float64)
    return sums, np.bincount(which, minlength=len(numbers)).astype(np.float64)
