"""Things laid over a photograph: frames, words, shapes, watermarks."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mgie.synth.light import Linear, Plane, to_linear

COLOURS = {
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "red": (200, 30, 30),
    "blue": (35, 70, 200),
    "green": (30, 150, 60),
    "yellow": (240, 210, 40),
}
WORDS = ("HELLO", "SUMMER", "SALE", "2024", "PARIS", "HOME")
SHAPES = ("circle", "square", "triangle")


def _colour(name: str) -> Linear:
    return to_linear(np.array(COLOURS[name], dtype=np.uint8))


def _over(linear: Linear, coverage: Plane, colour: str) -> Linear:
    weight = coverage[..., None]
    return linear * (1 - weight) + _colour(colour) * weight


def frame(linear: Linear, colour: str, amount: float) -> Linear:
    """A plain border of 7 % of the short side times amount."""
    height, width = linear.shape[:2]
    thickness = max(1, round(0.07 * amount * min(height, width)))
    framed = np.empty_like(linear)
    framed[:] = _colour(colour)
    inside = np.s_[thickness : height - thickness, thickness : width - thickness]
    framed[inside] = linear[inside]
    return framed


def _drawn(size: tuple[int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    canvas = Image.new("L", size)
    return canvas, ImageDraw.Draw(canvas)


def _coverage(canvas: Image.Image) -> Plane:
    return np.asarray(canvas, dtype=np.float32) / 255


def text(linear: Linear, words: str, place: str, colour: str) -> Linear:
    """One line of words, at the top or at the bottom."""
    height, width = linear.shape[:2]
    canvas, draw = _drawn((width, height))
    y = 0.14 * height if place == "top" else 0.86 * height
    font = ImageFont.load_default(size=0.16 * height)
    draw.text((width / 2, y), words, fill=255, font=font, anchor="mm")
    return _over(linear, _coverage(canvas), colour)


def shape(linear: Linear, kind: str, place: str, colour: str) -> Linear:
    """A filled circle, square or triangle, at the left, the right or in the centre."""
    height, width = linear.shape[:2]
    canvas, draw = _drawn((width, height))
    reach = 0.16 * min(height, width)
    x = {"left": 0.25, "right": 0.75, "centre": 0.5}[place] * width
    y = height / 2
    if kind == "circle":
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=255)
    elif kind == "square":
        draw.rectangle((x - reach, y - reach, x + reach, y + reach), fill=255)
    else:
        draw.polygon([(x, y - reach), (x - reach, y + reach), (x + reach, y + reach)], fill=255)
    return _over(linear, _coverage(canvas), colour)


def watermark(linear: Linear, words: str) -> Linear:
    """Half-transparent white words on a diagonal."""
    height, width = linear.shape[:2]
    canvas, draw = _drawn((width, height))
    draw.text(
        (width / 2, height / 2), words, fill=130, font=ImageFont.load_default(size=0.2 * height), anchor="mm"
    )
    return _over(linear, _coverage(canvas.rotate(30)), "white")
