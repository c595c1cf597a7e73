"""Ways to look at a picture before and after an edit, and how each is painted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPen

from mgie.panel.texts import tr
from mgie.panel.views import images

MAX_ZOOM = 16.0  # screen pixels per pixel of the canvas
DIFFERENCE_GAIN = 4  # a difference of 64/255 or more is shown in full
GAP_PX = 4  # between two pictures side by side
_LINE, _LINE_EDGE = QColor(255, 255, 255), QColor(0, 0, 0, 160)


class CompareMode(Enum):
    """One way to look."""

    RESULT = "result"  # the result; press to see what was before
    WIPE = "wipe"
    SIDE = "side"
    DIFFERENCE = "difference"
    BLINK = "blink"
    CHANGES = "changes"  # the change map of the backend


def mode_label(mode: CompareMode) -> str:
    """What a way to look is called."""
    return {
        CompareMode.RESULT: tr("Result"),
        CompareMode.WIPE: tr("Wipe"),
        CompareMode.SIDE: tr("Side by side"),
        CompareMode.DIFFERENCE: tr("Difference"),
        CompareMode.BLINK: tr("Blink"),
        CompareMode.CHANGES: tr("Change map"),
    }[mode]


@dataclass(frozen=True, kw_only=True)
class Camera:
    """What part of the picture is seen, and how large."""

    zoom: float = 0.0  # screen pixels per pixel of the canvas; 0: all of it fits
    x: float = 0.5  # of the middle, 0..1 of the picture's width
    y: float = 0.5

    def place(self, width: int, height: int, area: QRectF) -> QRectF:
        """Where a picture of this canvas size lies, seen through `area`; it may reach beyond."""
        if not self.zoom:
            return images.fitted(width, height, area)
        size = QPointF(width * self.zoom, height * self.zoom)
        corner = area.center() - QPointF(self.x * size.x(), self.y * size.y())
        return QRectF(corner.x(), corner.y(), size.x(), size.y())

    def zoomed(self, factor: float, at: QPointF, width: int, height: int, area: QRectF) -> Camera:
        """Nearer by a factor, with the point of the picture under `at` kept where it is."""
        place = self.place(width, height, area)
        least = images.fitted(width, height, area).width() / width
        zoom = min(MAX_ZOOM, place.width() / width * factor)
        if zoom <= least:
            return Camera()
        x, y = (at.x() - place.x()) / place.width(), (at.y() - place.y()) / place.height()
        offset = at - area.center()
        return Camera(
            zoom=zoom,
            x=_within(x - offset.x() / (width * zoom)),
            y=_within(y - offset.y() / (height * zoom)),
        )

    def moved(self, by: QPointF, width: int, height: int) -> Camera:
        """The picture pulled along by some screen pixels."""
        if not self.zoom:
            return self
        x, y = self.x - by.x() / (width * self.zoom), self.y - by.y() / (height * self.zoom)
        return replace(self, x=_within(x), y=_within(y))


def _within(value: float) -> float:
    return min(1.0, max(0.0, value))


def halves(area: QRectF) -> tuple[QRectF, QRectF]:
    """Room for two pictures: beside each other, or one above the other in a narrow high area."""
    if area.width() >= area.height():
        width = (area.width() - GAP_PX) / 2
        left = QRectF(area.x(), area.y(), width, area.height())
        return left, left.translated(width + GAP_PX, 0)
    height = (area.height() - GAP_PX) / 2
    top = QRectF(area.x(), area.y(), area.width(), height)
    return top, top.translated(0, height + GAP_PX)


def paint_wipe(painter: QPainter, place: QRectF, before: QImage, after: QImage, line_x: float) -> None:
    """`before` left of a line, `after` right of it, with a handle on the line."""
    painter.drawImage(place, after)
    painter.save()
    painter.setClipRect(
        QRectF(place.x(), place.y(), line_x - place.x(), place.height()),
        Qt.ClipOperation.IntersectClip,
    )
    painter.drawImage(place, before)
    painter.restore()
    for colour, width in ((_LINE_EDGE, 3), (_LINE, 1)):
        painter.setPen(QPen(colour, width))
        painter.drawLine(QPointF(line_x, place.top()), QPointF(line_x, place.bottom()))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(_LINE_EDGE, 1))
    painter.setBrush(_LINE)
    painter.drawEllipse(QPointF(line_x, place.center().y()), 6, 6)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def difference(before: QImage, after: QImage) -> QImage:
    """How far the two differ in each colour, times DIFFERENCE_GAIN; black where they are equal."""
    picture = before.convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
    painter.drawImage(0, 0, after)
    painter.end()
    gain = 1
    while gain < DIFFERENCE_GAIN:
        painter = QPainter(picture)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
        painter.drawImage(0, 0, picture.copy())
        painter.end()
        gain *= 2
    return picture


def change_map(coverage: bytes, width: int, height: int) -> QImage:
    """How much each pixel changed, from dark over blue to yellow; a quarter of the range is full."""
    image = QImage(coverage, width, height, width, QImage.Format.Format_Indexed8).copy()
    image.setColorTable([_heat(min(1.0, value * DIFFERENCE_GAIN / 255)).rgb() for value in range(256)])
    return image


def _heat(value: float) -> QColor:
    """0 dark, 1 bright, told apart without seeing colours."""
    return QColor(
        round(255 * min(1.0, value * 1.6) * value**0.4),
        round(24 + 216 * value**1.2),
        round(40 + 150 * min(1.0, 2 * value) * (1.0 - 0.6 * value)),
    )
