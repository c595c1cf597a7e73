"""Anyone's own pictures: a folder with `items.csv` and the files it names."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mgie.errors import BadData
from mgie.evaluate.datasets.item import CaptionKind, EvalItem, single_turns
from mgie.evaluate.datasets.pairs import read_mask
from mgie.train.data.pairs import BadPair
from mgie.train.data.reading import read_picture

_COLUMNS = ("key", "input", "instruction", "goal", "mask", "group", "tags")
_CAPTIONS: dict[str, CaptionKind] = {
    "source_caption": "source",
    "local_caption": "local",
    "goal_caption": "global",
}


class PlainFolder:
    """`items.csv` with a heading; `input` and `instruction` are needed, the other columns are not.

    Columns: key, input, instruction, goal, mask, group, tags (separated by blanks), source_caption,
    goal_caption, local_caption. Files are named from the folder on.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / "items.csv"
        try:
            with path.open(encoding="utf-8", newline="") as file:
                reader = csv.DictReader(file)
                self._rows = [
                    {key: value or "" for key, value in row.items() if isinstance(key, str)} for row in reader
                ]
                columns = reader.fieldnames or []
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise BadData(f"{path} cannot be read: {error}") from error
        unknown = set(columns) - {*_COLUMNS, *_CAPTIONS}
        if unknown or not {"input", "instruction"} <= set(columns):
            raise BadData(
                f"{path} has the columns {', '.join(columns)}; input and instruction are needed, "
                f"{', '.join((*_COLUMNS, *_CAPTIONS))} are known"
            )
        if not self._rows:
            raise BadData(f"{path} lists nothing")
        self._folder = folder

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._folder.resolve().name

    def __len__(self) -> int:
        """Number of lines."""
        return len(self._rows)

    def __getitem__(self, index: int) -> EvalItem:
        """Line `index`."""
        row = self._rows[index]
        key = row.get("key") or f"{index:05d}"
        if not row["instruction"].strip():
            raise BadPair(f"{key}: no instruction")
        goal, mask = row.get("goal", ""), row.get("mask", "")
        item = EvalItem(
            key=key,
            image=read_picture(self._folder / row["input"]),
            goal=read_picture(self._folder / goal) if goal else None,
            instruction=row["instruction"],
            captions={kind: row[column] for column, kind in _CAPTIONS.items() if row.get(column)},
            group=row.get("group") or row["input"],
            tags=tuple(row.get("tags", "").split()),
        )
        if not mask:
            return item
        try:
            data = (self._folder / mask).read_bytes()
        except OSError as error:
            raise BadPair(f"{key}: {mask} cannot be read: {error.strerror}") from error
        return replace(item, mask=read_mask(data, item, mask))

    def sessions(self) -> Sequence[Sequence[int]]:
        """Every line alone."""
        return single_turns(len(self))
