"""Intervals and paired tests against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mgie.evaluate.reporting.collect import balanced
from mgie.evaluate.reporting.statistics import bootstrap_interval, holm, paired_p

RNG = np.random.default_rng(0)
VALUES = RNG.normal(3.0, 1.0, 60)


def test_the_interval_is_scipys_percentile_bootstrap() -> None:
    """Both are Monte Carlo: ten thousand draws differ by a few hundredths of the width."""
    ours = bootstrap_interval(VALUES, range(60))
    theirs = stats.bootstrap((VALUES,), np.mean, method="percentile", n_resamples=10_000, random_state=1)
    width = ours.high - ours.low
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.06 * width)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.06 * width)


def test_the_interval_is_the_same_every_time() -> None:
    assert bootstrap_interval(VALUES, range(60)) == bootstrap_interval(VALUES, range(60))


def test_values_of_one_picture_count_as_one_observation() -> None:
    """Five copies of every value make the interval no narrower when they share their group."""
    alone = bootstrap_interval(VALUES, range(60))
    copied = bootstrap_interval(np.repeat(VALUES, 5), np.repeat(np.arange(60), 5).tolist())
    pretended = bootstrap_interval(np.repeat(VALUES, 5), range(300))
    assert copied.half_width == pytest.approx(alone.half_width, rel=0.05)
    assert pretended.half_width < 0.6 * alone.half_width


def test_one_group_has_no_interval() -> None:
    assert np.isnan(bootstrap_interval(np.array([1.0, 2.0]), ["a", "a"]).low)


def test_few_pairs_are_tested_exactly_as_scipy_does() -> None:
    first, second = VALUES[:9], VALUES[:9] + RNG.normal(0.4, 0.5, 9)

    def statistic(x: np.ndarray, y: np.ndarray) -> float:
        return float(np.mean(x - y))

    theirs = stats.permutation_test(
        (first, second), statistic, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    )
    assert paired_p(first, second, range(9)) == pytest.approx(theirs.pvalue)


def test_many_pairs_are_tested_by_draws() -> None:
    shifted = VALUES + RNG.normal(0.3, 0.5, 60)
    assert paired_p(VALUES, shifted, range(60)) == pytest.approx(
        stats.ttest_rel(VALUES, shifted).pvalue, abs=0.01
    )
    assert paired_p(VALUES, VALUES.copy(), range(60)) == 1.0


def test_holm_multiplies_by_what_is_left() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    corrected = holm([0.01, float("nan")])
    assert corrected[0] == 0.01
    assert np.isnan(corrected[1])


def test_a_balanced_mean_is_over_tasks() -> None:
    values = {0: 1.0, 1: 1.0, 2: 1.0, 3: 5.0}
    weights = balanced({0: "style", 1: "style", 2: "style", 3: "remove"})
    assert np.mean([weights[index] * value for index, value in values.items()]) == pytest.approx(3.0)
