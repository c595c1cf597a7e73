"""A folder of photographs: list, hold out by source, crop, pack into one file."""

from __future__ import annotations

import io
import logging
import zipfile
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
_WEBP_QUALITY = 88


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


def save_small_pack(folder: Path, path: Path, size_px: int) -> None:
    """Write both splits as WebP squares into one zip, a tenth the size of plain pixels, to take along."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as pack:
        for split in ("train", "held_out"):
            for number, square in enumerate(pack_photos(folder, size_px, split)):
                content = io.BytesIO()
                Image.fromarray(square).save(content, "WEBP", quality=_WEBP_QUALITY, method=4)
                pack.writestr(f"{split}/{number:05}.webp", content.getvalue())


def read_small_pack(path: Path, size_px: int, split: PhotoSplit) -> npt.NDArray[np.uint8]:
    """A split of a zip that `save_small_pack` wrote, (N, size_px, size_px, 3)."""
    with zipfile.ZipFile(path) as pack:
        names = [name for name in pack.namelist() if name.startswith(f"{split}/")]
        if not names:
            raise BadData(f"{path} holds no photographs of the {split!r} kind; pack a folder anew")
        squares = [np.asarray(Image.open(io.BytesIO(pack.read(name))).convert("RGB")) for name in names]
    if squares[0].shape != (size_px, size_px, 3):
        raise BadData(f"{path} holds pictures of {squares[0].shape}; expected ({size_px}, {size_px}, 3)")
    return np.stack(squares)
