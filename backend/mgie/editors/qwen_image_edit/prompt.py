"""What the text encoder of Qwen-Image-Edit reads, as published: pictures and words in Qwen's chat format."""

from __future__ import annotations

import math

from PIL import Image

_SYSTEM = (
    "Describe the key features of the input image (color, shape, size, texture, objects, background), then "
    "explain how the user's text instruction should alter or modify the image. Generate a new image that "
    "meets the user's requirements while maintaining consistency with the original input where appropriate."
)
_PICTURE = "<|vision_start|><|image_pad|><|vision_end|>"
_MULTIPLE_PX = 32  # of the sides of pictures that are resized to an area


def prompt_of(text: str, num_pictures: int, *, numbers_pictures: bool) -> str:
    """The whole prompt. numbers_pictures: "Picture 1: " goes before the first, and so on (Plus).

    The artist's words are data: marks of the format in them are taken apart.
    """
    pictures = "".join(
        f"Picture {number}: {_PICTURE}" if numbers_pictures else _PICTURE
        for number in range(1, num_pictures + 1)
    )
    text = text.replace("<|", "< |")
    return (
        f"<|im_start|>system\n{_SYSTEM}<|im_end|>\n<|im_start|>user\n{pictures}{text}<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def resized_to(image: Image.Image, num_pixels: int) -> Image.Image:
    """The picture (Lanczos) with about so many pixels, sides multiples of 32, smaller ones enlarged."""
    width = math.sqrt(num_pixels * image.width / image.height)
    height = width * image.height / image.width
    size = tuple(max(1, round(side / _MULTIPLE_PX)) * _MULTIPLE_PX for side in (width, height))
    return image.convert("RGB").resize((size[0], size[1]), Image.Resampling.LANCZOS)
