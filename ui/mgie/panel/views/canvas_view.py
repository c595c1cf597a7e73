"""The preview where the panel stands alone: it shows the target too, and dragging on it selects."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from mgie.api.rect import Rect
from mgie.panel.state.panel import PanelState
from mgie.panel.state.pictures import Frame
from mgie.panel.state.target import Target, Thumbnail
from mgie.panel.views import images
from mgie.panel.views.key_selection import is_arrow, selection_after
from mgie.panel.views.preview_view import PreviewView

DRAG_PX = 8  # less is a press
_DASHES = ((Qt.GlobalColor.black, Qt.PenStyle.SolidLine), (Qt.GlobalColor.white, Qt.PenStyle.DashLine))


class CanvasView(PreviewView):
    """Drag or use the arrow keys to select a rectangle, press to compare."""

    selected = pyqtSignal(object)  # Rect on the canvas, or None

    def __init__(self) -> None:
        super().__init__(pulls_by_left=False)
        self.setAccessibleDescription(
            self.tr(
                "Drag to select a part, double-click to clear the selection, press and hold to see "
                "the original. Arrow keys move the selection, with Shift they resize it; Delete "
                "clears it."
            )
        )
        self.setToolTip(self.accessibleDescription())
        self._selection: Rect | None = None
        self._drag: tuple[QPointF, QPointF] | None = None
        self._target_frame: tuple[Thumbnail, Frame] | None = None  # the newest and what was made of it

    def show_state(self, state: PanelState) -> None:
        """The edit where there is one, else the target; and the selection."""
        target, thumbnail = state.host.target, state.host.thumbnail
        if (state.edit is None or state.is_undone) and target is not None and thumbnail is not None:
            self.set_frames(self._frame_of(thumbnail, target), None)
        else:
            super().show_state(state)
        self._selection = target.selection if target else None
        self.update()

    def paintEvent(self, a0: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        """The outline of the selection, dark and light, so that it shows on anything."""
        super().paintEvent(a0)
        place, area = self.place(), self.area()
        if self._drag is not None and _is_far(*self._drag):
            outline = QRectF(*self._drag).normalized()
        elif self._selection is not None and place is not None:
            outline = images.placed(self._selection, place, area)
        else:
            return
        painter = QPainter(self)
        for colour, style in _DASHES:
            painter.setPen(QPen(colour, 1, style))
            painter.drawRect(outline)
        painter.end()

    def mousePressEvent(self, a0: QMouseEvent | None) -> None:  # noqa: N802 - Qt's name
        """A press compares until it becomes a drag."""
        super().mousePressEvent(a0)
        if a0 is not None and not self.is_held:
            self._drag = (a0.position(), a0.position())

    def mouseMoveEvent(self, a0: QMouseEvent | None) -> None:  # noqa: N802 - Qt's name
        """Drag a selection."""
        super().mouseMoveEvent(a0)
        if self._drag is not None and a0 is not None:
            self._drag = (self._drag[0], a0.position())
            if _is_far(*self._drag):
                self.compare(False)
                self.update()

    def mouseReleaseEvent(self, a0: QMouseEvent | None) -> None:  # noqa: N802 - Qt's name
        """Take the selection."""
        super().mouseReleaseEvent(a0)
        drag, self._drag = self._drag, None
        place = self.place()
        if drag is not None and place is not None and _is_far(*drag):
            self.selected.emit(images.on_canvas(QRectF(*drag).normalized(), place, self.area()))
        self.update()

    def mouseDoubleClickEvent(self, a0: QMouseEvent | None) -> None:  # noqa: N802 - Qt's name
        """Select nothing."""
        self.selected.emit(None)

    def keyPressEvent(self, a0: QKeyEvent | None) -> None:  # noqa: N802 - Qt's name
        """Arrow keys select."""
        place = self.place()
        if a0 is None or place is None:
            return
        held = a0.modifiers()
        if is_arrow(a0.key()):
            is_sizing = bool(held & Qt.KeyboardModifier.ShiftModifier)
            is_fine = bool(held & Qt.KeyboardModifier.ControlModifier)
            wanted = selection_after(a0.key(), self._selection, place, is_sizing=is_sizing, is_fine=is_fine)
            self._selection = wanted  # at once: the next key may come before the host has answered
            self.selected.emit(wanted)
            self.update()
        elif a0.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.selected.emit(None)
        else:
            super().keyPressEvent(a0)

    def _frame_of(self, thumbnail: Thumbnail, target: Target) -> Frame:
        """The target as a frame; the same thumbnail gives the same frame."""
        if self._target_frame is None or self._target_frame[0] is not thumbnail:
            rgba = np.frombuffer(thumbnail.rgba, np.uint8).reshape(-1, 4)
            frame = Frame(
                width=thumbnail.width,
                height=thumbnail.height,
                rgb=np.ascontiguousarray(rgba[:, :3]).tobytes(),
                place=target.canvas,
            )
            self._target_frame = (thumbnail, frame)
        return self._target_frame[1]


def _is_far(start: QPointF, end: QPointF) -> bool:
    return (end - start).manhattanLength() >= DRAG_PX
