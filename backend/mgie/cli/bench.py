"""`mgie bench`: one edit part by part on this machine, beside the published recipe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click


@click.command()
@click.option(
    "--device", default="auto", show_default=True, help="cpu, cuda:0, mps; auto: a GPU if there is one."
)
@click.option(
    "--size",
    type=click.Choice(["7b", "tiny"]),
    default="7b",
    show_default=True,
    help="Shapes of the random model.",
)
@click.option(
    "--gpu-check", is_flag=True, help="Equalities, memory plans, presets, training; under 4 minutes on a GPU."
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("bench"),
    show_default=True,
    help="Where bench.json and bench.png go.",
)
@click.option(
    "--tests",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The project's tests, to compare with their parity pack.",
)
def bench(
    device: str, size: Literal["7b", "tiny"], gpu_check: bool, folder: Path, tests: Path | None
) -> None:
    """Measure every part of an edit with random weights of real shapes; nothing is downloaded."""
    import torch

    from mgie.bench.run import SIZES, run
    from mgie.editors.devices import usable_device

    place = torch.device(usable_device(device))
    found = run(place, SIZES[size], folder=folder, gpu_check=gpu_check, tests=tests, say=click.echo)
    sys.exit(1 if found["failed"] else 0)
