"""From scored runs to the values of one cell: a number per item, the mean over its seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from mgie.errors import BadData, BadOption
from mgie.evaluate.datasets.catalogue import find_info
from mgie.evaluate.reporting.statistics import Interval, Values, bootstrap_interval, paired_p
from mgie.evaluate.runs.config import COPY_LABEL
from mgie.evaluate.scoring.score_files import ScoredRun


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One metric of one system on one data set."""

    by_item: dict[int, float] = field(default_factory=dict[int, float])  # index -> mean over seeds
    groups: dict[int, str] = field(default_factory=dict[int, str])
    by_seed: dict[int, float] = field(default_factory=dict[int, float])  # seed -> mean over items
    whole: float | None = None  # a number that only a whole run has (FID); then there are no items
    missing: str = ""  # why there are no values although the metric was asked for

    @property
    def values(self) -> Values:
        """(N,) in the order of the data set."""
        return np.array([self.by_item[index] for index in sorted(self.by_item)])

    @property
    def has_value(self) -> bool:
        """Whether there is a number to print."""
        return bool(self.by_item) or self.whole is not None

    @property
    def mean(self) -> float:
        """Over items, or the whole run's number; NaN for none."""
        if self.whole is not None:
            return self.whole
        return float(self.values.mean()) if self.by_item else float("nan")

    @cached_property
    def interval(self) -> Interval:
        """95 % bootstrap interval of the mean."""
        return bootstrap_interval(self.values, [self.groups[index] for index in sorted(self.by_item)])

    @property
    def seed_spread(self) -> float:
        """Standard deviation of the seeds' means; NaN for one seed."""
        means = list(self.by_seed.values())
        return float(np.std(means, ddof=1)) if len(means) > 1 else float("nan")


class Column(tuple[str, str]):
    """(data set, metric)."""

    __slots__ = ()

    @property
    def dataset(self) -> str:
        """Name of the data set; "-final" behind it for the last turns of chained sessions."""
        return self[0]

    @property
    def metric(self) -> str:
        """Name in metrics.toml."""
        return self[1]


def dataset_key(run: ScoredRun) -> str:
    """How a column calls the run's data set."""
    return run.config.dataset.name + ("-final" if run.config.turns == "chained" else "")


def check_items(runs: Iterable[ScoredRun]) -> None:
    """Raise BadData where an item of one run is another one in a second run: they cannot be compared."""
    known: dict[tuple[str, int], tuple[str, ScoredRun]] = {}
    for run in runs:
        for record in run.records:
            if record.item_digest:
                place = (dataset_key(run), record.index)
                digest, first = known.setdefault(place, (record.item_digest, run))
                if digest != record.item_digest:
                    raise BadData(
                        f"{first.folder} and {run.folder} edited different items: {place[0]} changed in "
                        f"between (first at item {record.index}); run the older one again, in a new folder"
                    )


def labels_of(runs: Iterable[ScoredRun]) -> list[str]:
    """The rows: labels in order of appearance, doing nothing first."""
    labels = list(dict.fromkeys(label for run in runs for label in _row_labels(run)))
    return sorted(labels, key=lambda label: label != COPY_LABEL)


def collect(runs: Sequence[ScoredRun], label: str, column: Column, *, only: str | None = None) -> Cell:
    """The cell of one row and one column; without values where no run has them.

    only: a tag that items must carry.
    """
    found = [run for run in runs if dataset_key(run) == column.dataset and label in _row_labels(run)]
    if len(found) > 1:
        folders = ", ".join(str(run.folder) for run in found)
        raise BadOption(f"several runs are {label!r} on {column.dataset}: {folders}; give them other labels")
    if not found:
        return Cell()
    return _cell(found[0], _row_labels(found[0])[label], column.metric, only)


def compare(first: Cell, second: Cell) -> float:
    """p of equal means on the items that both have."""
    common = sorted(set(first.by_item) & set(second.by_item))
    if not common:
        return float("nan")
    a, b = (np.array([cell.by_item[index] for index in common]) for cell in (first, second))
    return paired_p(a, b, [first.groups[index] for index in common])


def balanced(tasks: Mapping[int, str]) -> dict[int, float]:
    """Weights of items with which their mean is the mean over tasks of the tasks' own means."""
    sizes = Counter(tasks.values())
    return {index: len(tasks) / (len(sizes) * sizes[task]) for index, task in tasks.items()}


def _row_labels(run: ScoredRun) -> dict[str, float | None]:
    """Rows of a run: one, or one for each image guidance scale. Values are the scale, None for all."""
    scales = run.config.image_guidance_scales
    if len(scales) < 2:
        return {run.config.label: None}
    return {f"{run.config.label} (image guidance {scale:g})": scale for scale in scales}


def _cell(run: ScoredRun, scale: float | None, metric: str, only: str | None) -> Cell:
    from mgie.evaluate.scoring.metric_names import find_metric

    if metric == "fid":
        # Of all answers of the first seed: a part of them, or one of several scales, has none.
        is_whole = only is None and scale is None
        return Cell(
            whole=run.fid if is_whole else None, missing="" if run.fid else run.missing.get("fid", "")
        )
    by_item: dict[int, list[float]] = {}
    by_seed: dict[int, list[tuple[int, float]]] = {}
    groups: dict[int, str] = {}
    tasks: dict[int, str] = {}
    for record in run.records:
        if record.problem or (only is not None and only not in record.tags):
            continue
        if run.config.turns == "chained" and not record.is_last_turn:
            continue
        if scale is not None and record.image_guidance_scale != scale:
            continue
        value = run.numbers.get(record.id, {}).get(metric)
        if value is None:
            continue
        by_item.setdefault(record.index, []).append(value)
        by_seed.setdefault(record.seed, []).append((record.index, value))
        groups[record.index] = record.group or str(record.index)
        tasks[record.index] = record.tags[0] if record.tags else ""
    weights = balanced(tasks) if find_info(run.config.dataset.name).balanced else dict.fromkeys(by_item, 1.0)
    return Cell(
        by_item={index: weights[index] * float(np.mean(values)) for index, values in by_item.items()},
        by_seed={
            seed: float(np.mean([weights[index] * value for index, value in values]))
            for seed, values in by_seed.items()
        },
        groups=groups,
        missing="" if by_item else run.missing.get(find_metric(metric).family, ""),
    )
