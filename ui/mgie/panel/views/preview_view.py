"""The picture as it develops, beside what it was: press to compare."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from mgie.api.rect import Rect
from mgie.panel.state.panel import PanelState
from mgie.panel.state.pictures import Frame
from mgie.panel.views import images
from mgie.panel.views.naming import named

MAX_HEIGHT_PX = 360


class PreviewView(QWidget):
    """Shows the edit; while the mouse or the space bar is down, the picture before it."""

    compared = pyqtSignal(bool)

    def __init__(self) -> None:
        super().__init__()
        named(
            self,
            "preview",
            self.tr("Preview"),
            self.tr("The picture as it develops. Press, or hold the space bar, to see it as it was."),
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.is_comparing = False
        self._frames: tuple[Frame | None, Frame | None] = (None, None)
        self._before, self._after = QImage(), QImage()

    def show_state(self, state: PanelState) -> None:
        """Show the chosen variation, finished or developing."""
        if state.shows_regions and state.edit is None:
            self.set_frames(None, None)
        else:
            self.set_frames(state.before, _after_frame(state))

    def set_frames(self, before: Frame | None, after: Frame | None) -> None:
        """Show two pictures of the same place."""
        old_before, old_after = self._frames
        if before is old_before and after is old_after:
            return
        self._frames = (before, after)
        if before is not old_before:
            self._before = images.of_frame(before) if before else QImage()
            self.updateGeometry()
        self._after = images.composed(before, after)
        self.setVisible(before is not None or after is not None)
        self.update()

    def compare(self, on: bool) -> None:
        """Show the picture before the edit, or the edit again."""
        if on != self.is_comparing and self._frames[1] is not None:
            self.is_comparing = on
            self.compared.emit(on)
            self.update()

    def place(self) -> Rect | None:
        """What is shown, on the canvas."""
        base = self._frames[0] or self._frames[1]
        return base.place if base else None

    def area(self) -> QRectF:
        """Where it is shown, inside this widget."""
        place = self.place()
        if place is None:
            return QRectF()
        return images.fitted(place.width, place.height, QRectF(self.rect()))

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """The height follows from the picture's shape."""
        return True

    def heightForWidth(self, a0: int) -> int:  # noqa: N802 - Qt's name
        """As high as the picture is at this width, within bounds."""
        place = self.place()
        if place is None:
            return 0
        return min(MAX_HEIGHT_PX, max(64, round(a0 * place.height / max(1, place.width))))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """For layouts that ask before they know the width."""
        return QSize(240, self.heightForWidth(max(240, self.width())))

    def paintEvent(self, a0: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        """Both pictures in their places; a word tells which one is seen."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self.place() is not None:
            area = self.area()
            painter.setClipRect(area)
            painter.drawImage(area, self._before if self.is_comparing else self._after)
            if self.is_comparing:
                images.draw_label(painter, area, self.tr("Before"))
        if self.hasFocus():
            painter.setClipping(False)
            painter.setPen(self.palette().highlight().color())
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def mousePressEvent(self, a0: QMouseEvent | None) -> None:  # noqa: N802 - Qt's name
        """Compare while the button is down."""
        self.compare(True)

    def mouseReleaseEvent(self, a0: QMouseEvent | None) -> None:  # noqa: N802 - Qt's name
        """Back to the edit."""
        self.compare(False)

    def keyPressEvent(self, a0: QKeyEvent | None) -> None:  # noqa: N802 - Qt's name
        """The space bar compares."""
        if a0 is not None and a0.key() == Qt.Key.Key_Space:
            self.compare(True)
        else:
            super().keyPressEvent(a0)

    def keyReleaseEvent(self, a0: QKeyEvent | None) -> None:  # noqa: N802 - Qt's name
        """Back to the edit; a repeated key is still down."""
        if a0 is not None and a0.key() == Qt.Key.Key_Space:
            if not a0.isAutoRepeat():
                self.compare(False)
        else:
            super().keyReleaseEvent(a0)


def _after_frame(state: PanelState) -> Frame | None:
    if state.edit is None or state.is_undone:
        return None
    for result in state.edit.results:
        if result.index == state.chosen:
            return result.frame
    return state.edit.previews.get(state.chosen)
