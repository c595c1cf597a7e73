"""The panel's own window beside the canvas, or where it was left; pop-ups where an embedded window is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PyQt6.QtGui import QGuiApplication, QMouseEvent
from PyQt6.QtWidgets import QApplication, QMenu, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from mgie.panel.popup_places import PopupPlaces
from mgie.panel.window_place import WindowPlace
from support import embedded_window, x11_desk


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QTextEdit()  # a widget with a size of its own
    qtbot.addWidget(window)
    return window


def test_the_first_time_it_opens_at_the_right_edge(window: QWidget, tmp_path: Path) -> None:
    WindowPlace(tmp_path / "window.json").restore(window)
    screen = QGuiApplication.primaryScreen()
    assert screen is not None
    area = screen.availableGeometry()
    assert area.contains(window.geometry())
    assert area.right() - window.geometry().right() <= 8


def test_then_it_opens_where_it_was_left(window: QWidget, qtbot: QtBot, tmp_path: Path) -> None:
    place = WindowPlace(tmp_path / "window.json")
    window.setGeometry(40, 50, 300, 400)
    place.keep(window)
    other = QWidget()
    qtbot.addWidget(other)
    place.restore(other)
    assert other.geometry() == QRect(40, 50, 300, 400)


@pytest.mark.parametrize("text", ["", "{}", "[1, 2]", '["a", 0, 1, 1]', "[90000, 0, 300, 400]", "[null]"])
def test_a_place_that_is_damaged_or_on_no_screen_is_not_taken(
    window: QWidget, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "window.json"
    path.write_text(text, encoding="utf-8")
    WindowPlace(path).restore(window)
    screen = QGuiApplication.primaryScreen()
    assert screen is not None
    assert screen.availableGeometry().contains(window.geometry())


def test_popups_move_by_what_the_mouse_says(window: QWidget, qapp: QApplication) -> None:
    window.setGeometry(0, 0, 200, 200)
    places = PopupPlaces(qapp, window)
    window.show()
    menu = QMenu(window)
    menu.addAction("one")
    menu.popup(QPoint(20, 30))
    told = menu.pos()
    menu.hide()
    seen = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(5, 5),
        QPointF(window.mapToGlobal(QPoint(305, 105))),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    qapp.sendEvent(window, seen)
    menu.popup(QPoint(20, 30))
    assert menu.pos() - told == QPoint(300, 100)
    menu.hide()
    qapp.removeEventFilter(places)


def test_in_a_docker_that_floats_a_list_opens_at_its_new_place() -> None:
    moves = _on_x11(embedded_window, "Xvfb", "xdotool")
    assert moves["list_moved"] == moves["docker_moved"]


def test_the_keyboard_is_given_to_anothers_window_and_a_held_button_is_seen() -> None:
    found = _on_x11(x11_desk, "Xvfb", "xdotool", "openbox")
    assert found == {"buttons": [False, True, False], "focus": [True, True]}


def _on_x11(script: ModuleType, *needed: str) -> dict[str, Any]:
    """Run a script of `support` on an X server of its own."""
    missing = [name for name in needed if shutil.which(name) is None]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)}: a real window of another program")
    environment = {**os.environ, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(
        [sys.executable, str(script.__file__)], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)
