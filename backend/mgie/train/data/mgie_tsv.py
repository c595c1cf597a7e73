"""IPr2Pr as ml-mgie packs it: `NAME.tsv` (two base64 JPEGs per line) and `NAME.pkl` (what is where)."""

from __future__ import annotations

import base64
import binascii
import io
import mmap
import pickle
from pathlib import Path
from typing import Any, NoReturn, cast

from mgie.errors import BadData
from mgie.train.data.pairs import BadPair, EditPair
from mgie.train.data.reading import decode_picture


class MgieTsv:
    """The packed pairs. `NAME.pkl` is {split: [[{input, answer, instruction, lineidx}, ...], ...]}.

    path: the .tsv file, or a folder with exactly one. ml-mgie calls its only split "task".
    """

    def __init__(self, path: Path, split: str = "task") -> None:
        self._tsv = _only_tsv(path)
        table = _load_plain_pickle(self._tsv.with_suffix(".pkl"))
        if not isinstance(table, dict) or split not in table:
            raise BadData(f"{self._tsv.with_suffix('.pkl')} has no split {split!r}")
        rows = cast("dict[str, list[Any]]", table)[split]
        self._items: list[Any] = [item for row in rows for item in (row if isinstance(row, list) else [row])]
        if not self._items:
            raise BadData(f"{self._tsv}: split {split!r} is empty")
        self._map: mmap.mmap | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Data loading workers map the file for themselves."""
        return {**self.__dict__, "_map": None}

    @property
    def name(self) -> str:
        """The file's name."""
        return self._tsv.stem

    def __len__(self) -> int:
        """Number of packed pairs."""
        return len(self._items)

    def __getitem__(self, index: int) -> EditPair:
        """Decode one line of the packed file."""
        try:
            item = self._items[index]
            key, instruction, offset = str(item["input"]), str(item["instruction"]), int(item["lineidx"])
        except (KeyError, TypeError, ValueError) as error:
            raise BadPair(f"{self.name}[{index}]: odd entry, {type(error).__name__} {error}") from error
        image, goal = self._columns(key, offset)
        return EditPair(
            key=key,
            image=decode_picture(image, f"{key} input"),
            goal=decode_picture(goal, f"{key} answer"),
            instruction=instruction,
        )

    def _columns(self, key: str, offset: int) -> tuple[bytes, bytes]:
        if self._map is None:
            with self._tsv.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if not 0 <= offset < len(self._map):
            raise BadPair(f"{key}: line offset {offset} lies outside {self._tsv.name}")
        end = self._map.find(b"\n", offset)
        line = self._map[offset : end if end >= 0 else len(self._map)]
        columns = line.split(b"\t")
        if len(columns) != 2:
            raise BadPair(f"{key}: {len(columns)} columns at offset {offset}; expected 2")
        try:
            image, goal = (base64.b64decode(column.strip(), validate=True) for column in columns)
        except binascii.Error as error:
            raise BadPair(f"{key}: no base64 at offset {offset}: {error}") from error
        return image, goal


def _only_tsv(path: Path) -> Path:
    if path.suffix == ".tsv":
        return path
    found = sorted(path.glob("*.tsv"))
    if len(found) != 1:
        raise BadData(f"{path} holds {len(found)} .tsv files; name the one to read")
    return found[0]


class _PlainUnpickler(pickle.Unpickler):
    """Lists, dicts, texts and numbers only: a pickle from elsewhere must not run code."""

    def find_class(self, module_name: str, global_name: str, /) -> NoReturn:
        raise pickle.UnpicklingError(f"it wants to load {module_name}.{global_name}; only plain data is read")


def _load_plain_pickle(path: Path) -> Any:
    try:
        return _PlainUnpickler(io.BytesIO(path.read_bytes())).load()
    except FileNotFoundError as error:
        raise BadData(f"{path} does not exist; it belongs beside the .tsv file") from error
    except (OSError, EOFError, pickle.UnpicklingError, ValueError, KeyError, IndexError, TypeError) as error:
        raise BadData(f"{path} cannot be read: {error}") from error
