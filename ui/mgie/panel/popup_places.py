"""Menus and lists of a window inside another program's: opened where the window is, not where it was.

A window that was taken into a docker is told nothing when the docker moves, so Qt opens pop-ups at the old
place. Every event of the mouse says where it happened on the screen: by the difference they are moved.
"""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, QPoint, Qt
from PyQt6.QtGui import QEnterEvent, QGuiApplication, QMouseEvent
from PyQt6.QtWidgets import QApplication, QWidget

_POINTING = (QEvent.Type.Enter, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove)


class PopupPlaces(QObject):
    """Follows the mouse over one window and moves the pop-ups of the application with it."""

    def __init__(self, app: QApplication, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._offset = QPoint()  # from where Qt takes the window to be to where it is
        app.installEventFilter(self)

    def eventFilter(self, a0: QObject | None, a1: QEvent | None) -> bool:  # noqa: N802 - Qt's name
        """Learn from the mouse; move what is about to be shown. Nothing is held back."""
        if a1 is None or not isinstance(a0, QWidget):
            return False
        if a1.type() in _POINTING and isinstance(a1, QMouseEvent | QEnterEvent):
            if a0.window() is self._window:
                self._offset = (a1.globalPosition() - a0.mapToGlobal(a1.position())).toPoint()
        elif a1.type() == QEvent.Type.Show and _is_popup(a0) and not self._offset.isNull():
            a0.move(_on_screen(a0, a0.pos() + self._offset))
        return False


def _is_popup(widget: QWidget) -> bool:
    return widget.windowType() == Qt.WindowType.Popup


def _on_screen(widget: QWidget, place: QPoint) -> QPoint:
    """The place, or the nearest one where all of the widget is on the screen it opens on."""
    screen = QGuiApplication.screenAt(place) or QGuiApplication.primaryScreen()
    if screen is None:
        return place
    area = screen.availableGeometry()
    x = max(area.left(), min(place.x(), area.right() + 1 - widget.width()))
    y = max(area.top(), min(place.y(), area.bottom() + 1 - widget.height()))
    return QPoint(x, y)
