"""What is published about the data sets (catalogue.toml), and opening one by name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from mgie.errors import BadOption
from mgie.evaluate.datasets.item import EvalItem, EvalSource

FitName: TypeAlias = Literal["square", "ip2p", "native", "product"]  # see mgie.evaluate.runs.fit


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """One data set."""

    title: str
    source: str  # where to get it
    licence: str
    layout: str  # of the folder that `open_dataset` takes
    unit: str  # what is counted
    splits: tuple[str, ...]
    test: str  # the split that is measured on
    fit: FitName  # how pictures reach an editor unless a run says otherwise
    metrics: tuple[str, ...]  # that the papers report
    items: Mapping[str, int] = field(default_factory=dict[str, int])  # published counts by split
    sessions: Mapping[str, int] = field(default_factory=dict[str, int])
    prompts: int | None = None  # IPr2Pr only: folders over all splits
    balanced: bool = False  # means are over tasks (an item's first tag), each over its own items


@dataclass(frozen=True, kw_only=True)
class DatasetSpec:
    """Which items of which data set; enough to open them again."""

    name: str
    path: str
    split: str = ""  # "" is the split that is measured on
    num_items: int | None = None  # the first so many; None is all
    per_operation: int = 6  # synthetic only: cases of every operation


@cache
def catalogue() -> dict[str, DatasetInfo]:
    """All known data sets by name."""
    text = (Path(__file__).parent / "catalogue.toml").read_text(encoding="utf-8")
    return {name: _info(values) for name, values in tomllib.loads(text).items()}


def find_info(name: str) -> DatasetInfo:
    """What is known about a data set. Raises BadOption with the known names."""
    if name not in catalogue():
        raise BadOption(f"{name!r} is no known data set; choose {', '.join(catalogue())}")
    return catalogue()[name]


def open_dataset(spec: DatasetSpec) -> EvalSource:
    """The items of a data set on disk. Raises BadData when the folder is not what it should be."""
    info = find_info(spec.name)
    split = spec.split or info.test
    if split not in info.splits:
        raise BadOption(f"{spec.name} has no split {split!r}; choose {', '.join(info.splits)}")
    source = _open_layout(spec, Path(spec.path), split)
    return source if spec.num_items is None else FirstItems(source, spec.num_items)


class FirstItems:
    """The first items of a data set; sessions that do not lie within are left out."""

    def __init__(self, source: EvalSource, num_items: int) -> None:
        if num_items < 1:
            raise BadOption(f"{num_items} items are none; choose 1 or more")
        self._source, self._length = source, min(num_items, len(source))

    @property
    def name(self) -> str:
        """As the source is called."""
        return self._source.name

    def __len__(self) -> int:
        """At most `num_items`."""
        return self._length

    def __getitem__(self, index: int) -> EvalItem:
        """Item `index`."""
        return self._source[index]

    def sessions(self) -> Sequence[Sequence[int]]:
        """Whole sessions only."""
        return [turns for turns in self._source.sessions() if max(turns) < self._length]


def _open_layout(spec: DatasetSpec, path: Path, split: str) -> EvalSource:
    if spec.name == "plain":
        from mgie.evaluate.datasets.plain import PlainFolder

        return PlainFolder(path)
    if spec.name == "synthetic":
        from mgie.evaluate.datasets.synthetic import SyntheticCases

        return SyntheticCases(path, split, per_operation=spec.per_operation)
    if spec.name == "emu-edit":
        from mgie.evaluate.datasets.emu_edit import EmuEdit

        return EmuEdit(path, split)
    if spec.name == "gedit":
        from mgie.evaluate.datasets.gedit import GEdit

        return GEdit(path, split)
    if spec.name == "imgedit":
        from mgie.evaluate.datasets.imgedit import ImgEdit

        return ImgEdit(path)
    if spec.name == "magicbrush" and split == "test":
        from mgie.evaluate.datasets.magicbrush_test import MagicBrushTest

        return MagicBrushTest(path)
    return _open_training_layout(spec.name, path, split)


def _open_training_layout(name: str, path: Path, split: str) -> EvalSource:
    from mgie.evaluate.datasets.pairs import FromPairs, GierTagged, Ipr2prCaptioned, MagicBrushHub
    from mgie.train.data.listed import open_evr, open_ma5k

    if name == "magicbrush":
        return MagicBrushHub(path, split)
    if name == "ipr2pr":
        return Ipr2prCaptioned(path, split)
    if name == "gier":
        return GierTagged(path, split)
    return FromPairs({"evr": open_evr, "ma5k": open_ma5k}[name](path, split))


def _info(values: dict[str, object]) -> DatasetInfo:
    lists = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    return DatasetInfo(**lists)  # pyright: ignore[reportArgumentType]  # the file is ours and tested
