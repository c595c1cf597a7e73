"""Texts from outside: cleaned once, and then good for XML, JSON, a tokenizer and every terminal."""

from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgie.api.text import clean_text, shown_name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("brighter", "brighter"),
        ("夜 é 🌅\tand\nmore", "夜 é 🌅\tand\nmore"),
        ("bright \udcff", "bright \ufffd"),
        ("sun \ud83c\udf05", "sun 🌅"),
        ("a\0b\x07c\x7f\x85", "abc"),
        ("end\uffff\ufffe", "end"),
        ("one\r\ntwo\rthree\x01", "one\ntwo\nthree"),
    ],
)
def test_only_what_is_unfit_changes(text: str, expected: str) -> None:
    assert clean_text(text) == expected


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_clean_text_fits_everywhere_and_is_clean_for_good(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    clean.encode()
    assert json.loads(json.dumps(clean)) == clean
    assert (ElementTree.fromstring(f"<a>{escape(clean)}</a>").text or "") == clean


def test_a_file_name_of_any_bytes_can_be_shown() -> None:
    assert shown_name(Path(os.fsdecode(b"folder/caf\xe9\n.png"))) == "caf\ufffd .png"
