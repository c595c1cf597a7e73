"""Figures from scored runs: bars with intervals, the trade-off curve, CLIP-S of texts; PNG or SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mgie.errors import BadData
from mgie.evaluate.reporting.collect import Cell, Column, collect, dataset_key, labels_of
from mgie.evaluate.scoring.metric_names import find_metric
from mgie.evaluate.scoring.score_files import ScoredRun

TRADE_OFF = ("clip-direction-clip-l14", "clip-image-clip-l14")  # InstructPix2Pix' axes
CLIP_S = (
    "clip-s-input-plain-clip-b32",
    "clip-s-input-clip-b32",
    "clip-s-goal-plain-clip-b32",
    "clip-s-goal-clip-b32",
)


def plot_bars(
    runs: Sequence[ScoredRun], names: Sequence[str], path: Path, *, only: str | None = None
) -> None:
    """One panel per data set and metric, one bar per system, 95 % bootstrap intervals."""
    columns = [Column((key, name)) for key in _datasets(runs) for name in names]
    labels = labels_of(runs)
    cells = {column: [collect(runs, label, column, only=only) for label in labels] for column in columns}
    shown = [column for column in columns if any(cell.has_value for cell in cells[column])]
    _need(shown, ", ".join(names))
    figure, axes = new_figure(len(shown), 0.5 + 0.35 * len(labels))
    for panel, column in zip(axes, shown, strict=True):
        info = find_metric(column.metric)
        for place, cell in enumerate(cells[column]):
            if cell.has_value:
                panel.barh(place, cell.mean * info.factor, xerr=_errors(cell, info.factor), color=f"C{place}")
        panel.set_yticks(range(len(labels)), labels, fontsize=8)
        panel.invert_yaxis()
        arrow = {"lower": " (lower is better)", "higher": " (higher is better)", "neither": ""}[info.better]
        panel.set_xlabel(f"{column.dataset}: {info.title}{arrow}", fontsize=8)
    save_figure(figure, path)


def plot_trade_off(
    runs: Sequence[ScoredRun], path: Path, *, axes_names: tuple[str, str] = TRADE_OFF, only: str | None = None
) -> None:
    """Figure 3: a curve per system over its image guidance scales; up and right is better.

    No values of the published figure are known, so none are drawn.
    """
    figure, (panel,) = new_figure(1, 4.0)
    num_drawn = 0
    for run in runs:
        points: list[tuple[float, float, str]] = []
        for label in labels_of([run]):
            x, y = (collect([run], label, Column((dataset_key(run), n)), only=only) for n in axes_names)
            if x.has_value and y.has_value:
                points.append((x.mean, y.mean, label.rpartition("image guidance ")[2].removesuffix(")")))
        if not points:
            continue
        num_drawn += 1
        panel.plot([x for x, _, _ in points], [y for _, y, _ in points], "o-", label=run.config.label)
        for x, y, scale in points if len(points) > 1 else ():
            panel.annotate(scale, (x, y), fontsize=6, xytext=(3, 3), textcoords="offset points")
    _need(num_drawn, " and ".join(axes_names))
    panel.set_xlabel(find_metric(axes_names[0]).title)
    panel.set_ylabel(find_metric(axes_names[1]).title)
    panel.legend(fontsize=8)
    save_figure(figure, path)


def plot_clip_s(runs: Sequence[ScoredRun], path: Path, *, only: str | None = None) -> None:
    """Figures 4, 9, 10 and 11: CLIP-S of plain and expressive instruction with input and goal, by system."""
    labels = labels_of(runs)
    datasets = _datasets(runs)
    figure, axes = new_figure(len(datasets), 0.8 + 0.5 * len(labels))
    num_drawn = 0
    for panel, dataset in zip(axes, datasets, strict=True):
        for offset, name in enumerate(CLIP_S):
            for place, label in enumerate(labels):
                cell = collect(runs, label, Column((dataset, name)), only=only)
                if cell.has_value:
                    num_drawn += 1
                    title = find_metric(name).title if place == 0 or num_drawn <= len(CLIP_S) else None
                    where = place + 0.2 * (offset - 1.5)
                    panel.barh(
                        where, cell.mean, 0.18, xerr=_errors(cell, 1.0), color=f"C{offset}", label=title
                    )
        panel.set_yticks(range(len(labels)), labels, fontsize=8)
        panel.invert_yaxis()
        panel.set_xlabel(f"{dataset}: CLIP-S", fontsize=8)
        panel.legend(fontsize=6)
    _need(num_drawn, "CLIP-S")
    save_figure(figure, path)


def _datasets(runs: Sequence[ScoredRun]) -> list[str]:
    return list(dict.fromkeys(dataset_key(run) for run in runs))


def _errors(cell: Cell, factor: float) -> list[list[float]] | None:
    low, high = cell.interval
    if low != low:
        return None
    return [[(cell.mean - low) * factor], [(high - cell.mean) * factor]]


def _need(found: object, what: str) -> None:
    if not found:
        raise BadData(f"none of the runs has {what}; see `mgie evaluate score`")


def new_figure(num_panels: int, height: float) -> tuple[Any, list[Any]]:
    """A figure of panels below each other; height of each in inches."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(
        num_panels, 1, figsize=(6.5, height * num_panels), layout="constrained", squeeze=False
    )
    return figure, [row[0] for row in axes]


def save_figure(figure: Any, path: Path) -> None:
    """Write it as its ending says, PNG or SVG, and forget it."""
    from matplotlib import pyplot as plt

    figure.savefig(path, dpi=110)
    plt.close(figure)
