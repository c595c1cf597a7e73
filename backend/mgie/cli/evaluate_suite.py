"""`mgie evaluate suite`: a whole experiment, from runs to tables and plots, by one command."""

from __future__ import annotations

import logging
from pathlib import Path

import click


@click.command()
@click.argument("suite_file", metavar="SUITE")
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), required=True, help="Data sets below."
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="All runs below."
)
@click.option("--backbones", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--device", help="Default: a GPU where there is one.")
@click.option(
    "--plan", "only_plans", is_flag=True, help="Say what would be done, with computed hours and disk."
)
@click.option(
    "--seconds", default=4.6, show_default=True, help="plan: per edit; published: 36.9 s for 8, A100."
)
def suite(
    suite_file: str,
    data: Path,
    out: Path,
    backbones: Path | None,
    device: str | None,
    only_plans: bool,
    seconds: float,
) -> None:
    """Run, score, tabulate and draw what SUITE says: a YAML file, or table1, trade-off or mini.

    Stop it at any time and call it again. Tables come as Markdown, CSV and LaTeX, figures as PNG.
    """
    from mgie.editors.devices import usable_device
    from mgie.evaluate.runs.launch import share_of_accelerate
    from mgie.evaluate.suite import Place, carry_out, cost, load_suite, plan

    logging.basicConfig(level=logging.ERROR)
    config = load_suite(suite_file)
    if only_plans:
        place = Place(data=data, out=out)
        total_hours = total_gigabytes = 0.0
        for run in plan(config, place):
            needed = cost(run, seconds, run.dataset.size_px or 512)
            counted = "" if run.is_counted else " (published count; the data is not there)"
            click.echo(
                f"{run.folder}: {run.num_edits} edits{counted}, "
                f"{needed.hours:.1f} h, {needed.gigabytes:.1f} GB"
            )
            total_hours, total_gigabytes = total_hours + needed.hours, total_gigabytes + needed.gigabytes
        click.echo(
            f"in all {total_hours:.0f} h and {total_gigabytes:.0f} GB, computed at {seconds} s per edit"
        )
        return
    rank, num_processes, found = share_of_accelerate(usable_device(device or "auto"))
    place = Place(data=data, out=out, backbones=backbones, device=found, shard=(rank, num_processes))
    for line in carry_out(config, place):
        click.echo(line)
