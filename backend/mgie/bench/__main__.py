"""`python -m mgie.bench`: the measurement without the rest of the command line's packages."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from mgie.bench.run import SIZES, run
from mgie.editors.devices import usable_device
from mgie.errors import BadOption


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(prog="python -m mgie.bench", description=__doc__)
    parser.add_argument("--device", default="auto", help="cpu, cuda:0, mps; auto: a GPU if there is one")
    parser.add_argument("--size", choices=list(SIZES), default="7b", help="7b: MGIE-7B's real shapes")
    parser.add_argument("--gpu-check", action="store_true", help="under 4 minutes on a GPU")
    parser.add_argument("--folder", type=Path, default=Path("bench"), help="for bench.json and bench.png")
    parser.add_argument("--tests", type=Path, help="the project's tests, to compare with their parity pack")
    given = parser.parse_args()
    try:
        device = usable_device(given.device)
    except BadOption as error:
        parser.error(str(error))

    def say(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    found = run(
        torch.device(device),
        SIZES[given.size],
        folder=given.folder,
        gpu_check=given.gpu_check,
        tests=given.tests,
        say=say,
    )
    sys.exit(1 if found["failed"] else 0)


if __name__ == "__main__":
    main()
