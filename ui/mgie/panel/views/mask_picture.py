"""The mask of the next edit over the picture: what growing and feathering make of the selection."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QRectF, QSize, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from mgie.panel.mask_shape import MaskShape
from mgie.panel.state.panel import PanelState
from mgie.panel.state.target import Target, Thumbnail
from mgie.panel.views import images
from mgie.panel.views.naming import named

SIDE_PX = 112  # the mask is computed at this size, so that it follows the hand
HEIGHT_PX = 128
TINT = QColor(255, 64, 64)  # over what will be edited: a mask's colour in painting programs
_TINT_OPACITY = 0.55


class MaskPicture(QWidget):
    """Shown where something is selected."""

    held = pyqtSignal(object)  # while a hand shapes the mask: (its tint, the canvas it covers); then None

    def __init__(self) -> None:
        super().__init__()
        named(
            self,
            "mask_picture",
            self.tr("Mask of the next edit"),
            self.tr("Red: what will be edited, fading where the edit ends"),
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._source: tuple[Thumbnail, Target] | None = None
        self._shape: MaskShape | None = None
        self._widths = (0, 0.0)  # grow and feather that are shown, px of the canvas
        self._picture, self._mask = QImage(), QImage()
        self._is_held = False

    def hold(self, is_held: bool) -> None:
        """A slider that shapes the mask is held, or let go."""
        self._is_held = is_held
        self.held.emit((self._mask, self._source[1].canvas) if is_held and self._source else None)

    def show_state(self, state: PanelState) -> None:
        """Show the selection through the present grow and feather."""
        thumbnail, target = state.host.thumbnail, state.host.target
        has_mask = target is not None and thumbnail is not None and bool(thumbnail.selection)
        self.setVisible(has_mask)
        if thumbnail is None or target is None or not has_mask:
            self._source = None
            return
        compose = state.settings.compose
        widths = (compose.grow_px, compose.feather_px)
        if self._source is None or self._source[0] is not thumbnail or self._source[1] != target:
            self._source, self._widths = (thumbnail, target), (0, -1.0)
            self._picture = images.plain(thumbnail)
            self._shape = _mask_shape(thumbnail, target)
        if widths != self._widths and self._shape is not None:
            self._widths = widths
            self._mask = _tinted(self._shape.shaped(grow_px=widths[0], feather_px=widths[1]))
            self.update()
            if self._is_held:
                self.hold(True)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Any width, one height, so that nothing below moves."""
        return QSize(160, HEIGHT_PX)

    def paintEvent(self, a0: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        """The picture, and the mask as a tint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = images.fitted(self._picture.width(), self._picture.height(), QRectF(self.rect()))
        area.moveLeft(0)
        painter.drawImage(area, self._picture)
        painter.drawImage(area, self._mask)
        painter.end()


def _mask_shape(thumbnail: Thumbnail, target: Target) -> MaskShape:
    coverage = np.frombuffer(thumbnail.selection, np.uint8).reshape(thumbnail.height, thumbnail.width)
    step = -(-max(coverage.shape) // SIDE_PX)
    small = np.ascontiguousarray(coverage[::step, ::step])
    return MaskShape(small, small.shape[1] / max(1, target.width))


def _tinted(coverage: np.ndarray) -> QImage:
    height, width = coverage.shape
    colour = np.empty((height, width, 4), np.uint8)
    colour[..., :3] = (TINT.red(), TINT.green(), TINT.blue())
    colour[..., 3] = (coverage * _TINT_OPACITY).astype(np.uint8)
    return QImage(colour.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
