"""Where the panel's own window opens: where it was left, else at the right edge, beside the canvas."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from PyQt6.QtCore import QRect
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QWidget

from mgie.atomic_write import write_atomically

log = logging.getLogger(__name__)

LEAST_SEEN_PX = 80  # of a window on a screen, in both directions, for it to open there again
EDGE_PX = 8  # from the edge of the screen, beside the frame that the desktop draws
TITLE_PX = 40  # room for the title bar that the desktop draws above


class WindowPlace:
    """The place of one window, kept in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def restore(self, window: QWidget) -> None:
        """Give the window its size and place before it is shown."""
        window.setGeometry(self._left() or _at_the_right_edge(window))

    def keep(self, window: QWidget) -> None:
        """Remember where it is. Losing this costs a place only."""
        area = window.geometry()
        try:
            text = json.dumps([area.x(), area.y(), area.width(), area.height()])
            write_atomically(self._path, text.encode(), mode=0o600)
        except OSError as error:
            log.warning("the window's place is not kept: %s", error)

    def _left(self) -> QRect | None:
        """Where it was left, while there is a screen there."""
        try:
            area = QRect(*(int(number) for number in json.loads(self._path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, TypeError):
            return None
        for screen in QGuiApplication.screens():
            seen = screen.availableGeometry().intersected(area)
            if seen.width() >= LEAST_SEEN_PX and seen.height() >= LEAST_SEEN_PX:
                return area
        return None


def _at_the_right_edge(window: QWidget) -> QRect:
    screen = window.screen() or QGuiApplication.primaryScreen()
    size = window.sizeHint()
    if screen is None:
        return QRect(window.pos(), size)
    area = screen.availableGeometry()
    width = min(size.width(), area.width() - 2 * EDGE_PX)
    height = min(size.height(), area.height() - TITLE_PX - EDGE_PX)
    return QRect(area.right() + 1 - EDGE_PX - width, area.top() + TITLE_PX, width, height)
