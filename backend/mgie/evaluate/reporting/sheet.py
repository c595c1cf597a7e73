"""A sheet of pictures like the paper's Figures 7 and 8: input, what each system made of it, the goal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mgie.errors import BadOption
from mgie.evaluate.datasets.catalogue import open_dataset
from mgie.evaluate.reporting.collect import dataset_key
from mgie.evaluate.runs.fit import reference
from mgie.evaluate.runs.folder import Record, read_answer
from mgie.evaluate.runs.same_items import item_of
from mgie.evaluate.scoring.score_files import ScoredRun
from mgie.synth.light import Pixels


def plot_sheet(runs: Sequence[ScoredRun], indices: Sequence[int], path: Path) -> None:
    """One row per item (by index in the data set), the first seed of every run; the texts stand above."""
    names = list(dict.fromkeys(dataset_key(run) for run in runs))
    if len(names) != 1:
        raise BadOption(f"a sheet shows one data set, not {', '.join(names)}")
    config = runs[0].config
    source = open_dataset(config.dataset)
    rows: list[tuple[list[tuple[str, Pixels]], str]] = []
    for index in indices:
        records = [_first(run, index) for run in runs]
        item, *_ = [item_of(record, source, run.folder) for run, record in zip(runs, records, strict=True)]
        judged = reference(item, config.fit, config.size_px)
        cells = [("input", judged.input)]
        texts = [f"“{item.instruction}”"]
        for run, record in zip(runs, records, strict=True):
            cells.append((run.config.label, read_answer(run.folder, record)))
            if record.expressive_instruction:
                texts.append(f"{run.config.label}: {record.expressive_instruction}")
        cells += [("goal", judged.goal)] if judged.goal is not None else []
        rows.append((cells, "\n".join(textwrap.fill(text, 110) for text in texts)))
    _draw(rows, path)


def _first(run: ScoredRun, index: int) -> Record:
    found = [record for record in run.records if record.index == index and not record.problem]
    if not found:
        raise BadOption(f"{run.config.label} has no picture of item {index}")
    return found[0]


def _draw(rows: Sequence[tuple[list[tuple[str, Pixels]], str]], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    num_columns = max(len(cells) for cells, _ in rows)
    figure: Any = plt.figure(figsize=(2 * num_columns, 2.7 * len(rows)), layout="constrained")
    parts: Any = figure.subfigures(len(rows), 1, squeeze=False)
    for (cells, text), (part,) in zip(rows, parts, strict=True):
        part.suptitle(text, fontsize=6)
        axes = part.subplots(1, num_columns, squeeze=False)[0]
        for panel, (label, pixels) in zip(axes, cells, strict=False):
            panel.imshow(pixels)
            panel.set_title(label, fontsize=6)
        for panel in axes:
            panel.axis("off")
    figure.savefig(path, dpi=110)
    plt.close(figure)
