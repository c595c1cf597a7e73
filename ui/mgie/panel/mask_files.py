"""The coverage of captured regions, a file each beside the drafts, for whose JSON it is too large."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Mapping
from pathlib import Path

from mgie.api.rect import Rect
from mgie.atomic_write import write_atomically
from mgie.host.types import HostMask

log = logging.getLogger(__name__)

SUFFIX = ".mask"


def read_mask(folder: Path, key: str, bounds: Rect) -> HostMask | None:
    """The coverage of a region over its bounds; None where there is none that fits."""
    if not key.isalnum():  # a region's key is; anything else could name another folder
        return None
    try:
        packed = (folder / f"{key}{SUFFIX}").read_bytes()
        coverage = zlib.decompressobj().decompress(packed, bounds.num_pixels + 1)
    except FileNotFoundError:
        return None
    except (OSError, zlib.error) as error:
        log.warning("the mask of region %s cannot be read: %s", key, error)
        return None
    return HostMask(rect=bounds, coverage=coverage) if len(coverage) == bounds.num_pixels else None


def keep_masks(folder: Path, masks: Mapping[str, HostMask]) -> None:
    """Write the masks that are not there yet and remove those of regions that are gone. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    there = {path.stem: path for path in folder.glob(f"*{SUFFIX}")}
    for key in masks.keys() - there.keys():
        packed = zlib.compress(masks[key].coverage, 1)
        write_atomically(folder / f"{key}{SUFFIX}", packed, mode=0o600, follows_links=False)
    for key in there.keys() - masks.keys():
        there[key].unlink(missing_ok=True)
