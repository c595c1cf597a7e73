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
from mgie.compose.region import whole_picture
from mgie.model.editor import run_edit
from mgie.model.events import EditDone, Editor, InstructionDelta
from mgie.pipeline import finish, paste, prepare
from mgie.weights.installed import find_model
from mgie.editors.loading import load_editor

GAP_PX = 12
EDITS = (
    ("astronaut", "make it look like night"),
    ("coffee", "make the photo a bit cooler"),
    ("chelsea", "turn it into black and white"),
    ("rocket", "brighten the picture a lot"),
)


def edit(editor: Editor, photograph: Image.Image, instruction: str, seed: int) -> Image.Image:
    """The edited photograph at its own size; the words appear while they are written."""
    picture = Picture(pixels=np.asarray(photograph.convert("RGB")))
    prepared = prepare(picture, whole_picture(picture, instruction), editor.info.native_size_px)
    for event in run_edit(editor, prepared.model_image, instruction, seed=seed):
        if isinstance(event, InstructionDelta):
            click.echo(event.text, nl=False)
        if isinstance(event, EditDone):
            click.echo()
            return Image.fromarray(paste(picture, finish(prepared, event.sampled)).pixels)
    raise RuntimeError("the edit ended without a result")


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
    editor = load_editor(find_model(Path(model) if Path(model).is_dir() else model))
    if photo is not None:
        jobs = [(photo.stem, Image.open(photo), instruction or "make it look better")]
    else:
        jobs = [(name, Image.fromarray(getattr(data, name)()), text) for name, text in EDITS]
    for name, photograph, text in jobs:
        click.echo(f'\n{name}: "{text}"')
        started = time.perf_counter()
        after = edit(editor, photograph, text, seed)
        path = out / f"{name}.png"
        side_by_side(photograph.convert("RGB"), after).save(path)
        click.echo(f"-> {path} ({time.perf_counter() - started:.1f} s)")


if __name__ == "__main__":
    main()
