"""The training data's readers as evaluation data: EVR, GIER, MA5k-Req, IPr2Pr, MagicBrush's parquet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mgie.evaluate.datasets.item import CaptionKind, EvalItem, single_turns
from mgie.evaluate.metrics.pixels import Selected
from mgie.train.data.ipr2pr import Ipr2prFolder
from mgie.train.data.magicbrush import MagicBrush
from mgie.train.data.pairs import BadPair, EditPair, PairSource
from mgie.train.data.reading import decode_picture


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
        files = sorted(folder.glob(f"data/{split}-*.parquet")) or sorted(folder.glob(f"{split}-*.parquet"))
        columns = [pq.read_table(path, columns=["img_id", "turn_index"]) for path in files]
        self._turns = pa.concat_tables(columns).to_pylist()
        self._masks = _Column(files, "mask_img")

    def __getitem__(self, index: int) -> EvalItem:
        """Turn `index`; white in its mask is where the edit belongs."""
        pair = self._source[index]
        return from_pair(pair, mask=read_mask(self._masks[index], pair, f"{pair.key} mask_img"))

    def sessions(self) -> Sequence[Sequence[int]]:
        """The turns of each picture in order."""
        found: dict[str, list[int]] = {}
        for index, row in enumerate(self._turns):
            found.setdefault(str(row["img_id"]), []).append(index)
        return [sorted(rows, key=lambda row: int(self._turns[row]["turn_index"])) for rows in found.values()]


class _Column:
    """One picture column over several parquet files, a row group at a time."""

    def __init__(self, files: Sequence[Path], column: str) -> None:
        self._column = column
        self._groups: list[tuple[Path, int]] = []
        lengths: list[int] = []
        for path in files:
            with pq.ParquetFile(path) as file:
                self._groups += [(path, group) for group in range(file.metadata.num_row_groups)]
                lengths += [file.metadata.row_group(g).num_rows for g in range(file.metadata.num_row_groups)]
        self._ends = np.cumsum(lengths)
        self._kept: tuple[int, list[Any]] | None = None

    def __getitem__(self, index: int) -> bytes | None:
        group = int(np.searchsorted(self._ends, index, side="right"))
        if self._kept is None or self._kept[0] != group:
            path, row_group = self._groups[group]
            with pq.ParquetFile(path) as file:
                table = file.read_row_group(row_group, columns=[self._column])
            self._kept = (group, table.column(0).to_pylist())
        value = self._kept[1][index - (int(self._ends[group - 1]) if group else 0)]
        return cast("dict[str, Any]", value).get("bytes") if isinstance(value, dict) else None


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
