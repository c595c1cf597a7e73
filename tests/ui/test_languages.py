"""The panel speaks its host's language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PyQt6.QtCore import QTranslator
from PyQt6.QtWidgets import QApplication

from mgie.panel import languages, texts
from mgie.panel.languages import available, language_for, speak
from mgie.panel.model_texts import size


@pytest.fixture
def spoken(qapp: QApplication) -> Iterator[None]:
    """Nothing said afterwards."""
    yield
    for translator in qapp.findChildren(QTranslator):
        qapp.removeTranslator(translator)
        translator.setParent(None)


def test_german_and_japanese_are_there_beside_english() -> None:
    assert available() == ["en", "de", "ja"]


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (["de_AT.UTF-8"], "de"),
        (["ja-JP", "de"], "ja"),
        (["fr_FR", "de_DE"], "de"),
        (["en_GB", "de_DE"], "en"),
        (["C", "de"], "en"),
        (["C.UTF-8", "de"], "en"),
        (["fr"], "en"),
        ([], "en"),
    ],
)
def test_the_first_wanted_language_that_there_is_is_spoken(wanted: list[str], language: str) -> None:
    assert language_for(wanted) == language


def test_the_hosts_language_counts_before_the_desktops(
    qapp: QApplication, spoken: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert speak(qapp, "de_DE:de") == "de"
    assert speak(qapp, "C") == "en"


def test_numbers_are_written_as_in_the_panels_language(qapp: QApplication, spoken: None) -> None:
    for language, written in (("de", "12,3 GB"), ("en", "12.3 GB"), ("ja", "12.3 GB")):
        speak(qapp, language)
        assert size(12_300_000_000) == written


def test_what_is_no_text_of_the_panel_is_shown_as_it_is(qapp: QApplication, spoken: None) -> None:
    speak(qapp, "de")
    assert texts.model_text("Guidance of another model") == "Guidance of another model"
    assert texts.tr("Edit selection") == "Auswahl bearbeiten"
    assert texts.tr("Edit %n regions", 3) == "3 Bereiche bearbeiten"


def test_a_damaged_catalogue_leaves_the_panel_english(
    qapp: QApplication, spoken: None, monkeypatch: pytest.MonkeyPatch, tmp_path, caplog
) -> None:
    (tmp_path / "mgie_de.qm").write_bytes(b"no catalogue")
    monkeypatch.setattr(languages, "CATALOGUES", tmp_path)
    assert speak(qapp, "de") == "de"
    assert "stays English" in caplog.text
