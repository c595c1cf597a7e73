"""German and Japanese: complete, compiled from what is committed, and what the panel shows."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PyQt6.QtCore import QCoreApplication, QTranslator
from PyQt6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

import translations
from mgie.host.host_texts import host_text, language_of
from mgie.panel import theme
from mgie.panel.languages import speak
from mgie.panel.session import Session
from mgie.panel.views.window import PanelWindow
from support.fake_ports import NotedBackend, NotedHost
from support.panel_scenes import SCENES

LANGUAGES = translations.LANGUAGES
MEND = "run `make translations`, then translate what is unfinished in ui/mgie/panel/translations/mgie_*.ts"
_PLACEHOLDER = re.compile(r"\{\w*\}|%n")
_NUM_FORMS = {"de": 2, "ja": 1}  # of a text with a count


def catalogue(language: str) -> dict[str, list[str]]:
    """The finished translations by their English text: one, or the plural forms."""
    root = ElementTree.parse(translations.CATALOGUES / f"mgie_{language}.ts").getroot()
    found: dict[str, list[str]] = {}
    for message in root.iter("message"):
        translation = message.find("translation")
        assert translation is not None
        if translation.get("type") is None:
            forms = [form.text or "" for form in translation.iter("numerusform")]
            found[message.findtext("source") or ""] = forms or [translation.text or ""]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_with_the_same_placeholders(language: str) -> None:
    finished = catalogue(language)
    every = {text.source: text for text in translations.texts()}
    missing = sorted(set(every) - set(finished))
    assert not missing, f"{len(missing)} texts are not in {language} yet; {MEND}: {missing}"
    assert not set(finished) - set(every), f"texts that are no longer there; {MEND}"
    for source, forms in finished.items():
        assert len(forms) == (_NUM_FORMS[language] if every[source].has_count else 1), source
        for form in forms:
            assert form.strip(), source
            assert sorted(_PLACEHOLDER.findall(form)) == sorted(_PLACEHOLDER.findall(source)), form
            assert form.count("\n") == source.count("\n"), form


def test_what_is_compiled_is_what_is_written(tmp_path: Path) -> None:
    if translations.tool("lupdate") is None:
        pytest.skip("Qt's lupdate is not installed; on Debian: apt install qt6-l10n-tools")
    for path in translations.CATALOGUES.iterdir():
        shutil.copy(path, tmp_path)
    translations.rebuild(tmp_path)
    for path in sorted(translations.CATALOGUES.iterdir()):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), f"{path.name} is out of date; {MEND}"


@pytest.fixture
def spoken(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[str]:
    """The application in a language, by its code."""
    theme.apply(qapp, theme.DARK)
    speak(qapp, request.param)
    yield request.param
    for translator in qapp.findChildren(QTranslator):
        qapp.removeTranslator(translator)
        translator.setParent(None)


def said(widget: QWidget) -> list[str]:
    """What a widget tells people, in an order that depends on no language."""
    shown = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
    return [shown, widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()]


def window_texts(qtbot: QtBot, scene: str) -> dict[str, list[str]]:
    """Everything said in a scene, by the names of the widgets."""
    window = PanelWindow(Session(NotedBackend(), NotedHost(), SCENES[scene]))
    qtbot.addWidget(window)
    window.show()
    QCoreApplication.processEvents()
    return {w.objectName(): said(w) for w in [window, *window.findChildren(QWidget)] if w.objectName()}


@pytest.mark.parametrize("spoken", LANGUAGES, indirect=True)
@pytest.mark.parametrize("scene", SCENES)
def test_the_panel_shows_the_translations(qtbot: QtBot, qapp: QApplication, spoken: str, scene: str) -> None:
    translated = window_texts(qtbot, scene)
    for translator in qapp.findChildren(QTranslator):
        qapp.removeTranslator(translator)
    finished, num_checked = catalogue(spoken), 0
    for name, english in window_texts(qtbot, scene).items():
        for before, after in zip(english, translated[name], strict=True):
            if before in finished:
                assert after in finished[before], (name, before)
                num_checked += 1
    assert num_checked > 50


def test_the_adapters_speak_their_hosts_language() -> None:
    assert host_text("Open the panel", "de_AT:en") == "Panel öffnen"
    assert host_text("Open the panel", "ja") == "パネルを開く"
    assert host_text("Open the panel", "fr:en_US:de") == "Open the panel"
    assert host_text("Open the panel", "") == "Open the panel"


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANGUAGE": "de:en", "LANG": "en_US.UTF-8"}, "de:en"),
        ({"LANGUAGE": "de", "LANG": "C.UTF-8"}, "C"),
        ({"LC_ALL": "ja_JP.UTF-8", "LANG": "de_DE.UTF-8"}, "ja_JP.UTF-8"),
        ({}, "C"),
    ],
)
def test_the_environments_language_is_read_as_gettext_does(environ: dict[str, str], language: str) -> None:
    assert language_of(environ) == language
