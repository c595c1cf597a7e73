"""Emu Edit's test set as it lies on the hub: parquet files with the input and two captions, but no goal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mgie.evaluate.datasets.item import CaptionKind, EvalItem, single_turns
from mgie.train.data.parquet_rows import ParquetRows, instruction_of, picture_in

_COLUMNS = ["instruction", "image", "task", "idx", "input_caption", "output_caption"]


class EmuEdit:
    """`data/{validation,test}-*.parquet`; what comes out is compared with the input and the captions.

    Items whose two captions are equal have no direction of change: they carry the tag "equal-captions".
    """

    def __init__(self, folder: Path, split: str) -> None:
        self._split = split
        self._rows = ParquetRows(folder, split, _COLUMNS)

    @property
    def name(self) -> str:
        """The data set and its split."""
        return f"emu-edit-{self._split}"

    def __len__(self) -> int:
        """Number of rows."""
        return len(self._rows)

    def __getitem__(self, index: int) -> EvalItem:
        """Row `index`."""
        row = self._rows[index]
        key = f"{row['idx']}-{row['task']}-{index}"
        before, after = row["input_caption"], row["output_caption"]
        captions: dict[CaptionKind, str] = {}
        if isinstance(before, str) and isinstance(after, str):
            captions = {"source": before, "global": after}
        return EvalItem(
            key=key,
            instruction=instruction_of(row, key),
            image=picture_in(row["image"], key),
            captions=captions,
            group=str(row["idx"]),
            tags=(str(row["task"]), *(["equal-captions"] if before == after else [])),
        )

    def sessions(self) -> Sequence[Sequence[int]]:
        """Every row alone."""
        return single_turns(len(self))
