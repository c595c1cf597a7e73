"""The views in every scene: names for everyone, all text translatable, nothing cut off, keys that work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PyQt6.QtCore import QCoreApplication, QPoint, Qt, QTranslator
from PyQt6.QtGui import QColor
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from mgie.panel import theme
from mgie.panel.session import Session
from mgie.panel.state.job import Outcome
from mgie.panel.state.panel import PanelState
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.window import PanelWindow
from support.fake_ports import NotedBackend, NotedHost
from support.panel_scenes import DONE, HELD, IDLE, MINI, SAMPLING, SCENES, TYPED, VARIATIONS

WIDTHS = (215, 320, 480)


class Shown:
    """A window in a scene, with noted ports."""

    def __init__(self, qtbot: QtBot, state: PanelState, width: int = 360) -> None:
        self.backend, self.host = NotedBackend(), NotedHost()
        self.session = Session(self.backend, self.host, state)
        self.window = PanelWindow(self.session)
        qtbot.addWidget(self.window)
        self.window.resize(width, 800)
        self.window.show()
        for _ in range(4):
            QCoreApplication.processEvents()

    def widgets(self) -> list[QWidget]:
        """All of ours; Qt's own parts inside combo boxes and scroll areas carry `qt_` names."""
        every = [self.window, *self.window.findChildren(QWidget)]
        return [w for w in every if not _is_qts_own(w)]


def _is_qts_own(widget: QWidget) -> bool:
    if widget.objectName().startswith("qt_") or widget.inherits("QScrollBar"):
        return True
    inner = widget.parentWidget()
    while inner is not None:
        if inner.inherits("QComboBox") or inner.inherits("QAbstractSpinBox") or inner.inherits("QMenu"):
            return True
        inner = inner.parentWidget()
    return False


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
    r"|my-painter|klein|qwen|flux|pix2pix|^old$|commercial|safetensors"
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


