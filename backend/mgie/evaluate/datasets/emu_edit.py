"""Emu Edit's test set as it lies on the hub: parquet files with the input and two captions, but no goal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mgie.errors import BadData
from mgie.evaluate.datasets.item import CaptionKind, EvalItem, single_turns
from mgie.train.data.pairs import BadPair
from mgie.train.data.reading import decode_picture

_COLUMNS = ["instruction", "image", "task", "idx", "input_caption", "output_caption"]


class EmuEdit:
    """`data/{validation,test}-*.parquet`; what comes out is compared with the input and the captions.

    Items whose two captions are equal have no direction of change: they carry the tag "equal-captions".
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

    @property
    def name(self) -> str:
        """The data set and its split."""
        return f"emu-edit-{self._split}"

    def __len__(self) -> int:
        """Number of rows."""
        return int(self._ends[-1])

    def __getitem__(self, index: int) -> EvalItem:
        """Row `index`."""
        group = int(np.searchsorted(self._ends, index, side="right"))
        row = self._rows(group)[index - (int(self._ends[group - 1]) if group else 0)]
        key = f"{row['idx']}-{row['task']}-{index}"
        picture, instruction = row["image"], row["instruction"]
        if not isinstance(instruction, str) or not instruction.strip():
            raise BadPair(f"{key}: no instruction")
        if not isinstance(picture, dict) or not isinstance(picture.get("bytes"), bytes):
            raise BadPair(f"{key}: no picture")
        before, after = row["input_caption"], row["output_caption"]
        captions: dict[CaptionKind, str] = {}
        if isinstance(before, str) and isinstance(after, str):
            captions = {"source": before, "global": after}
        return EvalItem(
            key=key,
            image=decode_picture(picture["bytes"], key),
            instruction=instruction,
            captions=captions,
            group=str(row["idx"]),
            tags=(str(row["task"]), *(["equal-captions"] if before == after else [])),
        )

    def sessions(self) -> Sequence[Sequence[int]]:
        """Every row alone."""
        return single_turns(len(self))

    def _rows(self, group: int) -> list[dict[str, Any]]:
        if self._kept is None or self._kept[0] != group:
            path, row_group = self._groups[group]
            with pq.ParquetFile(path) as file:
                self._kept = (group, file.read_row_group(row_group, columns=_COLUMNS).to_pylist())
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
