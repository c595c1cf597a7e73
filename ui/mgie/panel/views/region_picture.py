"""A small picture of one region: what it shows now, or what its edit makes of it."""

from __future__ import annotations

from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QImage, QPainter, QPaintEvent
from PyQt6.QtWidgets import QWidget

from mgie.api.rect import Rect
from mgie.panel.state.panel import PanelState
from mgie.panel.state.pictures import Frame
from mgie.panel.state.regions import Region
from mgie.panel.state.target import Thumbnail
from mgie.panel.views import images

SIDE_PX = 32


class RegionPicture(QWidget):
    """Square; the region as large as it fits."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(SIDE_PX, SIDE_PX)
        self._source: tuple[Frame | Thumbnail | None, Rect] | None = None
        self._image = QImage()

    def show_region(self, region: Region, state: PanelState) -> None:
        """The newest picture of it that there is."""
        is_in_front = region.document == state.document
        source = _frame(region) or (state.host.thumbnail if is_in_front else None)
        if self._source is not None and self._source[0] is source and self._source[1] == region.bounds:
            return
        self._source = (source, region.bounds)
        target = state.host.target
        if isinstance(source, Frame):
            self._image = images.part_of(images.of_frame(source), source.place, region.bounds)
        elif source is not None and target is not None:
            self._image = images.part_of(images.plain(source), target.canvas, region.bounds)
        else:
            self._image = QImage()
        self.update()

    def paintEvent(self, a0: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        """The picture in the middle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect())
        painter.fillRect(area, self.palette().base())
        if not self._image.isNull():
            painter.drawImage(images.fitted(self._image.width(), self._image.height(), area), self._image)
        painter.end()


def _frame(region: Region) -> Frame | None:
    progress = region.progress
    if progress is None:
        return None
    if progress.results:
        return progress.results[0].frame
    return progress.previews.get(0)
