"""A part of a document as the small 8-bit sRGB picture a model works on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from mgie.api.picture import Picture
from mgie.api.rect import Rect
from mgie.compose.colour import gray_of, working_to_srgb
from mgie.compose.pixels import read_colours
from mgie.compose.region import picture_rect
from mgie.compose.resample import Floats, block_mean, resize
from mgie.compose.threads import num_threads

STRIP_PIXELS = 1 << 20  # read at a time, so that memory stays bounded
BACKGROUND = 0.5  # what transparent pixels look like to the model, encoded


def model_picture(picture: Picture, context: Rect, width: int, height: int) -> Image.Image:
    """The context at the model's size: RGB, 8 bits, sRGB; transparent parts over middle gray."""
    small = resize(_reduced(picture, context, width, height), width, height)
    alpha = np.clip(small[..., 3:], 0.0, 1.0)
    colours = small[..., :3] / np.maximum(alpha, 1e-3)
    srgb = working_to_srgb(colours, picture.colour_space)
    if picture.num_colours == 1:
        srgb = gray_of(srgb)
    shown = np.clip(srgb, 0.0, 1.0) * alpha + BACKGROUND * (1.0 - alpha)
    return Image.fromarray(np.round(shown * 255.0).astype(np.uint8))


def _reduced(picture: Picture, context: Rect, width: int, height: int) -> Floats:
    """Working colours times alpha, and alpha: (h, w, 4), at least twice the model's size where possible."""
    factor = max(min(context.width // (2 * width), context.height // (2 * height)), 1)
    rows = max(STRIP_PIXELS // context.width // factor, 1) * factor

    def strip(top: int) -> Floats:
        place = Rect(context.x, top, context.width, min(rows, context.bottom - top))
        colours, alpha = read_colours(picture, place.within(picture_rect(picture)))
        cover = np.ones(colours.shape[1:], np.float32) if alpha is None else alpha
        planes = np.concatenate([colours if alpha is None else colours * cover, cover[None]])
        return block_mean(np.moveaxis(planes, 0, -1), factor)

    with ThreadPoolExecutor(max_workers=num_threads()) as pool:
        return np.concatenate(list(pool.map(strip, range(context.y, context.bottom, rows))))
