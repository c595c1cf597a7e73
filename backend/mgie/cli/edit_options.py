"""The options `mgie edit` and `mgie batch` share; nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from mgie.cli.server_options import server_options

Function = TypeVar("Function", bound=Callable[..., Any])

FILE = click.Path(dir_okay=False, path_type=Path)

_OPTIONS = (
    click.option("--seed", type=int, help="Same seed, same picture.  [default: random, and reported]"),
    click.option("--variations", type=int, help="Results from consecutive seeds, of one reading."),
    click.option("--preset", help="Options that go well together, see `mgie models show`; others go before."),
    click.option(
        "--best-of",
        is_flag=True,
        default=None,
        help="Number the variations best first, and say why: steady ones, and near the words (with a CLIP).",
    ),
    click.option("--steps", type=int, help="Denoising steps.  [default: the model's]"),
    click.option(
        "--guidance-scale", type=float, help="How closely to follow the words.  [default: the model's]"
    ),
    click.option(
        "--image-guidance-scale",
        type=float,
        help="How closely to follow the picture.  [default: the model's]",
    ),
    click.option("--sampler", help="How the noise is removed.  [default: the model's]"),
    click.option(
        "--option",
        "options",
        multiple=True,
        metavar="NAME=VALUE",
        help="Any other option of the model, see `mgie models show`. May be repeated.",
    ),
    click.option("--reference", "references", type=FILE, multiple=True, help="A further picture to go by."),
    click.option("--mask", type=FILE, help="Gray picture: white is edited, black stays as it is."),
    click.option("--region", help="Rectangle to edit: x,y,width,height in pixels."),
    click.option("--context", help="What the model sees: auto, selection, canvas, or x,y,width,height."),
    click.option("--grow", type=int, help="Pixels outside (or, negative, inside) the selection to begin at."),
    click.option("--feather", type=float, help="Width of the soft edge inside the selection, px."),
    click.option(
        "--blend", type=float, help="Width over which new content blends into its surroundings, px."
    ),
    click.option(
        "--transfer",
        type=click.Choice(["auto", "tonal", "content"]),
        help="Recolour your own pixels, take the model's, or decide per pixel.  [default: auto]",
    ),
    click.option("--colour-match", type=float, help="0 to 1: pull the result to the surroundings' colours."),
    click.option(
        "--review", is_flag=True, default=None, help="Read the expressive instruction first, and correct it."
    ),
    click.option("--ask", is_flag=True, default=None, help="Choose the reading where the model is unsure."),
    click.option("--json", "as_json", is_flag=True, help="One JSON event per line on stdout."),
)
# Those that are keys of a job file's item under the same name.
_KEYS = (
    *("seed", "variations", "steps", "guidance_scale", "image_guidance_scale", "sampler", "mask", "region"),
    *("context", "grow", "feather", "blend", "transfer", "colour_match", "review", "ask", "preset"),
    "best_of",
)


def edit_options(function: Function) -> Function:
    """Add the shared options to a command."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return server_options(function)


def job_values(given: dict[str, Any]) -> dict[str, Any]:
    """The shared options that were given, as keys of a job file's item."""
    values = {key: value for key, value in given.items() if value is not None and key in _KEYS}
    if "mask" in values:
        values["mask"] = values["mask"].absolute()
    if given["references"]:
        values["references"] = [str(path.absolute()) for path in given["references"]]
    if given["options"]:
        values["options"] = dict(_name_and_value(text) for text in given["options"])
    return values


def _name_and_value(text: str) -> tuple[str, bool | int | float | str]:
    name, separator, value = text.partition("=")
    if not separator or not name.strip():
        raise click.UsageError(f"--option {text!r} needs a name and a value, like --option steps=20")
    return name.strip().replace("-", "_"), plain_value(value.strip())


def plain_value(text: str) -> bool | int | float | str:
    """The value that a text means: true, 3, 3.5, or the text itself."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
