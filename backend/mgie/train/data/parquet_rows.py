"""Rows of parquet files as they lie on the hub, `data/SPLIT-*.parquet`; pictures inside are {bytes, path}."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mgie.errors import BadData
from mgie.train.data.pairs import BadPair, ByteImage
from mgie.train.data.reading import decode_picture


class ParquetRows:
    """The rows of one split, over all its files.

    A whole row group is read at a time and the last one is kept, so reading in order is fast and
    reading in random order is not.
    """

    def __init__(self, folder: Path, split: str, columns: Sequence[str]) -> None:
        """columns: what a row has. Raises BadData where a file is damaged or lacks one of them."""
        files = sorted(folder.glob(f"data/{split}-*.parquet")) or sorted(folder.glob(f"{split}-*.parquet"))
        if not files:
            raise BadData(f"{folder} holds no data/{split}-*.parquet")
        self._columns = list(columns)
        self._groups: list[tuple[Path, int]] = []
        lengths: list[int] = []
        for path in files:
            rows = _rows_per_group(path, self._columns)
            self._groups += [(path, group) for group in range(len(rows))]
            lengths += rows
        self._ends = np.cumsum(lengths)
        self._kept: tuple[int, list[dict[str, Any]]] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Data loading workers keep their own row group."""
        return {**self.__dict__, "_kept": None}

    def __len__(self) -> int:
        """Number of rows."""
        return int(self._ends[-1])

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Row `index`. Raises BadPair where its row group cannot be read."""
        group = int(np.searchsorted(self._ends, index, side="right"))
        return self._rows(group)[index - (int(self._ends[group - 1]) if group else 0)]

    def _rows(self, group: int) -> list[dict[str, Any]]:
        if self._kept is None or self._kept[0] != group:
            path, row_group = self._groups[group]
            try:
                with pq.ParquetFile(path) as file:
                    table = file.read_row_group(row_group, columns=self._columns)
            except (OSError, pa.ArrowException) as error:
                raise BadPair(f"{path.name}: row group {row_group} cannot be read: {error}") from error
            self._kept = (group, cast("list[dict[str, Any]]", table.to_pylist()))
        return self._kept[1]


def picture_in(value: Any, what: str) -> ByteImage:
    """The picture of a row. Raises BadPair, naming `what`, where there is none or it is damaged."""
    data = picture_bytes(value)
    if data is None:
        raise BadPair(f"{what}: no picture")
    return decode_picture(data, what)


def picture_bytes(value: Any) -> bytes | None:
    """The encoded picture of a row, if it has one."""
    data = cast("dict[str, Any]", value).get("bytes") if isinstance(value, dict) else None
    return data if isinstance(data, bytes) else None


def instruction_of(row: dict[str, Any], key: str) -> str:
    """What is asked for. Raises BadPair where that is empty."""
    instruction = row["instruction"]
    if not isinstance(instruction, str) or not instruction.strip():
        raise BadPair(f"{key}: no instruction")
    return instruction


def _rows_per_group(path: Path, columns: Sequence[str]) -> list[int]:
    try:
        with pq.ParquetFile(path) as file:
            missing = set(columns) - set(file.schema_arrow.names)
            if missing:
                raise BadData(f"{path.name} lacks the columns {', '.join(sorted(missing))}")
            return [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
    except (OSError, pa.ArrowException) as error:
        raise BadData(f"{path} is no readable parquet file: {error}") from error
