"""Which pair is seen when: a pure function of the seed, so that a resumed run, and any number of processes,
sees the same pairs in the same order.

The stream of pairs is one seeded permutation of the data after another, without end. Step `s` takes the
next `pairs_per_step` of it; process `rank` of `world_size` takes its own slice of every forward pass.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sized
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch.utils.data import Sampler


class Place(NamedTuple):
    """One place in the stream."""

    position: int  # 0-based place in the endless stream; seeds the draws of this sample
    item: int  # which pair of the source stands there


@dataclass(frozen=True, kw_only=True)
class Shard:
    """The part of the stream that one process works on."""

    batch_size: int  # pairs per forward pass of this process
    accumulation: int  # forward passes per step
    rank: int = 0
    world_size: int = 1

    @property
    def pairs_per_step(self) -> int:
        """Pairs of one optimizer step over all processes."""
        return self.batch_size * self.accumulation * self.world_size

    def positions(self, step: int, micro_step: int) -> range:
        """Stream positions of one forward pass."""
        start = step * self.pairs_per_step
        start += (micro_step * self.world_size + self.rank) * self.batch_size
        return range(start, start + self.batch_size)


class StreamOrder(Sampler[list[Place]]):
    """Batches of places, from `first_step` on, for `num_steps` steps in all."""

    def __init__(self, source: Sized, shard: Shard, *, seed: int, first_step: int, num_steps: int) -> None:
        self._length, self._shard, self._seed = len(source), shard, seed
        self._steps = range(first_step, num_steps)

    def __len__(self) -> int:
        """Forward passes left."""
        return len(self._steps) * self._shard.accumulation

    def __iter__(self) -> Iterator[list[Place]]:
        """One list of places per forward pass."""
        epoch, order = -1, torch.empty(0, dtype=torch.int64)
        for step in self._steps:
            for micro_step in range(self._shard.accumulation):
                places: list[Place] = []
                for position in self._shard.positions(step, micro_step):
                    if position // self._length != epoch:
                        epoch = position // self._length
                        order = permutation(self._length, self._seed, epoch)
                    places.append(Place(position, int(order[position % self._length])))
                yield places


def permutation(length: int, seed: int, epoch: int) -> torch.Tensor:
    """The order of one pass over the data."""
    return torch.randperm(length, generator=seeded(seed, epoch, "order"))


def seeded(seed: int, number: int, purpose: str) -> torch.Generator:
    """A CPU generator of its own for every (seed, number, purpose)."""
    entropy = np.random.SeedSequence([seed, number, zlib.crc32(purpose.encode())])
    return torch.Generator().manual_seed(int(entropy.generate_state(1, np.uint64)[0] >> 1))
