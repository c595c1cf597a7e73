"""Comparing before and after: every way to look, near and far, in the panel and in a window of its own."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QWheelEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mgie.api.rect import Rect
from mgie.panel.session import Session
from mgie.panel.state.pictures import Frame
from mgie.panel.views.compare_bar import CompareBar
from mgie.panel.views.compare_modes import MAX_ZOOM, Camera, CompareMode
from mgie.panel.views.preview_view import PreviewView
from mgie.panel.views.window import PanelWindow
from support.fake_ports import NotedBackend, NotedHost
from support.panel_scenes import CHANGED, SAMPLING

PLACE = Rect(x=0, y=0, width=40, height=20)
RED, GREEN = (200, 0, 0), (0, 100, 0)


def flat(colour: tuple[int, int, int]) -> Frame:
    return Frame(width=40, height=20, rgb=bytes(colour) * 800, place=PLACE)


@pytest.fixture
def view(qtbot: QtBot) -> PreviewView:
    view = PreviewView()
    qtbot.addWidget(view)
    view.resize(200, 100)
    view.set_frames(flat(RED), flat(GREEN), (b"\x40" * 400 + b"\x00" * 400, flat(GREEN)))
    view.show()
    return view


def colour_at(view: PreviewView, x: int, y: int = 80) -> tuple[int, int, int]:
    colour: QColor = view.grab().toImage().pixelColor(x, y)
    return colour.red(), colour.green(), colour.blue()


def test_a_wipe_shows_before_on_the_left_and_after_on_the_right_and_is_dragged(view: PreviewView) -> None:
    view.set_mode(CompareMode.WIPE)
    assert (colour_at(view, 60), colour_at(view, 140)) == (RED, GREEN)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 50))
    QTest.mouseMove(view, QPoint(20, 50))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(20, 50))
    assert (colour_at(view, 10), colour_at(view, 60)) == (RED, GREEN)
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.wipe == pytest.approx(0.15)


def test_side_by_side_shows_both_whole(view: PreviewView) -> None:
    height = view.heightForWidth(400)
    view.set_mode(CompareMode.SIDE)
    assert (colour_at(view, 50, 70), colour_at(view, 150, 70)) == (RED, GREEN)
    assert view.heightForWidth(400) == pytest.approx(height / 2, abs=3)


def test_the_difference_is_black_where_nothing_changed_and_amplified(view: PreviewView) -> None:
    view.set_mode(CompareMode.DIFFERENCE)
    assert colour_at(view, 100) == (255, 255, 0)  # 200 and 100 of 255, times 4
    view.set_frames(flat((90, 90, 90)), flat((100, 90, 90)))
    assert colour_at(view, 100) == (40, 0, 0)


def test_a_blink_goes_back_and_forth(view: PreviewView, qtbot: QtBot) -> None:
    view.set_mode(CompareMode.BLINK)
    qtbot.waitUntil(lambda: colour_at(view, 100) == RED, timeout=20_000)
    qtbot.waitUntil(lambda: colour_at(view, 100) == GREEN, timeout=20_000)


def test_the_change_map_is_bright_where_much_changed(view: PreviewView) -> None:
    view.set_mode(CompareMode.CHANGES)
    assert sum(colour_at(view, 100, 20)) > sum(colour_at(view, 100, 80)) + 200


def test_only_what_can_be_compared_is_offered(view: PreviewView, qtbot: QtBot) -> None:
    bar = CompareBar(view, "compare")
    qtbot.addWidget(bar)
    assert [bar.mode.itemText(i) for i in range(bar.mode.count())] == [
        "Result", "Wipe", "Side by side", "Difference", "Blink", "Change map",
    ]  # fmt: skip
    view.set_mode(CompareMode.CHANGES)
    view.set_frames(view._frames[0], flat((1, 2, 3)))
    assert bar.mode.findText("Change map") == -1
    assert colour_at(view, 100) == (1, 2, 3)  # no map: the result
    view.set_frames(flat(RED), None)
    assert not bar.isVisibleTo(None)


def test_the_wheel_zooms_at_the_pointer_with_ctrl_alone(view: PreviewView) -> None:
    def turn(delta: int, modifiers: Qt.KeyboardModifier) -> None:
        at = QPointF(150, 50)
        QApplication.sendEvent(
            view,
            QWheelEvent(
                at, view.mapToGlobal(at), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
                modifiers, Qt.ScrollPhase.NoScrollPhase, False,
            ),
        )  # fmt: skip

    turn(120, Qt.KeyboardModifier.NoModifier)
    assert view.camera == Camera()
    under = (150 - view.area().x()) / view.area().width()
    for _ in range(3):
        turn(120, Qt.KeyboardModifier.ControlModifier)
    assert view.area().width() > 300
    assert (150 - view.area().x()) / view.area().width() == pytest.approx(under)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 50))
    before = view.area().x()
    QTest.mouseMove(view, QPoint(80, 50))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(80, 50))
    assert view.area().x() == pytest.approx(before - 20)
    for _ in range(9):
        turn(-120, Qt.KeyboardModifier.ControlModifier)
    assert view.camera == Camera()


def test_one_to_one_and_back(view: PreviewView, qtbot: QtBot) -> None:
    bar = CompareBar(view, "compare")
    qtbot.addWidget(bar)
    bar.full.click()
    assert view.area().width() * view.devicePixelRatioF() == 40
    bar.full.click()
    assert view.area() == QRectF(0, 0, 200, 100)


@pytest.mark.parametrize("factor", [0.01, 1.25, 100.0])
def test_a_camera_never_loses_the_picture(factor: float) -> None:
    area = QRectF(0, 0, 200, 100)
    camera = Camera().zoomed(factor, QPointF(200, 0), 40, 20, area)
    for by in (QPointF(1e6, -1e6), QPointF(-1e6, 1e6)):
        camera = camera.moved(by, 40, 20)
        assert camera.place(40, 20, area).intersects(area)
    assert camera.zoom <= MAX_ZOOM


def test_a_window_of_its_own_follows_the_panel_and_closes_with_escape(qtbot: QtBot) -> None:
    window = PanelWindow(Session(NotedBackend(), NotedHost(), CHANGED))
    qtbot.addWidget(window)
    window.show()
    window.preview.set_mode(CompareMode.SIDE)
    window.compare.detach.click()
    detached = window.compare_window
    assert detached is not None
    assert detached.isVisible()
    assert detached.preview.mode is CompareMode.SIDE
    assert detached.bar.mode.currentText() == "Side by side"
    assert detached.preview.place() == window.preview.place()
    QTest.keyClick(detached, Qt.Key.Key_Escape)
    assert not detached.isVisible()


def test_a_view_may_be_painted_at_any_moment_of_its_making(qtbot: QtBot) -> None:
    painted: list[QImage] = []

    class Eager(PreviewView):
        def setObjectName(self, name: object) -> None:  # noqa: N802 - Qt's name
            painted.append(self.grab().toImage())
            super().setObjectName(name)  # type: ignore[arg-type]

    qtbot.addWidget(Eager())
    assert painted


def test_a_preview_that_develops_is_compared_as_well(qtbot: QtBot) -> None:
    window = PanelWindow(Session(NotedBackend(), NotedHost(), SAMPLING))
    qtbot.addWidget(window)
    assert CompareMode.WIPE in window.preview.modes
    assert CompareMode.CHANGES not in window.preview.modes
