"""For everyone: names, tab order, keys, large fonts, right to left, three languages in 300 px."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PyQt6.QtCore import QCoreApplication, QPoint, Qt, QTranslator
from PyQt6.QtGui import QFont
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mgie.api.rect import Rect
from mgie.panel import theme
from mgie.panel.languages import speak
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.views.canvas_view import CanvasView
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.window import PanelWindow
from support.fake_ports import NotedBackend, NotedHost
from support.panel_scenes import IDLE, SCENES

CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit)
NARROW_PX = 300
SCALE = "QT_SCALE_FACTOR"  # a variable that Qt reads when it starts
LARGE_POINTS, LARGE_PX = 16, 380  # a font, and the least width in which nothing of it needs to be scrolled to
COMBO_EDGES_PX = 28  # frame, padding and arrow
OF_ANY_LENGTH = {"model", "documents", "document_picker"}  # names of people, shortened where they must be
ONE_LINE_PX = 24  # controls beside each other begin within this


@pytest.fixture(autouse=True)
def plain(qapp: QApplication) -> Iterator[None]:
    """English, left to right, the usual font; again afterwards."""
    theme.apply(qapp, theme.DARK)
    font = qapp.font()
    yield
    qapp.setFont(font)
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    for translator in qapp.findChildren(QTranslator):
        qapp.removeTranslator(translator)
        translator.setParent(None)


def shown(qtbot: QtBot, state: PanelState, width: int = NARROW_PX) -> PanelWindow:
    """A window with everything open."""
    window = PanelWindow(Session(NotedBackend(), NotedHost(), state))
    qtbot.addWidget(window)
    window.resize(width, 900)
    window.ideas.more.setChecked(True)
    window.show()
    window.activateWindow()
    for _ in range(4):
        QCoreApplication.processEvents()
    return window


def controls(window: QWidget) -> list[QWidget]:
    """What can be operated, without the parts that Qt makes inside of it."""
    every = [w for w in window.findChildren(QWidget) if isinstance(w, CONTROLS) and w.isVisible()]
    return [
        w
        for w in every
        if not isinstance(w, QScrollBar)
        and not any(isinstance(w.parentWidget(), kind) for kind in (QComboBox, QAbstractSpinBox))
        and not w.objectName().startswith("qt_")
    ]


@pytest.mark.parametrize("scene", SCENES)
def test_no_two_controls_have_the_same_name(qtbot: QtBot, scene: str) -> None:
    names = [w.accessibleName() for w in controls(shown(qtbot, SCENES[scene]))]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("scene", SCENES)
def test_tab_reaches_every_control_from_the_top_to_the_bottom(qtbot: QtBot, scene: str) -> None:
    window = shown(qtbot, SCENES[scene])
    is_models = not window.instruction.edit.isVisible()
    first: QWidget = controls(window)[0] if is_models else window.instruction.edit
    first.setFocus()
    reached: list[QWidget] = []
    widget = first
    while widget is not None and widget not in reached and len(reached) < 200:
        reached.append(widget)
        QTest.keyClick(widget, Qt.Key.Key_Tab)
        widget = window.focusWidget()
    left_out = [w.objectName() for w in controls(window) if w.isEnabled() and w not in reached]
    assert not left_out
    places = [(*_place(w, window), w.objectName()) for w in reached]
    start = places.index(min(places))
    ring = places[start:] + places[:start]  # Tab goes round and round
    for (zone, above, name), (next_zone, below, after) in pairwise(ring):
        assert next_zone > zone or (next_zone == zone and below >= above - ONE_LINE_PX), (name, after)


def _place(widget: QWidget, window: PanelWindow) -> tuple[int, int]:
    """Above, in or below what scrolls; and how far from the top of that, px, however far it has scrolled."""
    areas = [window.findChild(QScrollArea, name) for name in ("scroll", "models_scroll")]
    scroll = next(area for area in areas if area is not None and area.isVisible())
    content, top = scroll.widget(), widget.mapTo(window, QPoint(0, 0)).y()
    assert content is not None
    if content.isAncestorOf(widget):
        return 1, widget.mapTo(content, QPoint(0, 0)).y()
    return (0, top) if top < scroll.mapTo(window, QPoint(0, 0)).y() else (2, top)


def cramped(window: PanelWindow, width: int = NARROW_PX) -> list[str]:
    """What does not get the room that its text needs, or leaves the window."""
    found: list[str] = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.objectName().startswith("qt_"):
            continue
        name, hint = widget.objectName(), widget.sizeHint()
        left = widget.mapTo(window, QPoint(0, 0)).x()
        if left < 0 or left + widget.width() > window.width():
            found.append(f"{name} leaves the window: {left} + {widget.width()}")
        if isinstance(widget, QLabel) and not isinstance(widget, ElidedLabel) and widget.text():
            wraps = widget.wordWrap()
            needed = widget.heightForWidth(widget.width()) if wraps else hint.height()
            if widget.height() < needed or (widget.width() < hint.width() and not wraps):
                found.append(f"{name}: {widget.text()!r}")
        is_low = widget.height() < widget.fontMetrics().height()
        if (
            isinstance(widget, QAbstractButton)
            and widget.text()
            and (widget.width() < hint.width() or is_low)
        ):
            found.append(f"{name}: {widget.text()!r} {widget.size()} < {hint}")
        if isinstance(widget, QComboBox) and name not in OF_ANY_LENGTH:
            room, text = widget.width() - COMBO_EDGES_PX, widget.currentText()
            if widget.fontMetrics().horizontalAdvance(text) > room:
                found.append(f"{name}: {text!r} in {room}")
    if window.width() > width:
        found.append(f"the window is {window.width()} px wide")
    return found


@pytest.mark.parametrize("language", ["en", "de", "ja"])
def test_nothing_is_cut_off_in_300_px(qtbot: QtBot, qapp: QApplication, language: str) -> None:
    assert qapp.devicePixelRatio() == float(os.environ.get(SCALE, "1"))
    speak(qapp, language)
    found = {scene: cramped(shown(qtbot, state)) for scene, state in SCENES.items()}
    assert not {scene: what for scene, what in found.items() if what}


@pytest.mark.parametrize("language", ["en", "de", "ja"])
def test_a_large_font_is_not_cut_off_either(qtbot: QtBot, qapp: QApplication, language: str) -> None:
    speak(qapp, language)
    font = QFont(qapp.font())
    font.setPointSize(LARGE_POINTS)
    qapp.setFont(font)
    found = {scene: cramped(shown(qtbot, state, LARGE_PX), LARGE_PX) for scene, state in SCENES.items()}
    assert not {scene: what for scene, what in found.items() if what}


def test_a_large_font_in_300_px_can_be_scrolled_to(qtbot: QtBot, qapp: QApplication) -> None:
    """What does not fit is not lost: the areas scroll sideways as far as they hold something."""
    font = QFont(qapp.font())
    font.setPointSize(LARGE_POINTS)
    qapp.setFont(font)
    wider: list[str] = []
    for scene, state in SCENES.items():
        window = shown(qtbot, state)
        assert window.width() == NARROW_PX
        for widget in controls(window):
            if _scroll_sideways(window, widget):
                wider.append(scene)
            right = widget.mapTo(window, QPoint(widget.width(), 0)).x()
            assert right <= NARROW_PX, (scene, widget.objectName())
    assert wider  # else it would be tested nowhere


def _scroll_sideways(window: PanelWindow, widget: QWidget) -> bool:
    """Bring a control into view as the artist would; whether that took any scrolling."""
    moved = False
    for area in window.findChildren(QScrollArea):
        if (bar := area.horizontalScrollBar()) is not None:
            bar.setValue(0)
    assert widget.mapTo(window, QPoint(0, 0)).x() >= 0, widget.objectName()
    for area in reversed(window.findChildren(QScrollArea)):  # from the inner to the outer one
        content, bar, viewport = area.widget(), area.horizontalScrollBar(), area.viewport()
        if content is None or bar is None or viewport is None or not content.isAncestorOf(widget):
            continue
        bar.setValue(widget.mapTo(content, QPoint(widget.width(), 0)).x() - viewport.width())
        assert bar.value() == 0 or bar.isVisible()
        moved = moved or bar.value() > 0
    return moved


def test_nothing_is_cut_off_on_a_screen_of_one_and_a_half_times_the_density() -> None:
    this = f"{Path(__file__)}::test_nothing_is_cut_off_in_300_px[en]"
    environ = {**os.environ, SCALE: "1.5"}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", this],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:]
    assert "1 passed" in run.stdout


@pytest.mark.parametrize("language", ["en", "de"])
def test_right_to_left_is_a_mirror(qtbot: QtBot, qapp: QApplication, language: str) -> None:
    speak(qapp, language)
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    for scene, state in SCENES.items():
        window = shown(qtbot, state)
        assert not cramped(window), scene
    window = shown(qtbot, IDLE)
    more = window.ideas.more
    assert more.mapTo(window, QPoint(0, 0)).x() < window.width() / 2


def test_the_keys_select_a_part_of_the_picture(qtbot: QtBot) -> None:
    """Shift with an arrow begins in the middle and grows, an arrow moves, Delete selects nothing."""
    view = CanvasView()
    qtbot.addWidget(view)
    view.resize(280, 200)
    view.show()
    view.show_state(IDLE)
    view.setFocus()
    wanted: list[Rect | None] = []
    view.selected.connect(wanted.append)
    target = IDLE.host.target
    assert target is not None
    assert target.selection is not None
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(view, Qt.Key.Key_Delete)
    moved, grown, nothing = wanted
    assert moved is not None
    assert grown is not None
    assert moved.x > target.selection.x
    assert (moved.y, moved.width, moved.height) == (
        target.selection.y,
        target.selection.width,
        target.selection.height,
    )
    assert grown.height > target.selection.height
    assert nothing is None
