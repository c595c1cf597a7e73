"""Expressive instructions on disk, joined to the pairs they belong to.

Two formats: JSON lines as `mgie data expressive` writes them ({"key", "instruction", "full", "short",
"summarised"} per line), and ml-mgie's JSON ({key: {"instruction", "expressive"}}, summarised only).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from mgie.errors import BadData
from mgie.train.data.pairs import BadPair, EditPair, PairSource

TextKind: TypeAlias = Literal["full", "short", "summarised"]


def load_texts(path: Path, kind: TextKind) -> dict[str, str]:
    """Key of a pair -> its expressive instruction. Lines that cannot be read are left out."""
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadData(f"{path} cannot be read: {error}") from error
    if path.suffix == ".jsonl":
        return _from_lines(content, kind)
    try:
        entries = json.loads(content)
    except ValueError as error:
        raise BadData(f"{path} is no JSON: {error}") from error
    if not isinstance(entries, dict):
        raise BadData(f"{path} holds {type(entries).__name__}; expected {{key: {{expressive: text}}}}")
    if kind != "summarised":
        raise BadData(f"{path} holds summarised texts only; text.expressive_text is {kind!r}")
    return _from_entries(cast("Mapping[str, Any]", entries), "expressive")


class WithExpressive:
    """A source whose pairs carry their expressive instruction; a pair without one is a bad pair."""

    def __init__(self, source: PairSource, texts: Mapping[str, str]) -> None:
        self._source, self._texts = source, texts

    @property
    def name(self) -> str:
        """As the source is called."""
        return self._source.name

    def __len__(self) -> int:
        """As many as the source has."""
        return len(self._source)

    def __getitem__(self, index: int) -> EditPair:
        """Pair `index` with its text."""
        pair = self._source[index]
        if pair.key not in self._texts:
            raise BadPair(f"{pair.key}: no expressive instruction; make it with `mgie data expressive`")
        return replace(pair, expressive_instruction=self._texts[pair.key])


def _from_lines(content: str, kind: TextKind) -> dict[str, str]:
    entries: dict[str, Any] = {}
    for line in content.splitlines():
        try:
            entry = json.loads(line)
            entries[str(entry["key"])] = entry
        except (ValueError, KeyError, TypeError):  # a line cut off by a crash
            continue
    return _from_entries(entries, kind)


def _from_entries(entries: Mapping[str, Any], field: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for key, entry in entries.items():
        text = cast("dict[str, Any]", entry).get(field) if isinstance(entry, dict) else None
        if isinstance(text, str) and text.strip():
            texts[key] = text.strip()
    return texts
