"""A table as Markdown, CSV or LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Literal, TypeAlias

from mgie.evaluate.reporting.table import SIGNIFICANT, Row, Table
from mgie.evaluate.scoring.metric_names import MetricInfo, find_metric

Format: TypeAlias = Literal["md", "csv", "tex"]


def render(table: Table, format: Format) -> str:
    """The whole table with its notes (CSV: one line per cell, all numbers, no notes)."""
    renderers: dict[Format, Callable[[Table], str]] = {"md": markdown, "csv": as_csv, "tex": latex}
    return renderers[format](table)


def markdown(table: Table) -> str:
    """For documents."""
    lines = [f"### {table.layout.title}" + (f", only {table.only}" if table.only else ""), ""]
    lines.append("| system | " + " | ".join(_heading(table)) + " |")
    lines.append("|---|" + "---:|" * len(table.layout.columns))
    for row in table.rows:
        lines.append(f"| {row.label} | " + " | ".join(_cells(row, table, "±", "-")) + " |")
    return "\n".join([*lines, "", *(f"{note}  " for note in table.notes), ""])


def latex(table: Table) -> str:
    """With booktabs."""
    lines = [
        r"\begin{table}",
        rf"\caption{{{_tex(table.layout.title)}}}",
        r"\begin{tabular}{l" + "r" * len(table.layout.columns) + "}",
        r"\toprule",
        " & ".join(["", *map(_tex, _heading(table))]) + r" \\",
        r"\midrule",
    ]
    lines += [
        " & ".join([_tex(row.label), *_cells(row, table, r"$\pm$", "--")]) + r" \\" for row in table.rows
    ]
    notes = [f"% {note}" for note in table.notes]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", *notes, ""])


def as_csv(table: Table) -> str:
    """One line per cell in kept units, for programs."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(
        ["label", "dataset", "metric", "mean", "low", "high", "items", "seeds", "seed_spread", "p", "source"]
    )
    for row in table.rows:
        for index, column in enumerate(table.layout.columns):
            if row.published is not None:
                value = row.published[index]
                if value is not None:
                    kept = value / find_metric(column.metric).factor
                    writer.writerow([row.label, *column, f"{kept:.6g}", *[""] * 6, "published"])
                continue
            cell = row.cells[index]
            if cell.has_value:
                numbers = [cell.mean, *cell.interval, len(cell.by_item), len(cell.by_seed), cell.seed_spread]
                p = row.p_values[index]
                plain = ["" if number != number else f"{number:.6g}" for number in (*numbers, p)]
                writer.writerow([row.label, *column, *plain, "measured"])
    return buffer.getvalue()


def _heading(table: Table) -> list[str]:
    titles: list[str] = []
    several = len({column.dataset for column in table.layout.columns}) > 1
    for column in table.layout.columns:
        info = find_metric(column.metric)
        arrow = {"lower": " ↓", "higher": " ↑", "neither": ""}[info.better]
        titles.append((f"{column.dataset}: " if several else "") + info.title + arrow)
    return titles


def _cells(row: Row, table: Table, plus_minus: str, nothing: str) -> list[str]:
    texts: list[str] = []
    for index, column in enumerate(table.layout.columns):
        info = find_metric(column.metric)
        if row.published is not None:
            value = row.published[index]
            texts.append(nothing if value is None else f"{value:.{info.digits}f}")
            continue
        cell = row.cells[index]
        if not cell.has_value:
            texts.append("n/a" if cell.missing else nothing)
            continue
        texts.append(_number(cell.mean, cell.interval.half_width, info, plus_minus) + _star(row, index))
    return texts


def _number(mean: float, half_width: float, info: MetricInfo, plus_minus: str) -> str:
    value = f"{mean * info.factor:.{info.digits}f}"
    if half_width != half_width:
        return value
    return f"{value} {plus_minus} {half_width * info.factor:.{info.digits}f}"


def _star(row: Row, index: int) -> str:
    return "*" if row.p_values and row.p_values[index] < SIGNIFICANT else ""


def _tex(text: str) -> str:
    for old, new in (("\\", r"\textbackslash{}"), ("%", r"\%"), ("_", r"\_"), ("&", r"\&"), ("#", r"\#")):
        text = text.replace(old, new)
    return text.replace("↓", r"$\downarrow$").replace("↑", r"$\uparrow$")
