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
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.lib.format import open_memmap
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from mgie.errors import BadData
from mgie.model.networks import Networks
from mgie.train.config import TrainConfig
from mgie.train.data.examples import Example, ExampleMaker, Pixels
from mgie.train.data.frozen import encode_pixels, encode_vision
from mgie.train.data.pairs import BadPair, PairSource

log = logging.getLogger(__name__)

_STATE = "state.json"
_TEXTS = "texts.jsonl"
_STORED = {torch.uint8: np.uint8, torch.float16: np.float16, torch.float32: np.float32}


class CacheProgress(NamedTuple):
    """How far the building is."""

    num_read: int  # pairs of the source
    num_good: int  # of them in the cache
    num_total: int


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
            for name, weight in part.state_dict().items() if part is not None else ():
                digest.update(f"{name} {float(weight.double().sum()):.6e}".encode())
        return digest.hexdigest()


def build_cache(
    cache: CacheMaker, folder: Path, *, block: int = 32, num_workers: int = 0
) -> Generator[CacheProgress]:
    """Fill `folder`, yielding after every block of pairs. Bad pairs are left out and counted."""
    folder.mkdir(parents=True, exist_ok=True)
    fingerprint, total = cache.fingerprint(), len(cache.source)
    state = _read_state(folder, fingerprint) or {"num_read": 0, "num_good": 0, "fingerprint": fingerprint}
    _keep_lines(folder / _TEXTS, state["num_good"])
    loader = DataLoader(
        _Prepared(cache, range(state["num_read"], total)),
        batch_size=block,
        num_workers=num_workers,
        collate_fn=list,
    )
    with (folder / _TEXTS).open("a", encoding="utf-8") as texts:
        for items in loader:
            good = [item for item in items if item is not None]
            if good:
                _store(folder, state["num_good"], total, _computed(cache, [item.pixels for item in good]))
                texts.writelines(item.text + "\n" for item in good)
                texts.flush()
            state["num_read"] += len(items)
            state["num_good"] += len(good)
            _write_state(folder, state)
            yield CacheProgress(state["num_read"], state["num_good"], total)


class CachedExamples:
    """A finished cache as a source of examples."""

    def __init__(self, cache: CacheMaker, folder: Path) -> None:
        """Raises BadData when the cache is missing, unfinished or made from something else."""
        state = _read_state(folder, cache.fingerprint())
        if state is None or state["num_read"] < len(cache.source):
            done = (
                "missing"
                if state is None
                else f"unfinished ({state['num_read']} of {len(cache.source)} pairs)"
            )
            raise BadData(f"the cache {folder} is {done}; build it with `mgie data cache`")
        if state["num_good"] == 0:
            raise BadData(f"the cache {folder} holds no good pair")
        self._folder, self._length, self._maker = folder, int(state["num_good"]), cache.maker
        self._texts = [json.loads(line) for line in _lines(folder / _TEXTS)]
        self._arrays: dict[str, np.ndarray[Any, Any]] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Data loading workers map the arrays for themselves."""
        return {**self.__dict__, "_arrays": {}}

    def __len__(self) -> int:
        """Good pairs."""
        return self._length

    def __getitem__(self, index: int) -> Example:
        """Example `index`."""
        if not self._arrays:
            self._arrays = {path.stem: np.load(path, mmap_mode="r") for path in self._folder.glob("*.npy")}
        tensors = {name: torch.from_numpy(np.array(array[index])) for name, array in self._arrays.items()}
        text = self._texts[index]
        return self._maker.joined(text["instruction"], text["expressive"], Pixels(**tensors))


class _Item(NamedTuple):
    pixels: Pixels
    text: str  # a line of texts.jsonl


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
            texts = {"instruction": pair.instruction, "expressive": pair.expressive_instruction}
            return _Item(self._maker.pixels(pair), json.dumps({"key": pair.key, **texts}))
        except BadPair as error:
            log.warning("pair skipped error=%s", error)
            return None


@torch.no_grad()
def _computed(cache: CacheMaker, pixels: list[Pixels]) -> dict[str, Tensor]:
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
    return {name: array.cpu() for name, array in arrays.items()}


def _store(folder: Path, start: int, total: int, arrays: dict[str, Tensor]) -> None:
    for name, values in arrays.items():
        path, shape = folder / f"{name}.npy", (total, *values.shape[1:])
        mode = "r+" if path.exists() else "w+"  # sparse: room for every pair, filled as it goes
        stored = open_memmap(path, mode=mode, dtype=_STORED[values.dtype], shape=shape)
        stored[start : start + len(values)] = values.numpy()
        stored.flush()


def _read_state(folder: Path, fingerprint: str) -> dict[str, Any] | None:
    try:
        state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise BadData(f"{folder / _STATE} is damaged; remove the folder and build it again") from error
    if state["fingerprint"] != fingerprint:
        raise BadData(
            f"the cache {folder} was made from other data, sizes or weights; remove it or choose another"
        )
    return state


def _write_state(folder: Path, state: dict[str, Any]) -> None:
    partial = folder / f".{_STATE}"
    partial.write_text(json.dumps(state), encoding="utf-8")
    os.replace(partial, folder / _STATE)  # noqa: PTH105  # the atomic step, by its plain name


def _keep_lines(path: Path, count: int) -> None:
    kept = list(_lines(path))[:count] if path.exists() else []
    path.write_text("".join(line + "\n" for line in kept), encoding="utf-8")


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        yield from (line.rstrip("\n") for line in file)
