"""IPr2Pr as InstructPix2Pix published it: one folder per prompt, up to four seeds each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from mgie.errors import BadData, BadOption
from mgie.train.data.pairs import BadPair, EditPair
from mgie.train.data.reading import read_picture, read_table

# Published split: by order of seeds.json.
_SPLITS = {"train": (0.0, 0.9), "val": (0.9, 0.95), "test": (0.95, 1.0)}


class Ipr2prFolder:
    """`seeds.json` [[folder, [seed, ...]], ...]; `<folder>/prompt.json`, `<seed>_0.jpg`, `<seed>_1.jpg`.

    Every seed is an example of its own (about a million), so that no random choice hides in reading.
    """

    def __init__(self, folder: Path, split: str) -> None:
        if split not in _SPLITS:
            raise BadOption(f"IPr2Pr has no split {split!r}; choose {', '.join(_SPLITS)}")
        prompts = read_table(folder / "seeds.json")
        if not isinstance(prompts, list) or not prompts:
            raise BadData(f"{folder / 'seeds.json'} is no list of [folder, seeds]")
        rows = cast("list[Any]", prompts)
        start, stop = (int(fraction * len(rows)) for fraction in _SPLITS[split])
        self._folder, self._split = folder, split
        self._items = [item for row in rows[start:stop] for item in _seeds(row)]
        if not self._items:
            raise BadData(f"{folder / 'seeds.json'} names no picture for split {split!r}")

    @property
    def name(self) -> str:
        """The data set and its split."""
        return f"ipr2pr-{self._split}"

    def __len__(self) -> int:
        """Number of (prompt, seed) pairs."""
        return len(self._items)

    def __getitem__(self, index: int) -> EditPair:
        """Read one prompt and the two pictures of one seed."""
        prompt, seed = self._items[index]
        folder = self._folder / prompt
        return EditPair(
            key=f"{prompt}_{seed}",
            image=read_picture(folder / f"{seed}_0.jpg"),
            goal=read_picture(folder / f"{seed}_1.jpg"),
            instruction=_instruction(folder / "prompt.json"),
            group=prompt,
        )


def _seeds(row: Any) -> list[tuple[str, str]]:
    """(folder, seed) of one row of seeds.json; an odd row stays as an item that cannot be read."""
    try:
        prompt, seeds = row
        return [(str(prompt), str(seed)) for seed in seeds]
    except (TypeError, ValueError):
        return [("odd-row", str(row)[:40])]


def _instruction(path: Path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["edit"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadPair(f"{path.parent.name}/prompt.json has no 'edit': {error}") from error
