"""What every painter checks before it samples a batch."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image

from mgie.api.models import Model
from mgie.errors import BadImage, BadOption
from mgie.model.diffusion import fit_size
from mgie.model.events import SampleRequest


def check_requests(requests: Sequence[SampleRequest], multiple_px: int, model: Model) -> list[Image.Image]:
    """The pictures of a batch, RGB, their sides rounded down to multiples of `multiple_px`.

    Raises BadOption for an empty batch or more reference pictures than the model takes, BadImage for pictures
    of different sizes or too small ones, and for references that differ in number or size.
    """
    if not requests:
        raise BadOption("there is nothing to sample: give at least one request")
    for request in requests:
        check_references(request.references, model)
    images = [fit_size(request.image, multiple_px) for request in requests]
    sizes = sorted({image.size for image in images})
    if len(sizes) > 1:
        raise BadImage(f"pictures of one batch must have one size, but there are {sizes}")
    layouts = {tuple(reference.size for reference in request.references) for request in requests}
    if len(layouts) > 1:
        raise BadImage("requests of one batch must have reference pictures of the same sizes")
    return images


def check_references(references: Sequence[Image.Image], model: Model) -> None:
    """Raises BadOption for more reference pictures than the model takes."""
    if len(references) > model.max_references:
        allowed = f"at most {model.max_references}" if model.max_references else "no"
        raise BadOption(f"{model.id} takes {allowed} reference pictures; {len(references)} were given")


def limit_area(image: Image.Image, max_pixels: int) -> Image.Image:
    """The picture, made smaller (Lanczos) where it has more pixels."""
    scale = math.sqrt(max_pixels / (image.width * image.height))
    if scale >= 1:
        return image
    size = (max(1, int(image.width * scale)), max(1, int(image.height * scale)))
    return image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
