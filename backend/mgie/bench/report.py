"""What was measured as a table, and as a picture where matplotlib is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

_HEADER = (
    "part",
    "plain",
    "ours, no graphs",
    "ours",
    "plain/ours",
    "GB to read",
    "GFLOP",
    "floor",
    "ours/floor",
)


def table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Lines of a Markdown table; times in milliseconds. The floor: bytes and operations at measured peaks."""
    cells = [_HEADER, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADER))]
    for index, line in enumerate(cells):
        first, *others = line
        padded = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        yield "| " + " | ".join([first.ljust(widths[0]), *padded]) + " |"
        if not index:
            yield "|" + "|".join(["-" * (widths[0] + 2), *("-" * (w + 1) + ":" for w in widths[1:])]) + "|"


def plot(found: Mapping[str, Any], path: Path) -> bool:
    """Growth and parts as a picture; False where matplotlib is missing."""
    if importlib.util.find_spec("matplotlib") is None:
        return False
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    both = [row for row in found.get("parts", []) if row["plain_s"] and row["ours_s"]]
    places = range(len(both))
    left.barh(
        [p + 0.2 for p in places], [1000 * row["plain_s"] for row in both], 0.4, label="published recipe"
    )
    left.barh([p - 0.2 for p in places], [1000 * row["ours_s"] for row in both], 0.4, label="ours")
    left.set_yticks(list(places), [row["part"] for row in both])
    left.set(xscale="log", xlabel="ms")
    left.legend()
    for name, growth in (found.get("scaling") or {}).items():
        if growth["exponent"] is not None:
            label = f"{name}: exponent {growth['exponent']:.2f}"
            right.plot(growth["sizes"], growth["seconds"], "o-", label=label)
    right.set(xscale="log", yscale="log", ylabel="s")
    if found.get("scaling"):
        right.legend()
    figure.suptitle(found["device"], fontsize=8)
    figure.savefig(path)
    return True


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    plain, ours, floor = row["plain_s"], row["ours_s"], row["floor_s"]
    return (
        row["part"],
        _ms(plain),
        _ms(row["eager_s"]),
        _ms(ours),
        f"{plain / ours:.2f}" if plain and ours else "",
        _billions(row["num_bytes"]),
        _billions(row["num_flops"]),
        _ms(floor),
        f"{ours / floor:.2f}" if ours and floor else "",
    )


def _ms(seconds: float | None) -> str:
    return "" if seconds is None else f"{1000 * seconds:.2f}"


def _billions(number: float | None) -> str:
    return "" if number is None else f"{number / 1e9:.3g}"
