"""`mgie evaluate run`: every item of a data set edited by one editor; goes on where it was stopped."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import cast, get_args

import click

from mgie.evaluate.datasets.catalogue import DatasetSpec, FitName, find_info
from mgie.model.events import SamplerName


@click.command()
@click.option("--dataset", required=True, help="A name that `mgie data info` lists.")
@click.option("--data", "path", type=click.Path(exists=True), required=True, help="Where it lies.")
@click.option("--split", default="", help="Default: the one that is measured on.")
@click.option("--items", type=int, help="The first so many only.")
@click.option("--per-operation", default=6, show_default=True, help="synthetic: cases of every operation.")
@click.option(
    "--editor",
    required=True,
    help="mgie, lgie, insp2p, a model's name or folder, WRITER+PAINTER, copy, goal, round-trip:MODEL, "
    "pictures:FOLDER.",
)
@click.option("--label", help="The row in tables; default: the editor.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Run's folder.")
@click.option("--seeds", default=1, show_default=True, help="How many answers to every item.")
@click.option(
    "--fit", type=click.Choice(get_args(FitName)), help="How pictures reach it; default: as published."
)
@click.option("--size", type=int, help="Side in pixels; default: the model's own.")
@click.option("--steps", type=int, help="Denoising steps; default: the model's own.")
@click.option("--guidance", type=float, help="Text guidance; default: the model's own.")
@click.option("--image-guidance", help="Image guidance; several by commas make a trade-off curve.")
@click.option(
    "--suffix", default="", help='Behind every instruction; HIVE: ", image quality is five out of five".'
)
@click.option("--sampler", type=click.Choice(get_args(SamplerName)))
@click.option("--chained", is_flag=True, help="A session's turn starts from the answer to the turn before.")
@click.option("--batch", default=8, show_default=True, help="Items sampled together.")
@click.option("--device", help="Default: a GPU where there is one.")
@click.option("--ray", "num_ray", type=int, help="Spread over so many Ray tasks.")
def run(
    dataset: str,
    path: str,
    split: str,
    items: int | None,
    per_operation: int,
    editor: str,
    label: str | None,
    out: Path,
    seeds: int,
    fit: str | None,
    size: int | None,
    steps: int | None,
    guidance: float | None,
    image_guidance: str | None,
    sampler: str | None,
    suffix: str,
    chained: bool,
    batch: int,
    device: str | None,
    num_ray: int | None,
) -> None:
    """Edit every item of a data set with one editor, and keep pictures, texts, times and parameters.

    Stop it at any time and call it again: what is on disk is not done again. Under `accelerate launch` (GPUs)
    or `torchrun` (CPUs) every process takes its share.
    """
    from mgie.editors.devices import usable_device
    from mgie.evaluate.runs.candidates import open_candidate
    from mgie.evaluate.runs.config import RunConfig
    from mgie.evaluate.runs.launch import perform_with_ray, share_of_accelerate
    from mgie.evaluate.runs.perform import Progress, perform

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    info = find_info(dataset)
    rank, num_processes, place = share_of_accelerate(usable_device(device or "auto"))
    candidate = open_candidate(editor, device=place)
    config = RunConfig(
        label=label or editor,
        dataset=DatasetSpec(
            name=dataset,
            path=str(Path(path).resolve()),
            split=split or info.test,
            num_items=items,
            per_operation=per_operation,
        ),
        editor=editor,
        fit=cast(FitName, fit or info.fit),
        size_px=size or (candidate.info.native_size_px if candidate.info else 512),
        num_seeds=seeds,
        num_inference_steps=steps,
        guidance_scale=guidance,
        image_guidance_scales=tuple(map(float, image_guidance.split(","))) if image_guidance else (),
        sampler=cast("SamplerName | None", sampler),
        instruction_suffix=suffix,
        turns="chained" if chained else "single",
        batch_size=batch,
    )
    progress = Progress(0, 0, 0)
    if num_ray:
        progress = perform_with_ray(config, out, num_ray, place)
    else:
        steps_done = perform(
            config, out, candidate=candidate, device=place, rank=rank, num_processes=num_processes
        )
        for progress in steps_done:
            click.echo(f"\r{progress.num_done} of {progress.num_all} edits", nl=False, err=True)
        click.echo("", err=True)
    click.echo(f"{out}: {progress.num_done} edits, {progress.num_bad} items could not be edited")
