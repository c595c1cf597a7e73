"""MagicBrush as it lies on the hub (osunlp/MagicBrush): parquet files with the pictures inside."""

from __future__ import annotations

from pathlib import Path

from mgie.train.data.pairs import EditPair
from mgie.train.data.parquet_rows import ParquetRows, instruction_of, picture_in

_COLUMNS = ["img_id", "turn_index", "source_img", "instruction", "target_img"]


class MagicBrush:
    """`data/{train,dev}-*.parquet`, one row per turn. For random order build a cache (`mgie data cache`)."""

    def __init__(self, folder: Path, split: str) -> None:
        self._split = split
        self._rows = ParquetRows(folder, split, _COLUMNS)

    @property
    def name(self) -> str:
        """The data set and its split."""
        return f"magicbrush-{self._split}"

    def __len__(self) -> int:
        """Number of turns."""
        return len(self._rows)

    def __getitem__(self, index: int) -> EditPair:
        """One turn: its own input, its instruction, its result."""
        row = self._rows[index]
        key = f"{row['img_id']}-{row['turn_index']}"
        return EditPair(
            key=key,
            image=picture_in(row["source_img"], f"{key} source_img"),
            goal=picture_in(row["target_img"], f"{key} target_img"),
            instruction=instruction_of(row, key),
            group=str(row["img_id"]),
        )
