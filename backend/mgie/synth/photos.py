"""A folder of photographs: list, hold out by source, crop, pack into one file."""

from __future__ import annotations

import logging
import zlib
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from mgie.errors import BadData
from mgie.synth.light import Pixels

log = logging.getLogger(__name__)

PhotoSplit: TypeAlias = Literal["train", "held_out", "all"]
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")
HELD_OUT_PERCENT = 10


def is_held_out(name: str) -> bool:
    """Whether a photograph is kept for testing; fixed by its path within the folder, in every run."""
    return zlib.crc32(name.encode()) % 100 < HELD_OUT_PERCENT


def list_photos(folder: Path, split: PhotoSplit = "all") -> list[Path]:
    """Photographs below a folder in a fixed order."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    chosen = [
        path
        for path in files
        if split == "all" or is_held_out(path.relative_to(folder).as_posix()) == (split == "held_out")
    ]
    if not chosen:
        raise BadData(
            f"{folder} holds no photographs of the {split!r} kind; expected {', '.join(SUFFIXES)} files"
        )
    return chosen


def read_square(path: Path, size_px: int) -> Pixels:
    """The central square of a photograph at size_px, (size_px, size_px, 3)."""
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    return np.asarray(ImageOps.fit(upright, (size_px, size_px), Image.Resampling.LANCZOS)).copy()


def pack_photos(folder: Path, size_px: int, split: PhotoSplit = "all") -> npt.NDArray[np.uint8]:
    """All photographs of a split as one array (N, size_px, size_px, 3); unreadable ones are skipped."""
    squares: list[Pixels] = []
    skipped = 0
    for path in list_photos(folder, split):
        try:
            squares.append(read_square(path, size_px))
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
            skipped += 1
            log.warning("skipped %s: %s", path.name, error)
    if not squares:
        raise BadData(f"none of the photographs in {folder} could be read")
    log.info("packed photos=%d skipped=%d size_px=%d split=%s", len(squares), skipped, size_px, split)
    return np.stack(squares)
