"""docs/architecture.md shows one edit as data; this holds what it shows to the code."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## One edit as data")[2].partition("\n## ")[0]


def _table(heading: str) -> list[str]:
    rows = SECTION.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return re.findall(r"^\| `([\w.]+)` \|", rows, re.MULTILINE)


@pytest.mark.parametrize(("heading", "most"), [("in", 8), ("back", 6)])
def test_every_type_of_the_way_exists_and_they_stay_few(heading: str, most: int) -> None:
    names = _table(heading)
    assert 1 < len(names) <= most
    for name in names:
        module, _, value = name.rpartition(".")
        assert isinstance(getattr(import_module(module), value), type), name


def test_every_file_of_the_way_exists_and_they_stay_few() -> None:
    listed = SECTION.partition("The files on the way")[2].partition(".\n\n")[0]
    files = re.findall(r"`([\w/]+\.py)`", listed)
    assert len(files) == len(set(files))
    assert 10 < len(files) <= 20
    for file in files:
        assert (ROOT / file).is_file(), file


def test_the_words_of_the_project_stay_at_most_eight() -> None:
    words = PAGE.partition("## Words of this project")[2].partition("\n## ")[0]
    assert 0 < len(re.findall(r"^\| \w+ \| (?!meaning)", words, re.MULTILINE)) <= 8
