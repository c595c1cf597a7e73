"""Published keys to the library's by the library's own converter, without loading a tensor.

diffusers' converters rename tensors, split them, and join them again along their rows. Here they get the
numbers of the rows instead of the rows, and what comes out says which rows each new tensor is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from mgie.errors import BadCheckpoint
from mgie.weights.tensor_files import LazyTensor

_ROWS_PER_TENSOR = 1 << 40  # numbers of rows of different tensors stay apart


@dataclass(frozen=True)
class _Run:
    """Some rows of one tensor, one after the other."""

    source: LazyTensor
    start: int
    stop: int


def convert_rows(
    tensors: Mapping[str, LazyTensor],
    convert: Callable[[dict[str, Tensor]], dict[str, Tensor]],
    *,
    repeats: int = 1,
) -> dict[str, LazyTensor]:
    """What `convert` makes of the tensors, under its new keys, still unloaded.

    repeats: how often the converter sees every row, where it was written for a model so many times as wide.
    Raises BadCheckpoint for a key that it misses, or one that it leaves.
    """
    sources = list(tensors.values())
    numbers = {
        key: (torch.arange(tensor.shape[0] if tensor.shape else 1) + index * _ROWS_PER_TENSOR)
        .repeat_interleave(repeats)
        .contiguous()
        for index, (key, tensor) in enumerate(tensors.items())
    }
    where = sources[0].file if sources else "an empty file"
    try:
        converted = convert(numbers)
    except (KeyError, IndexError, RuntimeError) as error:
        raise BadCheckpoint(f"{where} lacks what its layout asks for: {error}") from error
    if left := set(numbers) - set(converted):
        raise BadCheckpoint(f"{where}: {min(left)} belongs to no network of this model")
    return {key: _joined(key, _runs(rows[::repeats], sources)) for key, rows in converted.items()}


def _runs(rows: Tensor, sources: list[LazyTensor]) -> list[_Run]:
    """Numbers of rows as runs of neighbours."""
    breaks = (rows.diff() != 1).nonzero().flatten() + 1
    bounds = [0, *breaks.tolist(), len(rows)]
    runs: list[_Run] = []
    for start, stop in pairwise(bounds):
        index, row = divmod(int(rows[start]), _ROWS_PER_TENSOR)
        runs.append(_Run(sources[index], row, row + stop - start))
    return runs


def _joined(key: str, runs: list[_Run]) -> LazyTensor:
    first, num_rows = runs[0].source, sum(run.stop - run.start for run in runs)

    def rows(start: int, stop: int) -> Tensor:
        return load()[start:stop]

    def load() -> Tensor:
        parts = [run.source.rows(run.start, run.stop) for run in runs] if first.shape else [first.load()]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    return LazyTensor(
        key=key,
        shape=(num_rows, *first.shape[1:]) if first.shape else (),
        dtype=first.dtype,
        file=first.file,
        load=load,
        load_rows=rows,
        work_bytes=max(run.source.work_bytes for run in runs),
    )
