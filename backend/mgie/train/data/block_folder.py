"""Rows of arrays, each with a line of JSON, in a folder that is filled block by block and survives a stop.

NAME.npy holds one array with room for all rows, texts.jsonl one line per row, state.json how far it is and
what the rows were made from. A block counts once state.json says so; what a crash left behind it is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.lib.format import open_memmap
from torch import nn

from mgie.atomic_write import write_atomically
from mgie.errors import BadData

_STATE, _TEXTS = "state.json", "texts.jsonl"


class Filled(NamedTuple):
    """How far a folder is."""

    num_read: int  # items of the source that were looked at
    num_rows: int  # of them in the folder
    fingerprint: str  # of all that decides the content


class BlockWriter:
    """A folder being filled, from where it was stopped."""

    def __init__(self, folder: Path, fingerprint: str, num_rows: int) -> None:
        """num_rows: room for so many. Raises BadData when the folder was made from something else."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._num_rows = folder, num_rows
        self.filled = read_filled(folder, fingerprint) or Filled(0, 0, fingerprint)
        _keep_lines(folder / _TEXTS, self.filled.num_rows)
        self._texts = folder / _TEXTS

    def add(self, arrays: Mapping[str, npt.NDArray[Any]], texts: Iterable[object], *, num_read: int) -> None:
        """One block. arrays: name -> rows; texts: one value per row; num_read: items they were made from."""
        lines = [json.dumps(text) + "\n" for text in texts]
        start, end = self.filled.num_rows, self.filled.num_rows + len(lines)
        for name, values in arrays.items():
            stored = self._opened(name, values)
            stored[start:end] = values
            stored.flush()
        with self._texts.open("a", encoding="utf-8") as file:
            file.writelines(lines)
        self.filled = Filled(self.filled.num_read + num_read, end, self.filled.fingerprint)
        write_atomically(self._folder / _STATE, json.dumps(self.filled._asdict()).encode())

    def _opened(self, name: str, values: npt.NDArray[Any]) -> np.memmap[Any, Any]:
        path = self._folder / f"{name}.npy"
        if not path.exists():  # sparse: room for every row, filled as it goes
            shape = (self._num_rows, *values.shape[1:])
            return open_memmap(path, mode="w+", dtype=values.dtype, shape=shape)
        array = open_memmap(path, mode="r+")
        if len(array) != self._num_rows:
            raise BadData(f"{path} has room for {len(array)} rows, not {self._num_rows}; remove the folder")
        return array


def read_filled(folder: Path, fingerprint: str | None = None) -> Filled | None:
    """How far a folder is; None where there is nothing yet.

    Raises BadData when it was made from something else than `fingerprint` says.
    """
    try:
        filled = Filled(**json.loads((folder / _STATE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise BadData(f"{folder / _STATE} is damaged; remove the folder and build it again") from error
    if fingerprint not in (None, filled.fingerprint):
        raise BadData(f"{folder} was made from other data, sizes or weights; remove it or choose another")
    return filled


def map_arrays(folder: Path) -> dict[str, npt.NDArray[Any]]:
    """Every array of a folder, mapped into memory."""
    return {path.stem: np.load(path, mmap_mode="r") for path in sorted(folder.glob("*.npy"))}


def read_texts(folder: Path, count: int) -> list[Any]:
    """The values beside the first `count` rows."""
    lines = _lines(folder / _TEXTS)
    return [json.loads(line) for line, _ in zip(lines, range(count), strict=False)]


def weights_summary(module: nn.Module) -> Iterator[str]:
    """One line per weight, for a fingerprint: name and sum."""
    for name, weight in module.state_dict().items():
        yield f"{name} {float(weight.double().sum()):.6e}"


def _keep_lines(path: Path, count: int) -> None:
    """Drop the lines of a block that was not finished."""
    lines = list(_lines(path)) if path.exists() else []
    if len(lines) > count:
        write_atomically(path, "".join(line + "\n" for line in lines[:count]).encode())


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        yield from (line.rstrip("\n") for line in file)
