"""MagicBrush's test set as its archive unpacks: folders of pictures, and JSON with sessions and captions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

from mgie.errors import BadData
from mgie.evaluate.datasets.item import CaptionKind, EvalItem
from mgie.evaluate.datasets.pairs import read_mask
from mgie.train.data.pairs import BadPair
from mgie.train.data.reading import read_picture, read_table

_CAPTION_FILES: dict[CaptionKind, tuple[str, ...]] = {
    "local": ("local_descriptions.json", "local_captions.json"),
    "global": ("global_descriptions.json", "global_captions.json"),
}


class _Turn(NamedTuple):
    """One line of a session; `problem` says why it is unusable."""

    session: str
    number: int
    input: str = ""
    output: str = ""
    mask: str = ""
    instruction: str = ""
    problem: str = ""


class MagicBrushTest:
    """`images/<id>/...`, `edit_sessions.json` {id: [{input, mask, output, instruction}]}, captions by file.

    folder: the unpacked archive, or the folder that holds it as `test`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "test" if (folder / "test").is_dir() else folder
        sessions = read_table(self._folder / "edit_sessions.json")
        if not isinstance(sessions, Mapping) or not sessions:
            raise BadData(f"{self._folder / 'edit_sessions.json'} is no table of sessions")
        table = cast("Mapping[str, Any]", sessions)
        self._turns = [turn for key, turns in table.items() for turn in _read_session(key, turns)]
        self._captions = {kind: _captions(self._folder, names) for kind, names in _CAPTION_FILES.items()}

    @property
    def name(self) -> str:
        """The data set and its split."""
        return "magicbrush-test"

    def __len__(self) -> int:
        """Number of turns."""
        return len(self._turns)

    def __getitem__(self, index: int) -> EvalItem:
        """One turn from its own input, as the published all-turns evaluation has it."""
        turn = self._turns[index]
        key = f"{turn.session}-{turn.number}"
        if turn.problem:
            raise BadPair(f"{key}: {turn.problem}")
        folder = self._folder / "images" / turn.session
        image = read_picture(folder / turn.input)
        item = EvalItem(
            key=key,
            image=image,
            goal=read_picture(folder / turn.output),
            instruction=turn.instruction,
            captions=self._captions_of(turn),
            group=turn.session,
        )
        if not turn.mask:
            return item
        try:
            data = (folder / turn.mask).read_bytes()
        except OSError as error:
            raise BadPair(f"{key}: {turn.mask} cannot be read: {error.strerror}") from error
        return replace(item, mask=read_mask(data, item, turn.mask))

    def sessions(self) -> Sequence[Sequence[int]]:
        """The turns of each session in order."""
        found: dict[str, list[int]] = {}
        for index, turn in enumerate(self._turns):
            found.setdefault(turn.session, []).append(index)
        return list(found.values())

    def _captions_of(self, turn: _Turn) -> dict[CaptionKind, str]:
        """Both captions of the goal; the source's is of the local set, or else the global one."""
        captions: dict[CaptionKind, str] = {}
        for kind in ("global", "local"):
            texts = self._captions[kind].get(turn.session, {})
            if turn.output in texts:
                captions[kind] = texts[turn.output]
            if turn.input in texts:
                captions["source"] = texts[turn.input]
        return captions


def _read_session(key: str, turns: Any) -> list[_Turn]:
    if not isinstance(turns, list) or not turns:
        return [_Turn(key, 1, problem=f"odd session {turns!r:.60}")]
    rows = enumerate(cast("list[Any]", turns), start=1)
    return [_read_turn(key, number, row) for number, row in rows]


def _read_turn(key: str, number: int, row: Any) -> _Turn:
    try:
        texts = [row["input"], row["output"], row.get("mask") or "", row["instruction"]]
    except (KeyError, TypeError, AttributeError) as error:
        return _Turn(key, number, problem=f"odd turn, {type(error).__name__} {error}")
    if not all(isinstance(text, str) for text in texts) or not texts[3].strip():
        return _Turn(key, number, problem=f"odd turn {texts}")
    return _Turn(key, number, *texts)


def _captions(folder: Path, names: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """{session: {file: caption}}, empty where the archive has no such file."""
    for name in names:
        if (folder / name).is_file():
            return cast("Mapping[str, Mapping[str, str]]", read_table(folder / name))
    return {}
