"""The options `mgie edit` and `mgie batch` share; nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

FILE = click.Path(dir_okay=False, path_type=Path)

_OPTIONS = (
    click.option("--model", default="mgie-mini", show_default=True, help="Name or folder of a model."),
    click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, mps."),
    click.option("--seed", type=int, help="Same seed, same picture.  [default: random, and reported]"),
    click.option("--variations", type=int, help="Results from consecutive seeds, of one reading."),
    click.option("--steps", type=int, help="Denoising steps.  [default: the model's]"),
    click.option(
        "--guidance-scale", type=float, help="How closely to follow the words.  [default: the model's]"
    ),
    click.option(
        "--image-guidance-scale",
        type=float,
        help="How closely to follow the picture.  [default: the model's]",
    ),
    click.option(
        "--sampler", type=click.Choice(["euler_a", "dpmpp_2m", "unipc"]), help="[default: the model's]"
    ),
    click.option("--mask", type=FILE, help="Gray picture: white is edited, black stays as it is."),
    click.option("--region", help="Rectangle to edit: x,y,width,height in pixels."),
    click.option("--context", help="What the model sees: auto, selection, canvas, or x,y,width,height."),
    click.option("--grow", type=int, help="Pixels outside (or, negative, inside) the selection to begin at."),
    click.option("--feather", type=float, help="Width of the soft edge inside the selection, px."),
    click.option(
        "--blend", type=float, help="Width over which new content is led into its surroundings, px."
    ),
    click.option(
        "--transfer",
        type=click.Choice(["auto", "tonal", "content"]),
        help="Recolour your own pixels, take the model's, or decide per pixel.  [default: auto]",
    ),
    click.option("--colour-match", type=float, help="0 to 1: pull the result to the surroundings' colours."),
    click.option("--json", "as_json", is_flag=True, help="One JSON event per line on stdout."),
)
_NAMES = {"guidance_scale", "image_guidance_scale", "sampler", "colour_match", "transfer", "context", "mask"}
_RENAMED = {
    "steps": "num_inference_steps",
    "grow": "grow_px",
    "feather": "feather_px",
    "blend": "blend_px",
    "region": "region",
    "seed": "seed",
    "variations": "variations",
}


def edit_options(function: Function) -> Function:
    """Add the shared options to a command."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def job_values(options: dict[str, Any]) -> dict[str, Any]:
    """The shared options that were given, as keys of a job file's item."""
    given = {key: value for key, value in options.items() if value is not None}
    kept = {_RENAMED.get(key, key): value for key, value in given.items() if key in {*_NAMES, *_RENAMED}}
    if "mask" in kept:
        kept["mask"] = kept["mask"].absolute()
    return kept


def load(model: str, device: str) -> tuple[Any, str]:
    """The editor of a model on a device, and the device's name."""
    from mgie.editors.loading import best_device, open_editor
    from mgie.model.load_options import LoadOptions

    device = best_device() if device == "auto" else device
    return open_editor(model, LoadOptions(device=device)), device
