"""`mgie evaluate plot` and `time`: figures from scored runs, and seconds by batch size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mgie.api.options import OptionValue

_RUN = click.Path(path_type=Path, file_okay=False, exists=True)
_KINDS = ["bars", "trade-off", "clip-s", "sheet"]


@click.command()
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("runs", type=_RUN, nargs=-1, required=True)
@click.option("--metrics", "names", default="l1", show_default=True, help="bars: which, by commas.")
@click.option(
    "--items", default="0,1,2", show_default=True, help="sheet: indices in the data set, by commas."
)
@click.option("--only", help="Only items with this tag.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A .png or .svg file."
)
def plot(kind: str, runs: tuple[Path, ...], names: str, items: str, only: str | None, out: Path) -> None:
    """Draw scored runs: bars of metrics, the trade-off curve, CLIP-S of the texts, or a sheet of pictures."""
    from mgie.evaluate.reporting.plots import plot_bars, plot_clip_s, plot_trade_off
    from mgie.evaluate.reporting.sheet import plot_sheet
    from mgie.evaluate.scoring.baseline import with_baselines
    from mgie.evaluate.scoring.score_files import read_scored

    scored = [read_scored(folder) for folder in runs]
    if kind == "bars":
        plot_bars([read_scored(f) for f in with_baselines(runs)], names.split(","), out, only=only)
    elif kind == "trade-off":
        plot_trade_off(scored, out, only=only)
    elif kind == "clip-s":
        plot_clip_s(scored, out, only=only)
    else:
        plot_sheet(scored, [int(index) for index in items.split(",")], out)


@click.command(name="time")
@click.option(
    "--editor", "editors", multiple=True, required=True, help="A model; may be given several times."
)
@click.option("--batch", default="1,4,8", show_default=True, help="Batch sizes by commas.")
@click.option("--size", type=int, help="Side in pixels; default: the model's own.")
@click.option("--steps", type=int, help="Denoising steps; default: the model's own.")
@click.option("--repeats", default=3, show_default=True)
@click.option("--device", default="auto", show_default=True)
def time_(
    editors: tuple[str, ...], batch: str, size: int | None, steps: int | None, repeats: int, device: str
) -> None:
    """Measure seconds per batch (Table 4), beside the published ones that are certain."""
    from mgie.editors.loading import open_editor
    from mgie.evaluate.runs.candidates import model_of
    from mgie.evaluate.runs.perform import about
    from mgie.evaluate.timing import PUBLISHED, time_edits
    from mgie.model.load_options import LoadOptions

    sizes = [int(number) for number in batch.split(",")]
    click.echo("| system | " + " | ".join(f"batch {number}, s" for number in sizes) + " |")
    click.echo("|---|" + "---:|" * len(sizes))
    for system in dict.fromkeys(name for name, _ in PUBLISHED):
        cells = [f"{PUBLISHED[system, n]:g}" if (system, n) in PUBLISHED else "-" for n in sizes]
        click.echo(f"| {system} | " + " | ".join(cells) + " |")
    options: dict[str, OptionValue] = {} if steps is None else {"num_inference_steps": steps}
    for name in editors:
        editor = open_editor(model_of(name), LoadOptions(device=device))
        side = size or editor.info.native_size_px
        timings = time_edits(editor, sizes, size_px=side, options=options, num_repeats=repeats)
        cells = [f"{t.median_s:.2f} (of it language {t.encode_s:.2f})" for t in timings]
        click.echo(f"| {editor.info.id}, {side} px | " + " | ".join(cells) + " |")
    click.echo(f"\nMedian of {repeats}. Measured on {about()}.")
