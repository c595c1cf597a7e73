"""GEdit-Bench (Step1X-Edit) as it lies on the hub: English and Chinese requests in eleven tasks, no goals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mgie.evaluate.datasets.item import EvalItem, single_turns
from mgie.train.data.parquet_rows import ParquetRows, instruction_of, picture_in

_COLUMNS = ["key", "task_type", "instruction", "input_image_raw", "Intersection_exist"]
_LANGUAGE = "instruction_language"


class GEdit:
    """`data/train-*.parquet`; a split is a language.

    Tags: the task, and "intersection" for the requests that every system of the paper answered.
    """

    def __init__(self, folder: Path, language: str) -> None:
        self._language = language
        self._rows = ParquetRows(folder, "train", _COLUMNS)
        languages = ParquetRows(folder, "train", [_LANGUAGE])
        self._indices = [i for i in range(len(languages)) if languages[i][_LANGUAGE] == language]

    @property
    def name(self) -> str:
        """The data set and its language."""
        return f"gedit-{self._language}"

    def __len__(self) -> int:
        """Number of requests in this language."""
        return len(self._indices)

    def __getitem__(self, index: int) -> EvalItem:
        """Request `index`."""
        row = self._rows[self._indices[index]]
        key = str(row["key"])
        return EvalItem(
            key=key,
            instruction=instruction_of(row, key),
            image=picture_in(row["input_image_raw"], key),
            group=key,
            tags=(str(row["task_type"]), *(["intersection"] if row["Intersection_exist"] else [])),
        )

    def sessions(self) -> Sequence[Sequence[int]]:
        """Every request alone."""
        return single_turns(len(self))
