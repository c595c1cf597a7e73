"""Run the named benchmarks, or all of them."""

from __future__ import annotations

import importlib
import sys

from benchmarks.report import machine_line

# Modules of this folder, each with a `main()`.
SUBJECTS = ("inference", "mini", "presets", "training", "compose", "service", "panel", "hosts")


def main(names: list[str]) -> None:
    """Print one section per subject."""
    unknown = set(names) - set(SUBJECTS)
    if unknown:
        sys.exit(f"unknown benchmark {', '.join(sorted(unknown))}; choose from {', '.join(SUBJECTS)}")
    print(machine_line())  # noqa: T201  # a report on the terminal
    for name in names or SUBJECTS:
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
