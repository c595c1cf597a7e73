"""ImgEdit-Bench's basic part: `basic_edit.json` and the pictures that it names; no goals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from mgie.errors import BadData
from mgie.evaluate.datasets.item import EvalItem, single_turns
from mgie.train.data.pairs import BadPair
from mgie.train.data.reading import read_picture, read_table


class ImgEdit:
    """`basic_edit.json` {key: {id, prompt, edit_type}}; pictures below `images/`. The tag is the task."""

    def __init__(self, folder: Path) -> None:
        table = read_table(folder / "basic_edit.json")
        if not isinstance(table, Mapping) or not table:
            raise BadData(f"{folder / 'basic_edit.json'} is no table of edits")
        self._images = folder / "images"
        self._edits = list(cast("Mapping[str, Any]", table).items())

    @property
    def name(self) -> str:
        """The data set."""
        return "imgedit-basic"

    def __len__(self) -> int:
        """Number of edits."""
        return len(self._edits)

    def __getitem__(self, index: int) -> EvalItem:
        """Edit `index`, in the order of the file."""
        key, edit = self._edits[index]
        try:
            path, instruction, task = edit["id"], edit["prompt"], edit["edit_type"]
        except (KeyError, TypeError) as error:
            raise BadPair(f"{key}: odd edit, {type(error).__name__} {error}") from error
        if not all(isinstance(text, str) and text.strip() for text in (path, instruction, task)):
            raise BadPair(f"{key}: odd edit {edit!r:.80}")
        return EvalItem(
            key=key,
            instruction=instruction,
            image=read_picture(self._images / path),
            group=path,
            tags=(task,),
        )

    def sessions(self) -> Sequence[Sequence[int]]:
        """Every edit alone."""
        return single_turns(len(self))
