"""MagicBrush as it lies on the hub (osunlp/MagicBrush): parquet files with the pictures inside."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mgie.errors import BadData
from mgie.train.data.pairs import BadPair, ByteImage, EditPair
from mgie.train.data.reading import decode_picture

_COLUMNS = ["img_id", "turn_index", "source_img", "instruction", "target_img"]


class MagicBrush:
    """`data/{train,dev}-*.parquet`, one row per turn; pictures are {bytes, path}.

    A whole row group is read at a time and the last one is kept, so reading in order is fast and
    reading in random order is not: build a cache first (`mgie data cache`).
    """

    def __init__(self, folder: Path, split: str) -> None:
        files = sorted(folder.glob(f"data/{split}-*.parquet")) or sorted(folder.glob(f"{split}-*.parquet"))
        if not files:
            raise BadData(f"{folder} holds no data/{split}-*.parquet")
        self._split = split
        self._groups: list[tuple[Path, int]] = []
        lengths: list[int] = []
        for path in files:
            rows = _rows_per_group(path)
            self._groups += [(path, group) for group in range(len(rows))]
            lengths += rows
        self._ends = np.cumsum(lengths)
        self._kept: tuple[int, list[dict[str, Any]]] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Data loading workers keep their own row group."""
        return {**self.__dict__, "_kept": None}

    @property
    def name(self) -> str:
        """The data set and its split."""
        return f"magicbrush-{self._split}"

    def __len__(self) -> int:
        """Number of turns."""
        return int(self._ends[-1])

    def __getitem__(self, index: int) -> EditPair:
        """One turn: its own input, its instruction, its result."""
        group = int(np.searchsorted(self._ends, index, side="right"))
        row = self._rows(group)[index - (int(self._ends[group - 1]) if group else 0)]
        key = f"{row['img_id']}-{row['turn_index']}"
        if not isinstance(row["instruction"], str):
            raise BadPair(f"{key}: no instruction")
        return EditPair(
            key=key,
            image=_picture(row["source_img"], f"{key} source_img"),
            goal=_picture(row["target_img"], f"{key} target_img"),
            instruction=row["instruction"],
            group=str(row["img_id"]),
        )

    def _rows(self, group: int) -> list[dict[str, Any]]:
        if self._kept is None or self._kept[0] != group:
            path, row_group = self._groups[group]
            try:
                with pq.ParquetFile(path) as file:
                    table = file.read_row_group(row_group, columns=_COLUMNS)
            except (OSError, pa.ArrowException) as error:
                raise BadPair(f"{path.name}: row group {row_group} cannot be read: {error}") from error
            self._kept = (group, cast("list[dict[str, Any]]", table.to_pylist()))
        return self._kept[1]


def _rows_per_group(path: Path) -> list[int]:
    try:
        with pq.ParquetFile(path) as file:
            missing = set(_COLUMNS) - set(file.schema_arrow.names)
            if missing:
                raise BadData(f"{path.name} lacks the columns {', '.join(sorted(missing))}")
            return [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
    except (OSError, pa.ArrowException) as error:
        raise BadData(f"{path} is no readable parquet file: {error}") from error


def _picture(value: Any, what: str) -> ByteImage:
    data = cast("dict[str, Any]", value).get("bytes") if isinstance(value, dict) else None
    if not isinstance(data, bytes):
        raise BadPair(f"{what}: no picture")
    return decode_picture(data, what)
