"""What will be edited: thumbnail, document, selection or layer, host and pixel format."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from mgie.api.rect import Rect
from mgie.panel import texts
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.target import Thumbnail
from mgie.panel.views import images
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.naming import dress, named

SIDE_PX = 56


class ThumbnailView(QWidget):
    """A small square picture of the target; what will not change is shaded."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(SIDE_PX, SIDE_PX)
        self._thumbnail: Thumbnail | None = None
        self._image = QImage()
        self._outline: tuple[Rect, Rect] | None = None

    def set_outline(self, part: Rect | None, canvas: Rect | None) -> None:
        """Show where a part of the canvas lies; None for no part."""
        self._outline = (part, canvas) if part is not None and canvas is not None else None
        self.update()

    def set_thumbnail(self, thumbnail: Thumbnail | None) -> None:
        """Show another picture, or none."""
        if thumbnail is self._thumbnail:
            return
        self._thumbnail = thumbnail
        self._image = images.of_thumbnail(thumbnail) if thumbnail else QImage()
        self.update()

    def paintEvent(self, a0: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        """The picture, as large as it fits."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect())
        if not self._image.isNull():
            shown = images.fitted(self._image.width(), self._image.height(), area)
            painter.drawImage(shown, self._image)
            if self._outline is not None:
                painter.setPen(QPen(self.palette().highlight().color(), 2))
                painter.drawRect(images.placed(*self._outline, shown))
        painter.end()


class TargetBar(QWidget):
    """Follows the artist through documents, layers and selections."""

    def __init__(self, session: Session, *, has_picker: bool) -> None:
        """has_picker: whether one of several documents is chosen here."""
        super().__init__()
        self._session, self._has_picker = session, has_picker
        self._documents: tuple[tuple[str, str], ...] = ()
        self._canvas: Rect | None = None
        self.picker = named(
            QComboBox(), "document_picker", self.tr("Document to edit"), self.tr("The document to edit")
        )
        self.picker.setMinimumContentsLength(4)
        self.picker.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.picker.activated.connect(self._choose)
        named(self, "target", self.tr("What will be edited"))
        self.thumbnail = named(ThumbnailView(), "target_thumbnail", self.tr("Picture of what will be edited"))
        self.title = named(
            ElidedLabel(mode=Qt.TextElideMode.ElideMiddle), "target_title", self.tr("Document")
        )
        self.detail = named(ElidedLabel(), "target_detail", self.tr("Part of the document"))
        self.format = named(ElidedLabel(), "target_format", self.tr("Program and pixel format"))
        dress(self.title, role="title")
        dress(self.format, role="muted")
        for label in (self.title, self.detail, self.format):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        lines = QVBoxLayout()
        lines.setSpacing(0)
        for part in (self.picker, self.title, self.detail, self.format):
            lines.addWidget(part)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.thumbnail)
        row.addLayout(lines, 1)

    def show_state(self, state: PanelState) -> None:
        """Show the target of the next edit."""
        self._canvas = state.host.target.canvas if state.host.target else None
        self.thumbnail.set_thumbnail(state.host.thumbnail)
        self._show_documents(state)
        self.title.set_text(texts.target_title(state.host))
        self.detail.set_text(texts.target_detail(state.host, sees_all_layers=state.settings.edits_all_layers))
        self.format.set_text(texts.target_format(state.host))

    def point_at(self, part: Rect | None) -> None:
        """Show where a part of the canvas lies."""
        self.thumbnail.set_outline(part, self._canvas)

    def _show_documents(self, state: PanelState) -> None:
        documents = state.host.documents
        if documents != self._documents:
            self._documents = documents
            self.picker.clear()
            for document, name in documents:
                self.picker.addItem(name, document)
        self.picker.setCurrentIndex(self.picker.findData(state.document))
        has_choice = self._has_picker and len(documents) > 1 and state.host.is_connected
        self.picker.setVisible(has_choice)
        self.title.setVisible(not has_choice)

    def _choose(self, index: int) -> None:
        self._session.choose_document(str(self.picker.itemData(index)))
