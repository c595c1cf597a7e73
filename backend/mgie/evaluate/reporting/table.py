"""A table of systems by metrics: means, intervals, paired tests against one row, published rows."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from mgie.errors import BadOption
from mgie.evaluate.datasets.catalogue import find_info
from mgie.evaluate.reporting.collect import (
    Cell,
    Column,
    check_items,
    collect,
    compare,
    dataset_key,
    labels_of,
)
from mgie.evaluate.reporting.statistics import holm
from mgie.evaluate.runs.config import COPY_LABEL
from mgie.evaluate.scoring.metric_names import find_metric
from mgie.evaluate.scoring.score_files import ScoredRun

SIGNIFICANT = 0.05


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What a table shows."""

    title: str
    columns: tuple[Column, ...]
    note: str = ""
    published: tuple[tuple[str, dict[str, float]], ...] = ()  # (label, {"dataset/metric": as printed})


@dataclass(frozen=True, kw_only=True)
class Row:
    """One system."""

    label: str
    cells: tuple[Cell, ...] = ()
    p_values: tuple[float, ...] = ()  # against the compared row, corrected; NaN where there is none
    published: tuple[float | None, ...] | None = None  # instead of cells, as printed
    num_bad: int = 0  # items that could not be edited


@dataclass(frozen=True, kw_only=True)
class Table:
    """Ready to be written in any format."""

    layout: Layout
    rows: tuple[Row, ...]
    against: str | None  # label of the row that the others are compared with
    only: str | None  # the tag that items had to carry
    notes: tuple[str, ...] = field(default=())


@cache
def layouts() -> dict[str, Layout]:
    """The tables that have a name."""
    text = (Path(__file__).parent / "layouts.toml").read_text(encoding="utf-8")
    return {name: _layout(values) for name, values in tomllib.loads(text).items()}


def find_layout(name: str) -> Layout:
    """One of them. Raises BadOption with the known names."""
    if name not in layouts():
        raise BadOption(f"{name!r} is no table; choose {', '.join(layouts())}")
    return layouts()[name]


def layout_of_runs(runs: Sequence[ScoredRun], metric_names: Sequence[str] | None) -> Layout:
    """Every data set of the runs with the given metrics, or with what was computed of the reported ones."""
    columns: list[Column] = []
    for key in dict.fromkeys(dataset_key(run) for run in runs):
        names = metric_names or _reported(runs, key)
        for name in names:
            find_metric(name)
            columns.append(Column((key, name)))
    datasets = ", ".join(dict.fromkeys(column.dataset for column in columns))
    return Layout(title=f"Measured on {datasets}", columns=tuple(columns))


def make_table(
    runs: Sequence[ScoredRun], layout: Layout, *, against: str | None = None, only: str | None = None
) -> Table:
    """All rows. against: the label that every other row is tested against; by default doing nothing.

    Raises BadData where runs on one data set edited different items.
    """
    check_items(runs)
    labels = labels_of(runs)
    if against is None:
        against = COPY_LABEL if COPY_LABEL in labels else None
    elif against not in labels:
        raise BadOption(f"no run is labelled {against!r}; choose {', '.join(labels)}")
    cells = {label: [collect(runs, label, c, only=only) for c in layout.columns] for label in labels}
    p_values = _tested(cells, against)
    ours = [
        Row(
            label=label,
            cells=tuple(cells[label]),
            p_values=p_values[label],
            num_bad=sum(run.num_bad for run in runs if label.startswith(run.config.label)),
        )
        for label in labels
        if any(cell.has_value or cell.missing for cell in cells[label])
    ]
    published = [
        Row(label=label, published=tuple(values.get("/".join(column)) for column in layout.columns))
        for label, values in layout.published
    ]
    return Table(
        layout=layout,
        rows=(*published, *ours),
        against=against,
        only=only,
        notes=tuple(_notes(runs, layout, ours, against)),
    )


def _tested(cells: dict[str, list[Cell]], against: str | None) -> dict[str, tuple[float, ...]]:
    """Corrected p values by row; all cells of a table are one family of tests."""
    raw: list[float] = []
    for label, row in cells.items():
        for index, cell in enumerate(row):
            is_tested = against is not None and label != against
            raw.append(compare(cell, cells[against][index]) if is_tested and against else float("nan"))
    corrected = iter(holm(raw))
    return {label: tuple(next(corrected) for _ in row) for label, row in cells.items()}


def _notes(runs: Sequence[ScoredRun], layout: Layout, rows: Sequence[Row], against: str | None) -> list[str]:
    notes = [layout.note] if layout.note else []
    notes.append(
        "Mean over items (over the seeds of an item first); ± is half of the 95 % bootstrap interval, "
        "drawn by source picture."
    )
    if against is not None:
        notes.append(
            f"* differs from {against}: paired sign-flip test, p < {SIGNIFICANT} after Holm's correction."
        )
    sizes = {f"{run.config.label} on {dataset_key(run)}": run.num_bad for run in runs if run.num_bad}
    notes += [
        f"{what}: items that could not be edited and are left out: {number}."
        for what, number in sizes.items()
    ]
    missing = dict.fromkeys(cell.missing for row in rows for cell in row.cells if cell.missing)
    notes += [f"n/a: {why}" for why in missing]
    names = dict.fromkeys(column.metric for column in layout.columns)
    notes += [f"{find_metric(name).title}: {find_metric(name).text}." for name in names]
    return notes


def _reported(runs: Sequence[ScoredRun], key: str) -> list[str]:
    """The metrics that papers report on a data set, as far as they were computed or are missing."""
    known = {name for run in runs if dataset_key(run) == key for n in run.numbers.values() for name in n}
    info = find_info(key.removesuffix("-final"))
    names = [name for short in info.metrics for name in _full_names(short)]
    chosen = [name for name in names if name in known or _is_missing(runs, name)]
    return chosen or sorted(known)


def _full_names(short: str) -> list[str]:
    from mgie.evaluate.scoring.metric_names import metrics

    return [short] if short in metrics() else [n for n in metrics() if n == f"{short}-clip-b32"]


def _is_missing(runs: Sequence[ScoredRun], name: str) -> bool:
    return any(find_metric(name).family in run.missing for run in runs)


def _layout(values: dict[str, Any]) -> Layout:
    return Layout(
        title=values["title"],
        columns=tuple(Column(column) for column in values["columns"]),
        note=values["note"],
        published=tuple((row["label"], row["cells"]) for row in values["published"]),
    )
