"""A one-line label that ends in an ellipsis instead of widening the panel."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QLabel, QWidget

from mgie.panel.views.naming import show_tool_tip


class ElidedLabel(QLabel):
    """Shows as much of its text as fits; the whole text is its tool tip and what a screen reader says."""

    def __init__(
        self, parent: QWidget | None = None, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self._shorter: tuple[str, ...] = ()
        self.setTextFormat(Qt.TextFormat.PlainText)

    def set_text(self, text: str, *shorter: str) -> None:
        """Show another text; in its place the first of the shorter ones that fits, where it does not."""
        if shorter != self._shorter:
            self._shorter = shorter
            self.update()
        if text != self.text():
            self.setText(text)
            show_tool_tip(self, text)
            self.setAccessibleDescription(text)

    @property
    def shown_text(self) -> str:
        """What stands there at the present width."""
        width, metrics = self.contentsRect().width(), self.fontMetrics()
        every = (self.text(), *self._shorter)
        fitting = (text for text in every if metrics.horizontalAdvance(text) <= width)
        return next(fitting, "") or metrics.elidedText(every[-1], self._mode, width)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Any width will do."""
        return QSize(24, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The whole text, with the pixel that rounding may cost."""
        hint = super().sizeHint()
        return QSize(hint.width() + 2, hint.height())

    def paintEvent(self, a0: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        """Draw the text, shortened where it must be."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        flags = int(self.alignment() | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(self.contentsRect(), flags, self.shown_text)
        painter.end()
