"""Whether a data set on disk is what was published: splits, counts, pictures that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mgie.errors import BadData
from mgie.evaluate.datasets.catalogue import DatasetSpec, find_info, open_dataset
from mgie.evaluate.datasets.item import EvalSource
from mgie.train.data.pairs import BadPair
from mgie.train.data.reading import read_table


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was checked."""

    what: str
    is_good: bool
    text: str


def verify(name: str, path: Path, *, num_read: int | None = 50) -> Iterator[Finding]:
    """Look at every split.

    num_read: how many items of each split to read whole, spread evenly; None reads all.
    """
    info = find_info(name)
    found = False
    for split in info.splits:
        try:
            source = open_dataset(DatasetSpec(name=name, path=str(path), split=split))
        except BadData as error:
            yield Finding(what=split, is_good=False, text=str(error))
            continue
        found = True
        yield _compared(f"{split} {info.unit}", len(source), info.items.get(split))
        if split in info.sessions:
            yield _compared(f"{split} sessions", len(source.sessions()), info.sessions[split])
        yield _read(source, split, num_read)
    if found and info.prompts is not None:
        yield _compared("prompts", len(read_table(path / "seeds.json")), info.prompts)


def _compared(what: str, number: int, published: int | None) -> Finding:
    if published is None:
        return Finding(what=what, is_good=True, text=f"{number}")
    verdict = "as published" if number == published else f"published are {published}"
    return Finding(what=what, is_good=number == published, text=f"{number}, {verdict}")


def _read(source: EvalSource, split: str, num_read: int | None) -> Finding:
    """Read items spread over the whole split."""
    count = len(source) if num_read is None else min(num_read, len(source))
    problems: list[str] = []
    for index in np.unique(np.linspace(0, len(source) - 1, count).round().astype(int)):
        try:
            source[int(index)]
        except BadPair as error:
            problems.append(str(error))
    text = f"{count - len(problems)} of {count} read well"
    if problems:
        text += f"; first problem: {problems[0]}"
    return Finding(what=f"{split} pictures", is_good=not problems, text=text)
