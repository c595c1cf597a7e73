"""Licences are accepted once and digests are remembered."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from mgie.errors import BadData, LicenseNotAccepted
from mgie.weights.pull_state import Remembered
from mgie.weights.sources import published_model

MODEL = published_model("mgie-7b")


def test_a_licence_is_shown_until_it_is_accepted(tmp_path: Path) -> None:
    with pytest.raises(LicenseNotAccepted, match=r"CC-BY-NC 4\.0"):
        Remembered(tmp_path).require_license(MODEL)
    Remembered(tmp_path / "new").accept_license(MODEL)
    Remembered(tmp_path / "new").require_license(MODEL)


def test_changed_terms_must_be_accepted_again(tmp_path: Path) -> None:
    Remembered(tmp_path).accept_license(MODEL)
    with pytest.raises(LicenseNotAccepted, match="Pay up"):
        Remembered(tmp_path).require_license(dataclasses.replace(MODEL, terms="Pay up."))


def test_digests_survive_further_entries(tmp_path: Path) -> None:
    remembered = Remembered(tmp_path)
    assert remembered.digest_of("https://example.org/a") is None
    remembered.remember_digest("https://example.org/a", "00")
    remembered.remember_digest("https://example.org/b", "11")
    remembered.accept_license(MODEL)
    assert Remembered(tmp_path).digest_of("https://example.org/a") == "00"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"digests": 3, "licenses": {}}'])
def test_a_damaged_memory_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "remembered.json").write_text(text)
    with pytest.raises(BadData, match="delete it to start over"):
        Remembered(tmp_path).digest_of("x")
