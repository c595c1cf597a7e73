"""The training data's readers as evaluation data: EVR, GIER, MA5k-Req, IPr2Pr, MagicBrush's parquet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from mgie.errors import BadData
from mgie.evaluate.datasets.item import CaptionKind, EvalItem, single_turns
from mgie.evaluate.metrics.pixels import Selected
from mgie.train.data.ipr2pr import Ipr2prFolder
from mgie.train.data.listed import open_gier
from mgie.train.data.magicbrush import MagicBrush
from mgie.train.data.pairs import BadPair, EditPair, PairSource
from mgie.train.data.parquet_rows import ParquetRows, picture_bytes
from mgie.train.data.reading import decode_picture, read_table

# Tag -> how the file of the subset is called: edits of the whole picture; input and goal of one shape; those
# without cropping; pairs that differ by at most 0.06 (T2ONet).
GIER_SUBSETS = {
    "global": "global",
    "shape-aligned": "shapeAlign",
    "not-cropped": "shapeAlignNonCrop",
    "near": "Ids_L1Thr_0.06",
}


class FromPairs:
    """A training source, item by item."""

    def __init__(self, source: PairSource) -> None:
        self._source = source

    @property
    def name(self) -> str:
        """As the source is called."""
        return self._source.name

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self._source)

    def __getitem__(self, index: int) -> EvalItem:
        """Pair `index`."""
        return from_pair(self._source[index])

    def sessions(self) -> Sequence[Sequence[int]]:
        """Every pair alone."""
        return single_turns(len(self))


class Ipr2prCaptioned(FromPairs):
    """IPr2Pr with the captions of both pictures, which the trade-off curve needs."""

    def __init__(self, folder: Path, split: str) -> None:
        super().__init__(Ipr2prFolder(folder, split))
        self._folder = folder

    def __getitem__(self, index: int) -> EvalItem:
        """Pair `index` with `input` (or `caption`) and `output` of its prompt.json."""
        pair = self._source[index]
        path = self._folder / pair.group / "prompt.json"
        prompt = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))  # read once already
        found = {"source": prompt.get("input", prompt.get("caption")), "global": prompt.get("output")}
        captions = {kind: text for kind, text in found.items() if isinstance(text, str)}
        return from_pair(pair, captions=cast("dict[CaptionKind, str]", captions))


class MagicBrushHub(FromPairs):
    """MagicBrush as it lies on the hub, with masks and sessions."""

    def __init__(self, folder: Path, split: str) -> None:
        super().__init__(MagicBrush(folder, split))
        self._turns = ParquetRows(folder, split, ["img_id", "turn_index"])
        self._masks = ParquetRows(folder, split, ["mask_img"])

    def __getitem__(self, index: int) -> EvalItem:
        """Turn `index`; white in its mask is where the edit belongs."""
        pair = self._source[index]
        mask = picture_bytes(self._masks[index]["mask_img"])
        return from_pair(pair, mask=read_mask(mask, pair, f"{pair.key} mask_img"))

    def sessions(self) -> Sequence[Sequence[int]]:
        """The turns of each picture in order."""
        found: dict[str, list[tuple[int, int]]] = {}
        for index in range(len(self._turns)):
            row = self._turns[index]
            found.setdefault(str(row["img_id"]), []).append((int(row["turn_index"]), index))
        return [[index for _, index in sorted(turns)] for turns in found.values()]


class GierTagged(FromPairs):
    """GIER with the subsets of its authors as tags: `splits/SPLIT_NAME_sess_3.json` list indices of pairs.

    Tags: those of `GIER_SUBSETS` whose lists lie there.
    """

    def __init__(self, folder: Path, split: str) -> None:
        super().__init__(open_gier(folder, split))
        self._subsets = {name: _indices(folder, split, name) for name in GIER_SUBSETS}

    def __getitem__(self, index: int) -> EvalItem:
        """Sentence `index`."""
        item = super().__getitem__(index)
        number = int(item.key.split("-")[1])  # of the pair in its list; see `mgie.train.data.listed`
        return replace(item, tags=tuple(name for name, found in self._subsets.items() if number in found))


def _indices(folder: Path, split: str, name: str) -> frozenset[int]:
    """What a list of a subset holds; nothing where it is not there."""
    path = folder / "splits" / f"{split}_{GIER_SUBSETS[name]}_sess_3.json"
    if not path.is_file():
        return frozenset()
    numbers = read_table(path)
    if not isinstance(numbers, list) or not all(isinstance(n, int) for n in cast("list[Any]", numbers)):
        raise BadData(f"{path} is no list of numbers")
    return frozenset(cast("list[int]", numbers))


def from_pair(
    pair: EditPair, *, captions: dict[CaptionKind, str] | None = None, mask: Selected | None = None
) -> EvalItem:
    """A training pair as an item to judge."""
    return EvalItem(
        key=pair.key,
        image=pair.image,
        goal=pair.goal,
        instruction=pair.instruction,
        mask=mask,
        captions=captions or {},
        group=pair.group,
    )


def read_mask(data: bytes | None, pair: EditPair | EvalItem, what: str) -> Selected | None:
    """(H, W) of an encoded mask, True where it is white; None where there is none."""
    if data is None:
        return None
    mask = decode_picture(data, what).max(axis=2) > 127
    if mask.shape != pair.image.shape[:2]:
        raise BadPair(f"{what} is {mask.shape}, its picture {pair.image.shape[:2]}")
    return mask
