"""The artist's corrections of the model's words: underlined, with what stood there in the tool tip."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import QEvent, QPoint
from PyQt6.QtGui import QHelpEvent, QTextCharFormat
from PyQt6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from mgie.panel import theme
from mgie.panel.state.corrections import corrections
from mgie.panel.state.progress import Phase
from mgie.panel.views.corrected_edit import CorrectedEdit
from support.panel_scenes import HELD, SAMPLING, TEXT
from support.shown_panel import Shown

UNDERLINED = QTextCharFormat.UnderlineStyle.SingleUnderline


@pytest.mark.parametrize(
    ("written", "corrected", "changed"),
    [
        ("the left dog", "the left dog", []),
        ("the left dog", "the right dog", [("right", "left")]),
        ("the  left\ndog", "the left dog", []),  # how it is broken into lines is no word
        ("the dog", "the old dog", [("old", "")]),
        ("the old dog", "the dog", [("dog", "old dog")]),
        ("the dog runs fast", "the dog runs", [("runs", "runs fast")]),
        ("the left dog, asleep", "the right dog, awake", [("right", "left"), ("awake", "asleep")]),
        ("the dog's bone.", "the cat's bone!", [("cat's", "dog's"), ("!", ".")]),
        ("a b c", "b", [("b", "a b c")]),
        ("a b c d", "a x c y", [("x", "b"), ("y", "d")]),
        ("a dog", "", []),
        ("", "a dog", [("a dog", "")]),
    ],
)
def test_what_differs_is_found_by_words(written: str, corrected: str, changed: list[tuple[str, str]]) -> None:
    found = corrections(written, corrected)
    assert [(corrected[c.start : c.end], c.original) for c in found] == changed


def marked(edit: CorrectedEdit) -> list[str]:
    """The underlined words, as the field itself has them."""
    looks = edit.extraSelections()
    assert all(look.format.underlineStyle() is UNDERLINED for look in looks)
    return [look.cursor.selectedText() for look in looks]


def middle_of(edit: CorrectedEdit, word: str) -> QPoint:
    cursor = edit.textCursor()
    cursor.setPosition(edit.toPlainText().index(word) + len(word) // 2)
    return edit.cursorRect(cursor).center()


def test_a_held_plan_marks_the_corrected_words_and_hovering_shows_the_models(qtbot: QtBot) -> None:
    edit = Shown(qtbot, HELD).window.text.edit
    assert marked(edit) == ["right"]
    at = middle_of(edit, "right")
    viewport = edit.viewport()
    assert viewport is not None
    QApplication.sendEvent(viewport, QHelpEvent(QEvent.Type.ToolTip, at, viewport.mapToGlobal(at)))
    assert QToolTip.text() == "The model wrote: left"
    assert edit.tip_at(middle_of(edit, TEXT.split()[0])) == ""
    assert edit.tip_at(at + QPoint(0, 400)) == ""


def test_marks_follow_what_is_typed_and_stay_once_the_edit_goes_on(qtbot: QtBot) -> None:
    shown = Shown(qtbot, HELD)
    edit, session = shown.window.text.edit, shown.session
    text = TEXT.replace("left", "\U0001f375 right") + " Softly."
    edit.setPlainText(text)
    assert session.state.draft.text == text
    assert marked(edit) == ["\U0001f375 right", "Softly."]
    assert edit.tip_at(middle_of(edit, "Softly.")) == "You added this."
    session.runs.go_on_with(text)
    held = session.state.edit
    assert held is not None
    assert held.text == text
    session.update(edit=replace(held, phase=Phase.SAMPLING))
    assert marked(edit) == ["\U0001f375 right", "Softly."]
    session.update(job=None, edit=None)
    assert marked(edit) == []


def test_the_models_own_words_carry_no_mark(qtbot: QtBot) -> None:
    shown = Shown(qtbot, HELD)
    shown.window.text.revert.click()
    assert marked(shown.window.text.edit) == []
    assert marked(Shown(qtbot, SAMPLING).window.text.edit) == []


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK, theme.theme_of("#3c3c3c", "#2f6fd0")])
def test_the_underline_stands_out_from_the_field(qtbot: QtBot, qapp: QApplication, look: theme.Theme) -> None:
    theme.apply(qapp, look)
    (selection,) = Shown(qtbot, HELD).window.text.edit.extraSelections()
    colour = selection.format.underlineColor().name()
    assert theme.contrast(colour, look.field) >= theme.BORDER_CONTRAST
    assert theme.contrast(colour, look.window) >= theme.BORDER_CONTRAST  # while it is locked


def test_words_of_the_model_are_no_html(qtbot: QtBot) -> None:
    edit = CorrectedEdit(1, 2)
    qtbot.addWidget(edit)
    edit.resize(200, 60)
    edit.show()
    edit.setPlainText("new")
    edit.mark(corrections("<b>old</b>", "new"))
    at = middle_of(edit, "new")
    viewport = edit.viewport()
    assert viewport is not None
    QApplication.sendEvent(viewport, QHelpEvent(QEvent.Type.ToolTip, at, viewport.mapToGlobal(at)))
    assert QToolTip.text() == "<p>The model wrote: &lt;b&gt;old&lt;/b&gt;</p>"
