"""`mgie evaluate score`, `table` and `metrics`: from the pictures of runs to numbers and tables."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import cast

import click

_RUN = click.Path(path_type=Path, file_okay=False, exists=True)
_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command()
@click.argument("runs", type=_RUN, nargs=-1, required=True)
@click.option("--backbones", type=_FOLDER, help="Folder of CLIP, DINO, LPIPS and Inception weights.")
@click.option("--families", help="By commas; default: all. `mgie evaluate metrics` lists them.")
@click.option("--fid", "wants_fid", is_flag=True, help="Also the Frechet Inception distance to the goals.")
@click.option("--device", help="Default: a GPU where there is one.")
def score(
    runs: tuple[Path, ...],
    backbones: Path | None,
    families: str | None,
    wants_fid: bool,
    device: str | None,
) -> None:
    """Compute the metrics of runs and of the copied input on the same items; goes on where it was stopped.

    A network that is not in the backbones' folder is reported, and its metrics are n/a in tables.
    """
    from mgie.editors.devices import usable_device
    from mgie.evaluate.scoring.baseline import make_baseline
    from mgie.evaluate.scoring.score_fid import score_fid
    from mgie.evaluate.scoring.score_files import read_scored, score_run
    from mgie.evaluate.scoring.scorers import FAMILIES

    logging.basicConfig(level=logging.ERROR)
    place = usable_device(device or "auto")
    chosen = families.split(",") if families else FAMILIES
    for folder in dict.fromkeys([*(make_baseline(run) for run in runs), *runs]):
        for done, count in score_run(folder, chosen, backbones=backbones, device=place):
            click.echo(f"\r{folder.name}: {done} of {count}", nl=False, err=True)
        click.echo("", err=True)
        if wants_fid and (distance := score_fid(folder, backbones, place)) is not None:
            click.echo(f"{folder}: FID {distance:.2f}")
        for family, why in read_scored(folder).missing.items():
            click.echo(f"{folder}: no {family}: {why}")


@click.command()
@click.argument("runs", type=_RUN, nargs=-1, required=True)
@click.option("--layout", help="zero-shot, fine-tuned, ablation ...; default: the data sets of the runs.")
@click.option("--metrics", "names", help="By commas, without --layout; default: those that papers report.")
@click.option("--only", help="Only items with this tag (task, operation, in-ability ...).")
@click.option("--against", help="The row to test the others against; default: copy-input.")
@click.option("--format", "format_", type=click.Choice(["md", "csv", "tex"]), default="md", show_default=True)
@click.option("--out", type=_FILE, help="Write it here instead of printing it.")
def table(
    runs: tuple[Path, ...],
    layout: str | None,
    names: str | None,
    only: str | None,
    against: str | None,
    format_: str,
    out: Path | None,
) -> None:
    """Print scored runs as a table: means, 95 % intervals, paired tests, published values where certain."""
    from mgie.evaluate.reporting.render import Format, render
    from mgie.evaluate.reporting.table import find_layout, layout_of_runs, make_table
    from mgie.evaluate.scoring.baseline import with_baselines
    from mgie.evaluate.scoring.score_files import read_scored

    scored = [read_scored(folder) for folder in with_baselines(runs)]
    metric_names = names.split(",") if names else None
    shown = find_layout(layout) if layout else layout_of_runs(scored, metric_names)
    text = render(make_table(scored, shown, against=against, only=only), cast(Format, format_))
    if out is None:
        click.echo(text)
    else:
        out.write_text(text, encoding="utf-8")


@click.command(name="metrics")
def list_metrics() -> None:
    """Say what every metric is exactly, and which family computes it."""
    from mgie.evaluate.scoring.metric_names import metrics

    for name, info in metrics().items():
        click.echo(f"{name}  [{info.family}; {info.better} is better]\n    {info.text}")
