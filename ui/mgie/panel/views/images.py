"""Plain pixel values to Qt images."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSizeF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter

from mgie.api.rect import Rect
from mgie.panel.pixels import image_of_frame
from mgie.panel.state.pictures import Frame
from mgie.panel.state.target import Thumbnail

_LABEL_GROUND, _LABEL_TEXT = QColor(0, 0, 0, 170), QColor(255, 255, 255)
LABEL_EDGES_PX = 16  # on both sides of a label's words together
_SHADE = QColor(0, 0, 0, 150)  # over what will not be edited


def of_frame(frame: Frame) -> QImage:
    """A preview as an image of its own."""
    return image_of_frame(frame).copy()


def composed(before: Frame | None, after: Frame | None, instead: QImage | None = None) -> QImage:
    """`after` over `before` in its place, through its own coverage or else that of `before`, and its clip.

    instead: shown in the place of `after`.
    """
    if before is None:
        return of_frame(after) if after else QImage()
    picture = of_frame(before)
    if after is None:
        return picture
    area = QRectF(picture.rect())
    layer = QImage(picture.size(), QImage.Format.Format_ARGB32_Premultiplied)
    layer.fill(Qt.GlobalColor.transparent)
    painter = QPainter(layer)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    place = placed(after.place, before.place, area)
    painter.drawImage(place, instead or of_frame(after))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    if after.coverage:
        painter.drawImage(place, _coverage(after, after.coverage))
    elif before.coverage:
        painter.drawImage(area, _coverage(before, before.coverage))
    if before.clip:
        painter.drawImage(area, _coverage(before, before.clip))
    painter.end()
    painter = QPainter(picture)
    painter.drawImage(0, 0, layer)
    painter.end()
    return picture


def plain(thumbnail: Thumbnail) -> QImage:
    """A thumbnail as it is."""
    width, height = thumbnail.width, thumbnail.height
    return QImage(thumbnail.rgba, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


def part_of(picture: QImage, place: Rect, part: Rect) -> QImage:
    """What a picture that covers `place` of the canvas shows of `part`."""
    area = placed(part, place, QRectF(picture.rect()))
    return picture.copy(area.intersected(QRectF(picture.rect())).toAlignedRect())


def of_thumbnail(thumbnail: Thumbnail) -> QImage:
    """A thumbnail with everything outside the selection shaded."""
    width, height = thumbnail.width, thumbnail.height
    picture = plain(thumbnail)
    if not thumbnail.selection:
        return picture
    coverage = QImage(thumbnail.selection, width, height, width, QImage.Format.Format_Alpha8).copy()
    shade = QImage(picture.size(), QImage.Format.Format_ARGB32_Premultiplied)
    shade.fill(_SHADE)
    painter = QPainter(shade)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
    painter.drawImage(0, 0, coverage)
    painter.end()
    painter = QPainter(picture)
    painter.drawImage(0, 0, shade)
    painter.end()
    return picture


def _coverage(frame: Frame, values: bytes) -> QImage:
    return QImage(values, frame.width, frame.height, frame.width, QImage.Format.Format_Alpha8).copy()


def fitted(width: int, height: int, area: QRectF) -> QRectF:
    """The largest rectangle of a width to height ratio inside an area, in its middle."""
    size = QSizeF(max(1, width), max(1, height)).scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
    corner = area.center() - QPointF(size.width() / 2, size.height() / 2)
    return QRectF(corner, size)


def placed(place: Rect, within: Rect, area: QRectF) -> QRectF:
    """Where a canvas rectangle lies when the canvas rectangle `within` fills `area`."""
    scale_x, scale_y = area.width() / max(1, within.width), area.height() / max(1, within.height)
    return QRectF(
        area.x() + (place.x - within.x) * scale_x,
        area.y() + (place.y - within.y) * scale_y,
        place.width * scale_x,
        place.height * scale_y,
    )


def on_canvas(area: QRectF, within: Rect, shown: QRectF) -> Rect | None:
    """The canvas rectangle under `area` where `within` fills `shown`, cut to it; None where it is empty."""
    part = area.intersected(shown)
    scale_x, scale_y = within.width / max(1.0, shown.width()), within.height / max(1.0, shown.height())
    left = within.x + round((part.left() - shown.left()) * scale_x)
    top = within.y + round((part.top() - shown.top()) * scale_y)
    width, height = round(part.width() * scale_x), round(part.height() * scale_y)
    return Rect(x=left, y=top, width=width, height=height) if width > 0 and height > 0 else None


def draw_label(painter: QPainter, area: QRectF, text: str, *, is_low: bool = False) -> None:
    """A short word on a dark ground in the upper left corner of a picture, or in the lower one."""
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(text) + LABEL_EDGES_PX, metrics.height() + 8
    top = area.bottom() - 8 - height if is_low else area.top() + 8
    box = QRectF(area.left() + 8, top, width, height)
    painter.fillRect(box, _LABEL_GROUND)
    painter.setPen(_LABEL_TEXT)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
