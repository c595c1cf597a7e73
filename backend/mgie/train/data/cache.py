"""What the frozen networks make of a data set, computed once: latents of both pictures, image features.

`build_cache`     a generator: fills a folder block by block, goes on where it was stopped
`CachedExamples`  the folder as a source of examples; no picture is read, no frozen network runs

A cache knows what it was made from (data, picture sizes, weights) and refuses anything else.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
from collections.abc import Generator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, Dataset

from mgie.errors import BadData
from mgie.model.networks import Networks
from mgie.train.config import TrainConfig
from mgie.train.data.block_folder import BlockWriter, map_arrays, read_filled, read_texts, weights_summary
from mgie.train.data.examples import Example, ExampleMaker, Pixels
from mgie.train.data.frozen import encode_pixels, encode_vision
from mgie.train.data.pairs import BadPair, PairSource

log = logging.getLogger(__name__)


class CacheProgress(NamedTuple):
    """How far the building is."""

    num_read: int  # pairs of the source
    num_good: int  # of them in the cache


@dataclasses.dataclass(frozen=True, kw_only=True)
class CacheMaker:
    """Everything that goes into a cache."""

    config: TrainConfig
    networks: Networks  # on the device that computes
    source: PairSource
    maker: ExampleMaker

    @property
    def has_features(self) -> bool:
        """Whether features are kept instead of the vision tower's input."""
        cache = self.config.cache
        is_frozen = self.config.learning_rates.vision_tower == 0
        return (
            cache is not None and cache.has_features and is_frozen and self.networks.vision_tower is not None
        )

    def fingerprint(self) -> str:
        """SHA-256 over all that decides the content."""
        digest = hashlib.sha256()
        plain = {
            "data": [dataclasses.asdict(data) for data in self.config.data],
            "expressive_text": self.config.text.expressive_text,
            "pictures": dataclasses.asdict(self.config.pictures),
            "vision": self.networks.config.vision and dataclasses.asdict(self.networks.config.vision),
            "has_features": self.has_features,
        }
        digest.update(json.dumps(plain, sort_keys=True).encode())
        parts = [self.networks.vae, *([self.networks.vision_tower] if self.has_features else [])]
        for part in parts:
            for line in weights_summary(part) if part is not None else ():
                digest.update(line.encode())
        return digest.hexdigest()


def build_cache(
    cache: CacheMaker, folder: Path, *, block: int = 32, num_workers: int = 0
) -> Generator[CacheProgress]:
    """Fill `folder`, yielding after every block of pairs. Bad pairs are left out and counted."""
    total = len(cache.source)
    writer = BlockWriter(folder, cache.fingerprint(), total)
    loader = DataLoader(
        _Prepared(cache, range(writer.filled.num_read, total)),
        batch_size=block,
        num_workers=num_workers,
        collate_fn=list,
    )
    for items in loader:
        good = [item for item in items if item is not None]
        arrays = _computed(cache, [item.pixels for item in good]) if good else {}
        writer.add(arrays, [item.text for item in good], num_read=len(items))
        yield CacheProgress(writer.filled.num_read, writer.filled.num_rows)


class CachedExamples:
    """A finished cache as a source of examples."""

    def __init__(self, cache: CacheMaker, folder: Path) -> None:
        """Raises BadData when the cache is missing, unfinished or made from something else."""
        filled = read_filled(folder, cache.fingerprint())
        total = len(cache.source)
        if filled is None or filled.num_read < total:
            done = "missing" if filled is None else f"unfinished ({filled.num_read} of {total} pairs)"
            raise BadData(f"the cache {folder} is {done}; build it with `mgie data cache`")
        if filled.num_rows == 0:
            raise BadData(f"the cache {folder} holds no good pair")
        self._folder, self._length, self._maker = folder, filled.num_rows, cache.maker
        self._texts = read_texts(folder, filled.num_rows)
        self._arrays: dict[str, npt.NDArray[Any]] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Data loading workers map the arrays for themselves."""
        return {**self.__dict__, "_arrays": {}}

    def __len__(self) -> int:
        """Good pairs."""
        return self._length

    def __getitem__(self, index: int) -> Example:
        """Example `index`."""
        if not self._arrays:
            self._arrays = map_arrays(self._folder)
        tensors = {name: torch.from_numpy(np.array(array[index])) for name, array in self._arrays.items()}
        text = self._texts[index]
        return self._maker.joined(text["instruction"], text["expressive"], Pixels(**tensors))


class _Item(NamedTuple):
    pixels: Pixels
    text: dict[str, str]  # key, instruction, expressive


class _Prepared(Dataset[_Item | None]):
    """Pairs read and resized by worker processes; None for a bad one."""

    def __init__(self, cache: CacheMaker, indices: range) -> None:
        self._source, self._maker, self._indices = cache.source, cache.maker, indices

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, place: int) -> _Item | None:
        try:
            pair = self._source[self._indices[place]]
            self._maker(pair)  # also refuses texts that cannot be learned from
            text = {
                "key": pair.key,
                "instruction": pair.instruction,
                "expressive": pair.expressive_instruction,
            }
            return _Item(self._maker.pixels(pair), text)
        except BadPair as error:
            log.warning("pair skipped error=%s", error)
            return None


@torch.no_grad()
def _computed(cache: CacheMaker, pixels: list[Pixels]) -> dict[str, npt.NDArray[Any]]:
    """Arrays of one block under the names of `Pixels`."""
    device = cache.networks.vae.device
    both = torch.stack([item.both for item in pixels if item.both is not None], 1).to(device)
    latents = encode_pixels(cache.networks, both)
    arrays = {"image_latents": latents.image, "goal_mean": latents.goal_mean, "goal_std": latents.goal_std}
    vision = [item.vision_pixels for item in pixels if item.vision_pixels is not None]
    if vision and cache.has_features:
        arrays["image_features"] = encode_vision(cache.networks, torch.stack(vision).to(device)).half()
    elif vision:
        arrays["vision_pixels"] = torch.stack(vision)
    return {name: array.cpu().numpy() for name, array in arrays.items()}
