"""`mgie evaluate mini`: how well the small models edit, on any folder of photographs."""

from __future__ import annotations

import json
from pathlib import Path

import click

_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def evaluate() -> None:
    """Measure a model on cases with known goals."""


@evaluate.command()
@click.option("--photos", type=_FOLDER, required=True, help="Folder of photographs.")
@click.option(
    "--models",
    default="mgie-mini",
    show_default=True,
    help="Installed models or model folders, separated by commas; copy-input is always there.",
)
@click.option("--all-photos", is_flag=True, help="Use every photograph, not only the held-out tenth.")
@click.option("--per-operation", default=6, show_default=True, help="Cases per operation.")
@click.option("--steps", type=int, help="Denoising steps; default: the model's own.")
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "json_path", type=_FILE, help="Write all numbers here.")
@click.option("--table", type=_FILE, help="Write the Markdown tables here instead of printing them.")
@click.option("--plot", "plot_path", type=_FILE, help="Write a plot (PNG or SVG) here.")
def mini(
    photos: Path,
    models: str,
    all_photos: bool,
    per_operation: int,
    steps: int | None,
    seed: int,
    json_path: Path | None,
    table: Path | None,
    plot_path: Path | None,
) -> None:
    """Edit held-out photographs with held-out wordings and compare with the exact goals."""
    from mgie.evaluate.cases import make_cases
    from mgie.evaluate.report import as_json, markdown, plot
    from mgie.evaluate.run import judge_systems

    cases = make_cases(
        photos, per_operation=per_operation, split="all" if all_photos else "held_out", seed=seed
    )
    scores = judge_systems(models.split(","), cases, num_inference_steps=steps, seed=seed)
    if table is None:
        click.echo(markdown(scores))
    else:
        table.write_text(markdown(scores), encoding="utf-8")
    if json_path is not None:
        json_path.write_text(json.dumps(as_json(scores), indent=1), encoding="utf-8")
    if plot_path is not None:
        plot(scores, plot_path)
