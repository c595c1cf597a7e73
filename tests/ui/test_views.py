"""The views in every scene: names for everyone, all text translatable, nothing cut off, keys that work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PyQt6.QtCore import QCoreApplication, QPoint, Qt, QTranslator
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel
from pytestqt.qtbot import QtBot

from mgie.client.connection import Link
from mgie.panel import theme
from mgie.panel.views.elided_label import ElidedLabel
from support.panel_scenes import DONE, HELD, IDLE, MINI, SAMPLING, SCENES, TYPED, VARIATIONS
from support.shown_panel import Shown

WIDTHS = (215, 320, 480)


@pytest.fixture(autouse=True, scope="module")
def dressed(qapp: QApplication) -> None:
    theme.apply(qapp, theme.DARK)


@pytest.mark.parametrize("scene", SCENES)
def test_every_widget_has_a_name_for_tests_and_one_for_people(qtbot: QtBot, scene: str) -> None:
    shown = Shown(qtbot, SCENES[scene])
    names = [w.objectName() for w in shown.widgets()]
    assert all(names), [type(w).__name__ for w in shown.widgets() if not w.objectName()]
    assert len(set(names)) == len(names)
    nameless = [w.objectName() for w in shown.widgets() if not w.accessibleName()]
    assert set(nameless) <= {"backend_rule"}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scene", SCENES)
def test_nothing_is_cut_off_or_wider_than_the_panel(qtbot: QtBot, scene: str, width: int) -> None:
    shown = Shown(qtbot, SCENES[scene], width)
    assert shown.window.width() == width
    for widget in shown.widgets():
        if not widget.isVisible():
            continue
        left = widget.mapTo(shown.window, QPoint(0, 0)).x()
        assert left >= 0, widget.objectName()
        assert left + widget.width() <= width, widget.objectName()
        if isinstance(widget, QLabel) and not isinstance(widget, ElidedLabel):
            assert widget.height() >= widget.heightForWidth(widget.width()), widget.objectName()
        if isinstance(widget, QAbstractButton):
            assert widget.width() >= widget.minimumSizeHint().width(), widget.objectName()


class Marker(QTranslator):
    """A language in which every sentence is marked."""

    def translate(
        self, context: str | None, source: str | None, disambiguation: str | None = None, n: int = -1
    ) -> str:
        return f"\u27e6{(source or '').replace('%n', str(n))}\u27e7"

    def isEmpty(self) -> bool:  # noqa: N802 - Qt's name
        return False


@pytest.fixture
def marker(qapp: QApplication) -> Iterator[None]:
    translator = Marker()
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


# What comes from the artist, from the document or from the model is nobody's to translate.
_DATA = re.compile(
    r"coffee|garden|photo|GIMP|Display|afternoon|cup|wood|[Ss]poon|Saucer|Table|Cup|mgie-"
    r"|corners|slide|vignette|brighter|warm it|contrast|darken"
    r"|my-painter|klein|qwen|flux|pix2pix|^old$|commercial|safetensors|^[A-Z_]+$"
)
_NO_WORDS = re.compile(r"^[\W\d_]*$")


@pytest.mark.parametrize("scene", SCENES)
def test_every_word_goes_through_the_translator(qtbot: QtBot, marker: None, scene: str) -> None:
    shown = Shown(qtbot, SCENES[scene])
    for widget in shown.widgets():
        texts = [widget.accessibleName(), widget.toolTip(), widget.accessibleDescription()]
        if isinstance(widget, QLabel | QAbstractButton):
            texts.append(widget.text())
        if isinstance(widget, QComboBox):
            texts += [widget.itemText(i) for i in range(widget.count())]
        for text in texts:
            if not _NO_WORDS.match(text) and not _DATA.search(text):
                assert "\u27e6" in text, (widget.objectName(), text)


def test_the_primary_button_is_announced_with_its_verb(qtbot: QtBot) -> None:
    shown = Shown(qtbot, IDLE)
    primary = shown.window.actions_bar.primary
    assert (primary.accessibleName(), primary.isEnabled()) == ("Edit selection", False)
    assert primary.accessibleDescription() == "Write what should change."


def test_return_edits_and_shift_return_breaks_the_line(qtbot: QtBot) -> None:
    shown = Shown(qtbot, IDLE)
    edit = shown.window.instruction.edit
    QTest.keyClicks(edit, "add")
    QTest.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(edit, "snow")
    assert edit.toPlainText() == "add\nsnow"
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert shown.host.reads[0][1][0].instruction == "add\nsnow"


def test_up_and_down_walk_the_history(qtbot: QtBot) -> None:
    shown = Shown(qtbot, IDLE)
    edit = shown.window.instruction.edit
    QTest.keyClicks(edit, "half")
    QTest.keyClick(edit, Qt.Key.Key_Up)
    assert edit.toPlainText() == "add snow"
    QTest.keyClick(edit, Qt.Key.Key_Down)
    assert edit.toPlainText() == "half"


def test_the_history_menu_offers_earlier_instructions(qtbot: QtBot) -> None:
    shown = Shown(qtbot, IDLE)
    menu = shown.window.instruction.menu
    menu.aboutToShow.emit()
    menu.actions()[0].trigger()
    assert shown.window.instruction.edit.toPlainText() == "add snow"


def test_escape_stops_and_control_k_keeps(qtbot: QtBot) -> None:
    shown = Shown(qtbot, SAMPLING)
    QTest.keyClick(shown.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert shown.backend.kept == ["j"]
    other = Shown(qtbot, SAMPLING)
    QTest.keyClick(other.window, Qt.Key.Key_Escape)
    assert other.backend.stopped == ["j"]


def test_escape_puts_a_message_away_before_anything_else(qtbot: QtBot) -> None:
    shown = Shown(qtbot, SCENES["error"])
    assert shown.window.notice.isVisible()
    QTest.keyClick(shown.window, Qt.Key.Key_Escape)
    assert not shown.window.notice.isVisible()


def test_tab_goes_from_the_top_to_the_bottom(qtbot: QtBot) -> None:
    shown = Shown(qtbot, TYPED)
    order: list[str] = []
    widget = shown.window.instruction.edit
    for _ in range(12):
        order.append(widget.objectName())
        QTest.keyClick(widget, Qt.Key.Key_Tab)
        widget = shown.window.focusWidget()
    wanted = ("instruction", "more", "preset", "primary", "hold", "text", "model")
    places = [order.index(name) for name in wanted]
    assert places == sorted(places)


def test_the_words_can_be_corrected_only_when_the_model_is_not_writing(qtbot: QtBot) -> None:
    assert Shown(qtbot, SAMPLING).window.text.edit.isReadOnly()
    held = Shown(qtbot, HELD)
    assert not held.window.text.edit.isReadOnly()
    held.window.text.revert.click()
    assert not held.session.state.draft.is_corrected
    assert held.window.text.edit.toPlainText() == held.session.state.edit.text


def test_press_or_space_compares_with_the_picture_before(qtbot: QtBot) -> None:
    shown = Shown(qtbot, DONE)
    preview = shown.window.preview
    preview.setFocus()
    edited = preview.grab().toImage()
    QTest.mousePress(preview, Qt.MouseButton.LeftButton)
    assert preview.is_comparing
    assert preview.grab().toImage() != edited
    QTest.mouseRelease(preview, Qt.MouseButton.LeftButton)
    assert preview.grab().toImage() == edited
    QTest.keyPress(preview, Qt.Key.Key_Space)
    assert preview.is_comparing
    QTest.keyRelease(preview, Qt.Key.Key_Space)
    assert not preview.is_comparing


def test_return_on_a_variation_places_it(qtbot: QtBot) -> None:
    shown = Shown(qtbot, VARIATIONS)
    QTest.keyClick(shown.window.grid.buttons[1], Qt.Key.Key_Return)
    assert [k.result.index for k in shown.host.placed[0][0]] == [1]


def test_ideas_and_placeholder_are_what_the_model_says_it_can_do(qtbot: QtBot) -> None:
    shown = Shown(qtbot, MINI)
    assert "For example: make it brighter" in shown.window.instruction.edit.placeholderText()
    first = shown.window.ideas.chips[0]
    assert first.text() == "make it brighter"
    first.click()
    assert shown.session.state.draft.instruction == "make it brighter"
    unknown = Shown(qtbot, SCENES["empty"])
    assert unknown.window.instruction.edit.placeholderText() == "What should change?"
    assert unknown.window.ideas.chips == []


def test_what_lies_below_the_button_stays_where_it_is_from_state_to_state(qtbot: QtBot) -> None:
    tops = set()
    for scene in ("typed", "writing", "sampling", "done"):
        shown = Shown(qtbot, SCENES[scene])
        tops.add(shown.window.text.mapTo(shown.window, QPoint(0, 0)).y())
    assert len(tops) == 1


@pytest.mark.parametrize(("scene", "words"), [("mini", "mgie-mini, ready on CPU"), ("idle", "ready on CPU")])
def test_the_model_and_the_device_are_said_once(qtbot: QtBot, scene: str, words: str) -> None:
    shown = Shown(qtbot, SCENES[scene])
    model = shown.session.state.model
    assert model is not None
    said = f"{words} \u00b7 {model.abilities[0]}"
    assert shown.window.backend.words.text() == said
    assert shown.window.backend.words.toolTip() == said
    assert shown.window.backend.model.isVisible() == (scene == "idle")


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (1100, "mgie-mini, ready on CPU \u00b7 recolours only: light, contrast, colours and looks, "
         "of the whole picture or of a part"),
        (420, "mgie-mini, ready on CPU \u00b7 recolours only"),
        (215, "mgie-mini, ready"),
    ],
)  # fmt: skip
def test_what_the_model_can_do_is_said_where_there_is_room(qtbot: QtBot, width: int, words: str) -> None:
    shown = Shown(qtbot, MINI, width)
    assert shown.window.backend.words.shown_text == words
    assert "recolours only" in shown.window.backend.words.toolTip()
    loading = replace(MINI, backend=replace(MINI.backend, link=Link.LOADING))
    assert Shown(qtbot, loading, width).window.backend.words.text() == "Loading mgie-mini"


def test_the_queue_is_seen_and_reordered_and_stop_has_a_button_of_its_own(qtbot: QtBot) -> None:
    shown = Shown(qtbot, SCENES["queue"])
    queue, bar = shown.window.queue, shown.window.actions_bar
    assert (queue.title.text(), queue.go_on.isVisible()) == ("3 edits waiting", False)
    assert (bar.primary.text(), bar.stop.isVisible()) == ("Add to the queue", True)
    assert [row.words.text()[:2] for row in queue.rows.values()] == ["1.", "2.", "3."]
    queue.rows["w2"].earlier.click()
    assert list(queue.rows) == ["w0", "w2", "w1"]
    tops = [row.mapTo(shown.window, QPoint(0, 0)).y() for row in queue.rows.values()]
    QCoreApplication.processEvents()
    assert len(set(tops)) == 3
    queue.rows["w0"].cancel.click()
    assert list(queue.rows) == ["w2", "w1"]
    bar.stop.click()
    assert shown.backend.stopped == ["j"]
    queue.clear.click()
    assert not queue.isVisible()


def test_a_held_queue_offers_to_continue(qtbot: QtBot) -> None:
    shown = Shown(qtbot, SCENES["queue-held"])
    assert shown.window.queue.title.text() == "3 edits waiting, on hold"
    shown.window.queue.go_on.click()
    assert shown.host.reads[0][1][0].instruction == "warm it up"
    assert not shown.window.queue.go_on.isVisible()


def test_streamed_words_do_not_move_what_is_selected(qtbot: QtBot) -> None:
    shown = Shown(qtbot, SCENES["writing"])
    edit = shown.window.text.edit
    cursor = edit.textCursor()
    cursor.setPosition(4)
    cursor.setPosition(7, cursor.MoveMode.KeepAnchor)
    edit.setTextCursor(cursor)
    edit.set_text(edit.toPlainText() + " and more")
    assert edit.textCursor().selectedText() == "cup"


def test_the_keyboard_goes_back_to_the_host_after_return_and_escape(qtbot: QtBot) -> None:
    shown = Shown(qtbot, IDLE)
    edit, left = shown.window.instruction.edit, []
    shown.window.left.connect(lambda: left.append(1))
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert left == []  # nothing was written, nothing begins
    QTest.keyClicks(edit, "warm it up")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert len(left) == 1
    QTest.keyClick(shown.window, Qt.Key.Key_Escape)
    assert len(left) == 2
    assert not shown.session.state.is_busy
    shown.window.actions_bar.setFocus()
    edit.clearFocus()
    QTest.keyClick(shown.window, Qt.Key.Key_Escape)  # first to the instruction
    assert (len(left), edit.hasFocus()) == (2, True)
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert len(left) == 3
