"""The evaluation as a Markdown table, as JSON and as a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from mgie.evaluate.reporting.statistics import paired_p
from mgie.evaluate.runs.config import COPY_LABEL
from mgie.evaluate.scores import CaseScore, Mean, Summary, by_group, plain, summarise

Scores: TypeAlias = Mapping[str, Sequence[CaseScore]]  # system -> its answers, judged; same cases throughout

_COLUMNS = (
    ("L1 x 100", "l1", 100.0, 2),
    ("SSIM", "ssim", 1.0, 3),
    ("PSNR dB", "psnr_db", 1.0, 1),
    ("CIEDE2000", "ciede2000", 1.0, 2),
    ("L1 / copy", "ratio", 1.0, 2),
    ("halved %", "halved", 100.0, 0),
    ("direction %", "direction", 100.0, 0),
    ("unchanged %", "unchanged", 100.0, 0),
    ("claims true %", "claims", 100.0, 0),
    ("outside / inside", "spill", 1.0, 2),
    ("contained %", "contained", 100.0, 0),
)


def _cell(value: Mean, factor: float, digits: int) -> str:
    if not value.size:
        return "-"
    error = "" if value.error != value.error else f" ± {value.error * factor:.{digits}f}"
    return f"{value.value * factor:.{digits}f}{error}"


def _row(first: str, summary: Summary, *more: str) -> str:
    cells = [_cell(getattr(summary, name), factor, digits) for _, name, factor, digits in _COLUMNS]
    return f"| {first} | " + " | ".join([*cells, *more]) + " |"


def _head(first: str, *more: str) -> list[str]:
    titles = [*(title for title, *_ in _COLUMNS), *more]
    return [f"| {first} | " + " | ".join(titles) + " |", "|---|" + "---:|" * len(titles)]


def subsets(scores: Sequence[CaseScore]) -> dict[str, list[CaseScore]]:
    """The sets that the targets speak of."""
    within = [each for each in scores if each.is_within]
    return {
        "in ability": within,
        "of these: global and looks": [each for each in within if each.family in ("global", "look")],
        "of these: global": [each for each in within if each.family == "global"],
        "of these: looks": [each for each in within if each.family == "look"],
        "of these: local": [each for each in within if each.family == "local"],
        "of these: ambiguous (needs eyes)": [each for each in within if each.family == "repair"],
        "beyond ability (goal: unchanged)": [each for each in scores if not each.is_within],
    }


def markdown(scores: Scores) -> str:
    """Tables: the subsets per system, then the operations per system.

    Where there are several beside copy-input, the others are tested against the first of them.
    """
    lines: list[str] = []
    first, *others = [system for system in scores if system != COPY_LABEL] or [""]
    more = [f"p against {first}"] if others else []
    for title in subsets(next(iter(scores.values()))):
        groups = {system: subsets(judged)[title] for system, judged in scores.items()}
        lines += [f"### {title[0].upper()}{title[1:]}", "", *_head("system", *more)]
        for system, group in groups.items():
            tested = [_p(groups[first], group) if system in others else "-"] if others else []
            lines.append(_row(system, summarise(group), *tested))
        lines.append("")
    for system, judged in scores.items():
        lines += [f"### {system}, per operation", "", *_head("operation")]
        lines += [_row(name, summarise(group)) for name, group in by_group(judged, "name").items()]
        lines.append("")
    return "\n".join(lines)


def _p(first: Sequence[CaseScore], second: Sequence[CaseScore]) -> str:
    """Of equal means of L1 / copy on the same cases: a paired sign-flip test, not corrected for several."""
    pairs = [(one.ratio, other.ratio) for one, other in zip(first, second, strict=True)]
    known = np.array([pair for pair in pairs if None not in pair], dtype=np.float64)
    return f"{paired_p(known[:, 0], known[:, 1], range(len(known))):.4f}" if len(known) else "-"


def as_json(scores: Scores) -> dict[str, Any]:
    """The same numbers for programs."""
    return {
        system: {
            "subsets": {title: plain(summarise(group)) for title, group in subsets(judged).items()},
            "operations": {name: plain(summarise(group)) for name, group in by_group(judged, "name").items()},
        }
        for system, judged in scores.items()
    }


def plot(scores: Scores, path: Path) -> None:
    """L1 over copy-input's per operation, one mark per system; left of 1 is progress."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    first = next(iter(scores.values()))
    names = [name for name, group in by_group(first, "name").items() if group[0].is_within]
    figure, axes = plt.subplots(figsize=(7, 0.24 * len(names) + 1.2), layout="constrained")
    for system, judged in scores.items():
        groups = by_group(judged, "name")
        ratios = [summarise(groups[name]).ratio for name in names]
        axes.errorbar(
            [ratio.value for ratio in ratios],
            range(len(names)),
            xerr=[0.0 if ratio.error != ratio.error else ratio.error for ratio in ratios],
            fmt="o",
            markersize=4,
            linewidth=1,
            label=system,
        )
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.invert_yaxis()
    axes.axvline(1.0, color="gray", linewidth=1)
    axes.axvline(0.5, color="gray", linewidth=1, linestyle=":")
    axes.set_xlabel("L1 to the goal / L1 of the untouched input (mean ± standard error)")
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=120)
    plt.close(figure)
