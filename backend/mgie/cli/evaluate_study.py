"""`mgie evaluate study`: blind ratings of runs side by side, and what came of them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mgie.errors import MgieError

_RUN = click.Path(path_type=Path, file_okay=False, exists=True)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def study() -> None:
    """Let people rate runs blind, side by side (Figures 5 and 6)."""


@study.command()
@click.argument("runs", type=_RUN, nargs=-1, required=True)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Study's folder."
)
@click.option("--items", default=25, show_default=True, help="Examples of each data set.")
@click.option("--raters", default=3, show_default=True, help="How many people are to rate.")
@click.option("--seed", default=0, show_default=True, help="Which examples are drawn, and in which order.")
def make(runs: tuple[Path, ...], out: Path, items: int, raters: int, seed: int) -> None:
    """Draw examples that all RUNS answered, and write a study that names no system.

    Runs of every data set must be of the same systems; the published design is three systems on four sets.
    Give the folder without key.json to raters elsewhere.
    """
    from mgie.evaluate.study.design import make_study

    made = make_study(runs, out, num_items=items, num_raters=raters, seed=seed)
    click.echo(f"{out}: {len(made.trials)} trials for {raters} raters")
    click.echo(f"mgie evaluate study rate {out} --rater NAME")


@study.command()
@click.argument("folder", type=_RUN)
@click.option("--rater", required=True, help="A short name; answers are kept under it.")
def rate(folder: Path, rater: str) -> None:
    """Open the window in which RATER answers; it goes on with the first trial that is not finished."""
    try:
        from PyQt6.QtWidgets import QApplication

        from mgie.rating.window import RatingWindow
    except ModuleNotFoundError as error:
        raise RatingNotInstalled(
            f"{error.name} is missing; install what the window needs with: pip install 'mgie[panel]'"
        ) from error
    application = QApplication(sys.argv[:1])
    window = RatingWindow(folder, rater)
    window.resize(1300, 800)
    window.show()
    application.exec()


@study.command()
@click.argument("folder", type=_RUN)
@click.option("--csv", "csv_path", type=_FILE, help="Also write all numbers here.")
@click.option("--plot", "plot_path", type=_FILE, help="Also draw bar charts here (PNG or SVG).")
def report(folder: Path, csv_path: Path | None, plot_path: Path | None) -> None:
    """Print what raters said so far: points, shares, intervals, Krippendorff's alpha."""
    from mgie.evaluate.study.outcome import as_csv, as_markdown, plot_outcome, read_outcome

    outcome = read_outcome(folder)
    click.echo(as_markdown(outcome))
    if csv_path is not None:
        csv_path.write_text(as_csv(outcome), encoding="utf-8")
    if plot_path is not None:
        plot_outcome(outcome, plot_path)


class RatingNotInstalled(MgieError):
    """The window's packages are missing."""

    reason = "PANEL_NOT_INSTALLED"
