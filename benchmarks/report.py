"""What every benchmark prints: the machine, and tables that paste into a document."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence


def machine_line() -> str:
    """The machine and the versions that matter, in one line."""
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    busy = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    return (
        f"{_cpu_name()}, {cores} cores, {device}{busy}; "
        f"Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} threads"
    )


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A Markdown table; the first column is text, the others are right-aligned."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        first, *others = (
            cell.ljust(w) if i == 0 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(cells, widths, strict=True))
        )
        return "| " + " | ".join([first, *others]) + " |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    print("\n".join(["", f"## {title}", "", line(header), line(rule), *map(line, rows)]))  # noqa: T201  # a report on the terminal


def _cpu_name() -> str:
    if platform.system() == "Linux":
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123  # no path of ours
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
        if names:
            return names[0]
    return platform.processor() or platform.machine()