def test_own_numbers_turn_the_preset_into_the_artists_own(qtbot: QtBot) -> None:
    shown = Shown(qtbot, TYPED)
    QTest.keyClick(shown.window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert shown.window.settings.isVisible()
    shown.window.settings.fields["guidance_scale"].control.setValue(9.0)
    assert shown.window.options.preset.currentText() == "Own settings"
    shown.window.settings.seed.edit.setText("not a number")
    shown.window.settings.seed.edit.editingFinished.emit()
    assert shown.window.settings.seed.edit.text() == "2718281828"
    shown.window.settings.seed.edit.setText("42")
    shown.window.settings.seed.edit.editingFinished.emit()
    assert (shown.session.state.settings.seed, shown.session.state.settings.is_seed_locked) == (42, True)


def test_settings_in_a_low_window_scroll_and_are_not_crushed(qtbot: QtBot) -> None:
    shown = Shown(qtbot, TYPED)
    window = shown.window
    window.become_embedded()
    window.ideas.more.setChecked(True)
    for height in (720, 400, 240):
        window.resize(300, height)
        for _ in range(4):
            QCoreApplication.processEvents()
        assert window.size().height() == height
        every = [*window.settings.fields.values(), *window.settings.compose.values(), window.settings.source]
        for row in (*every, window.target, window.instruction, window.actions_bar.primary, window.backend):
            if row.isVisible():
                assert row.height() >= row.minimumSizeHint().height(), (height, row.objectName())


def test_sliders_and_numbers_set_the_same_and_reset_goes_back(qtbot: QtBot) -> None:
    shown = Shown(qtbot, TYPED)
    shown.window.ideas.more.setChecked(True)
    feather = shown.window.settings.compose["feather_px"].slider
    assert not feather.reset.isVisible()
    feather.slider.setValue(200)
    assert shown.session.state.settings.compose.feather_px == feather.spin.value() == 125
    feather.spin.setValue(40)
    assert shown.session.state.settings.compose.feather_px == 40
    assert feather.reset.isVisible()
    feather.reset.click()
    assert shown.session.state.settings.compose.feather_px == 8
    assert not feather.reset.isVisible()


def test_the_mask_of_the_settings_follows_the_hand(qtbot: QtBot) -> None:
    shown = Shown(qtbot, TYPED)
    shown.window.ideas.more.setChecked(True)
    picture = shown.window.settings.mask_picture
    sharp = picture.grab().toImage()
    shown.window.settings.compose["feather_px"].slider.slider.setValue(180)
    assert picture.grab().toImage() != sharp
    assert not Shown(qtbot, SCENES["empty"]).window.settings.mask_picture.isVisibleTo(None)


def test_controls_that_do_a_model_no_good_are_not_shown(qtbot: QtBot) -> None:
    shown = Shown(qtbot, MINI)
    shown.window.ideas.more.setChecked(True)
    assert shown.window.settings.fields == {}
    assert not shown.window.options.isVisible()
    assert not shown.window.settings.seed.isVisible()
    assert shown.window.settings.compose["feather_px"].isVisible()


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


def test_dice_throw_a_seed_and_keep_it(qtbot: QtBot) -> None:
    shown = Shown(qtbot, TYPED)
    shown.window.settings.seed.dice.click()
    settings = shown.session.state.settings
    assert settings.seed != TYPED.settings.seed
    assert settings.is_seed_locked
    assert shown.window.settings.seed.edit.text() == str(settings.seed)


def test_what_lies_below_the_button_stays_where_it_is_from_state_to_state(qtbot: QtBot) -> None:
    tops = set()
    for scene in ("typed", "writing", "sampling", "done"):
        shown = Shown(qtbot, SCENES[scene])
        tops.add(shown.window.text.mapTo(shown.window, QPoint(0, 0)).y())
    assert len(tops) == 1


@pytest.mark.parametrize(("scene", "words"), [("mini", "mgie-mini, ready on CPU"), ("idle", "ready on CPU")])
def test_the_model_and_the_device_are_said_once(qtbot: QtBot, scene: str, words: str) -> None:
    shown = Shown(qtbot, SCENES[scene])
    assert shown.window.backend.words.text() == words
    assert shown.window.backend.model.isVisible() == (scene == "idle")


def test_the_queue_is_seen_and_reordered_and_stop_has_a_button_of_its_own(qtbot: QtBot) -> None:
    shown = Shown(qtbot, SCENES["queue"])
    queue, bar = shown.window.queue, shown.window.actions_bar
    assert (queue.title.text(), queue.go_on.isVisible()) == ("3 edits wait", False)
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
    assert shown.window.queue.title.text() == "3 edits wait, held"
    shown.window.queue.go_on.click()
    assert shown.host.reads[0][1][0].instruction == "warm it up"
    assert not shown.window.queue.go_on.isVisible()


def test_regions_are_a_mode_of_their_own(qtbot: QtBot) -> None:
    shown = Shown(qtbot, TYPED)
    window = shown.window
    assert not window.regions.isVisible()
    window.mode.regions.click()
    assert (window.text.isVisible(), window.regions.isVisible()) == (False, True)
    assert "next region" in window.instruction.edit.placeholderText()
    assert window.regions.hint.isVisible()
    assert not window.actions_bar.primary.isEnabled()
    assert "add it as a region" in window.actions_bar.primary.accessibleDescription()
    window.mode.edit.click()
    assert window.actions_bar.primary.text() == "Edit selection"


def test_a_finished_region_folds_and_a_failed_one_can_be_tried_again_alone(qtbot: QtBot) -> None:
    shown = Shown(
        qtbot, replace(SCENES["batch"], regions=SCENES["batch"].regions[:1] + SCENES["batch"].regions[2:])
    )
    rows = shown.window.regions.rows
    assert shown.window.mode.regions.text() == "Regions 3"
    assert (rows["a"].instruction.isVisible(), rows["c"].instruction.isVisible()) == (False, True)
    rows["a"].fold.click()
    assert rows["a"].instruction.isVisible()
    assert rows["a"].words.isVisible()
    assert not rows["d"].retry.isVisible()  # it was never tried
    rows["c"].retry.click()
    ((_, jobs, regions),) = shown.host.reads
    assert ([job.instruction for job in jobs], [r.key for r in regions]) == (
        ["turn the spoon to gold"],
        ["c"],
    )


def test_a_regions_layer_is_hidden_and_shown_by_its_eye(qtbot: QtBot) -> None:
    region = SCENES["batch"].regions[0]
    assert region.job is not None
    placed = replace(DONE.finished[0], job=region.job, outcome=Outcome.PLACED)
    shown = Shown(qtbot, replace(SCENES["batch"], finished=(placed,)))
    eye = shown.window.regions.rows["a"].eye
    assert eye.isVisible()
    assert eye.isChecked()
    assert not shown.window.regions.rows["b"].eye.isVisible()
    eye.click()
    assert shown.session.state.finished[0].opacity == 0
    assert not eye.isChecked()
    eye.click()
    assert shown.session.state.finished[0].opacity == 1


def test_regions_are_renamed_and_pointed_at(qtbot: QtBot) -> None:
    shown = Shown(qtbot, SCENES["batch"])
    row = shown.window.regions.rows["b"]
    row.name.setText("Wood")
    row.name.editingFinished.emit()
    assert [r.name for r in shown.session.state.regions][1] == "Wood"
    row.name.setText("  ")
    row.name.editingFinished.emit()
    assert [r.name for r in shown.session.state.regions][1] == "Wood"
    thumbnail = shown.window.target.thumbnail
    plain = thumbnail.grab().toImage()
    row.pointed.emit("b")
    assert thumbnail.grab().toImage() != plain
    row.pointed.emit("")
    assert thumbnail.grab().toImage() == plain


def test_streamed_words_do_not_move_what_is_selected(qtbot: QtBot) -> None:
    shown = Shown(qtbot, SCENES["writing"])
    edit = shown.window.text.edit
    cursor = edit.textCursor()
    cursor.setPosition(4)
    cursor.setPosition(7, cursor.MoveMode.KeepAnchor)
    edit.setTextCursor(cursor)
    edit.set_text(edit.toPlainText() + " and more")
    assert edit.textCursor().selectedText() == "cup"


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_text_has_the_contrast_that_wcag_asks_for(look: theme.Theme) -> None:
    for ground in (look.window, look.field, look.raised):
        for colour in (look.text, look.muted):
            assert _contrast(colour, ground) >= 4.5
    for colour in (look.good, look.caution, look.bad):
        assert _contrast(colour, look.window) >= 4.5
    assert _contrast(look.on_accent, look.accent) >= 4.5
    assert _contrast(look.text, look.bad_ground) >= 4.5
    assert _contrast(look.text, look.caution_ground) >= 4.5


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(name: str) -> float:
    colour = QColor(name)
    linear = [
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
        for v in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


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
