"""Krippendorff's alpha (2004, chapter 11): how far raters agree beyond chance; 1 is perfect, 0 is chance."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Ratings: TypeAlias = npt.NDArray[np.floating[Any]]  # (raters, units), NaN where there is none
Level: TypeAlias = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(ratings: Ratings, level: Level) -> float:
    """NaN where no unit has two ratings, or where all ratings are one and the same value."""
    values = np.unique(ratings[~np.isnan(ratings)])
    coincidences = np.zeros((len(values), len(values)))
    for unit in ratings.T:
        counts = (unit[:, None] == values).sum(axis=0).astype(float)  # NaN equals nothing
        if (num := counts.sum()) >= 2:
            coincidences += (np.outer(counts, counts) - np.diag(counts)) / (num - 1)
    marginals = coincidences.sum(axis=0)
    total = marginals.sum()
    if total < 2:
        return float("nan")
    distances = _squared_distances(values, marginals, level)
    expected = (np.outer(marginals, marginals) * distances).sum() / (total - 1)
    return float(1 - (coincidences * distances).sum() / expected) if expected else float("nan")


def _squared_distances(values: Ratings, marginals: Ratings, level: Level) -> Ratings:
    if level == "nominal":
        return 1.0 - np.eye(len(values))
    if level == "interval":
        return np.square(values[:, None] - values)
    ranks = np.cumsum(marginals) - marginals / 2  # middle of a value's stretch among all ratings
    return np.square(ranks[:, None] - ranks)
