"""Photographs made by arithmetic: tones, colours and edges in known places, in no time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image


def photo(seed: int = 0, size_px: int = 64) -> npt.NDArray[np.uint8]:
    """A landscape-like picture: light sky above, coloured ground below, some texture."""
    generator = np.random.default_rng(seed)
    y = np.linspace(0, 1, size_px)[:, None, None]
    sky, ground = generator.uniform(120, 230, 3), generator.uniform(30, 150, 3)
    blobs = Image.fromarray(generator.integers(0, 60, (6, 6, 3), dtype=np.uint8))
    texture = np.asarray(blobs.resize((size_px, size_px), Image.Resampling.BICUBIC), dtype=np.float64)
    picture = np.where(y < 0.5, sky, ground) + texture - 30 * y
    return np.clip(picture, 0, 255).astype(np.uint8)


def write_photos(folder: Path, count: int, size_px: int = 64) -> Path:
    """A folder of `count` PNG files; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        Image.fromarray(photo(index, size_px)).save(folder / f"{index:03}.png")
    return folder
