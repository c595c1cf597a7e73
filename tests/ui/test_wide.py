"""A wide window shows the picture beside the column, a narrow one in it."""

from __future__ import annotations

from PyQt6.QtCore import QCoreApplication, QPoint
from pytestqt.qtbot import QtBot

from mgie.panel.state.panel import PanelState
from mgie.panel.views.window import COLUMN_PX, WIDE_PX
from support.panel_scenes import DONE
from support.shown_panel import Shown


def settle(shown: Shown, width: int, height: int = 800) -> None:
    shown.window.resize(width, height)
    for _ in range(6):
        QCoreApplication.processEvents()


def test_the_picture_goes_beside_the_column_and_back_with_the_width(qtbot: QtBot) -> None:
    shown = Shown(qtbot, DONE, width=WIDE_PX - 1)
    window, preview = shown.window, shown.window.preview
    assert not window.stage.isVisible()
    narrow = preview.height()
    settle(shown, WIDE_PX + 300)
    assert window.stage.isAncestorOf(preview)
    assert window.stage.isAncestorOf(window.compare)
    assert preview.isVisible()
    assert window.compare.isVisible()
    assert preview.width() > WIDE_PX + 300 - COLUMN_PX - 40
    assert preview.height() > narrow  # all the room there is
    column = window.instruction.mapTo(window, QPoint(0, 0)).x()
    assert preview.mapTo(window, QPoint(preview.width(), 0)).x() <= column
    settle(shown, 360)
    assert not window.stage.isVisible()
    assert not window.stage.isAncestorOf(preview)
    assert preview.isVisible()
    assert preview.width() < 360
    below = window.result.mapTo(window, QPoint(0, window.result.height())).y()
    assert preview.mapTo(window, QPoint(0, 0)).y() > below
    assert window.compare.mapTo(window, QPoint(0, 0)).y() > preview.mapTo(window, QPoint(0, 0)).y()


def test_without_a_picture_the_column_has_the_whole_width(qtbot: QtBot) -> None:
    shown = Shown(qtbot, PanelState(), width=WIDE_PX + 200)
    assert not shown.window.stage.isVisible()
    assert shown.window.instruction.width() > COLUMN_PX
    shown.session.update(**{name: getattr(DONE, name) for name in ("job", "edit", "before", "host")})
    settle(shown, WIDE_PX + 200)
    assert shown.window.stage.isVisible()
    shown.session.update(job=None, edit=None, before=None)
    settle(shown, WIDE_PX + 200)
    assert not shown.window.stage.isVisible()


def test_every_control_is_still_reached_by_the_tab_key(qtbot: QtBot) -> None:
    shown = Shown(qtbot, DONE, width=WIDE_PX + 200)
    window = shown.window
    window.instruction.edit.setFocus()
    reached = set()
    for _ in range(80):
        window.focusNextPrevChild(True)
        reached.add(window.focusWidget())
    assert {window.preview, window.compare.mode, window.actions_bar.primary, window.backend.open} <= reached
