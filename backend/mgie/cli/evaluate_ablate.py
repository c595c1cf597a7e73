"""`mgie evaluate ablate`: the paper's comparisons with small models, trained and measured by one command."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import cast

import click

_QUESTIONS = ("text", "question", "size", "tokens")


@click.command()
@click.argument("comparison", type=click.Choice(_QUESTIONS))
@click.option("--photos", type=click.Path(path_type=Path, file_okay=False, exists=True), required=True)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Working folder."
)
@click.option(
    "--model", default="mgie-mini", show_default=True, help="Where vision tower and painter come from."
)
@click.option(
    "--scale",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="All counts of pairs times this, alike for every arm.",
)
@click.option("--per-operation", default=1, show_default=True, help="Cases of every operation to measure on.")
@click.option("--cases", type=int, help="The first so many of these cases only.")
@click.option("--threads", default=1, show_default=True, help="CPU threads.")
def ablate(
    comparison: str,
    photos: Path,
    out: Path,
    model: str,
    scale: float,
    per_operation: int,
    cases: int | None,
    threads: int,
) -> None:
    """Train small models that differ in one thing, and measure them.

    \b
    text      full, short and summarised expressive instructions
    question  "what will this image be like if" or "how will this image look if"
    size      6 or 2 layers of the language model
    tokens    2, 8 or 16 visual tokens

    Stop it at any time and call it again.
    """
    import torch

    from mgie.evaluate.ablation import Ablation, compare
    from mgie.train.mini.arms import ArmBudget, Comparison

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(threads)
    asked = Ablation(
        comparison=cast(Comparison, comparison),
        model=model,
        photos=photos,
        out=out,
        budget=ArmBudget().scaled(scale),
        per_operation=per_operation,
        num_cases=cases,
    )
    for line in compare(asked):
        click.echo(line)
