"""A first edit on a fresh machine: real photographs, no GPU, no download. `make demo` runs this.

Edits photographs out of scikit-image's wheel with the shipped mgie-mini, prints each expressive instruction
as the language model writes it, and puts before and after side by side into out/.
"""

from __future__ import annotations

import time
from pathlib import Path

import click
import numpy as np
from PIL import Image
from skimage import data

from mgie.api.picture import Picture
from mgie.cli.edit_run import perform
from mgie.cli.jobs import PictureJob, RegionJob
from mgie.cli.server_connection import connected, model_name
from mgie.cli.server_options import ServerChoice
from mgie.cli.show import TextReporter
from mgie.client.blocking import Client

GAP_PX = 12
EDITS = (
    ("astronaut", "make it look like night"),
    ("coffee", "make the photo a bit cooler"),
    ("chelsea", "turn it into black and white"),
    ("rocket", "brighten the picture a lot"),
)


def edit(client: Client, photograph: Image.Image, instruction: str, model: str, seed: int) -> Image.Image:
    """The edited photograph at its own size; the words appear while they are written."""
    picture = Picture(pixels=np.asarray(photograph.convert("RGB")))
    job = PictureJob(
        input=Path("photograph"),
        output=Path("result"),
        regions=(RegionJob(instruction=instruction),),
        seeds=(seed,),
        model=model,
    )
    with TextReporter() as reporter:
        (result,) = perform(client, job, picture, reporter)
    return Image.fromarray(result.picture.pixels)


def side_by_side(before: Image.Image, after: Image.Image) -> Image.Image:
    """Both pictures with a gap between them."""
    sheet = Image.new("RGB", (2 * before.width + GAP_PX, before.height), "white")
    sheet.paste(before, (0, 0))
    sheet.paste(after, (before.width + GAP_PX, 0))
    return sheet


@click.command()
@click.option("--photo", type=click.Path(path_type=Path, exists=True), help="Your own photograph.")
@click.option("--instruction", help="What to make of it.")
@click.option("--out", default=Path("out"), type=click.Path(path_type=Path), show_default=True)
@click.option(
    "--model", default="mgie-mini", show_default=True, help="An installed model, or a model folder."
)
@click.option("--seed", default=0, show_default=True)
def main(photo: Path | None, instruction: str | None, out: Path, model: str, seed: int) -> None:
    """Edit photographs with the shipped model."""
    out.mkdir(parents=True, exist_ok=True)
    if photo is not None:
        jobs = [(photo.stem, Image.open(photo), instruction or "make it look better")]
    else:
        jobs = [(name, Image.fromarray(getattr(data, name)()), text) for name, text in EDITS]
    choice = ServerChoice(model=model)
    with connected(choice) as client:
        for name, photograph, text in jobs:
            click.echo(f'\n{name}: "{text}"')
            started = time.perf_counter()
            after = edit(client, photograph, text, model_name(choice), seed)
            path = out / f"{name}.png"
            side_by_side(photograph.convert("RGB"), after).save(path)
            click.echo(f"-> {path} ({time.perf_counter() - started:.1f} s)")


if __name__ == "__main__":
    main()
