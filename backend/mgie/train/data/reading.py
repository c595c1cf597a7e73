"""Reading pictures and tables that other people wrote. Whatever is wrong with one item is a `BadPair`."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from mgie.errors import BadData
from mgie.train.data.pairs import BadPair, ByteImage

# What Pillow raises on damaged files; struct.error and friends are ValueErrors or SyntaxErrors there.
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)


def decode_picture(data: bytes, what: str) -> ByteImage:
    """RGB pixels (H, W, 3) of an encoded picture, turned as the camera says; a GIF gives its first frame."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.mode.startswith(("I", "F")):
                raise BadPair(f"{what} holds {image.mode} pixels; expected 8 bits per channel")
            return np.array(ImageOps.exif_transpose(image).convert("RGB"))
    except BadPair:
        raise
    except _DAMAGED as error:
        raise BadPair(f"{what} cannot be decoded: {error}") from error


def read_picture(path: Path) -> ByteImage:
    """RGB pixels (H, W, 3) of a picture file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadPair(f"{path.name} cannot be read: {error.strerror}") from error
    return decode_picture(data, path.name)


def read_table(path: Path) -> Any:
    """The content of a JSON file that describes a whole data set."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadData(
            f"{path} does not exist; see docs/training.md for the layout of each data set"
        ) from error
    except (OSError, ValueError) as error:
        raise BadData(f"{path} cannot be read as JSON: {error}") from error
