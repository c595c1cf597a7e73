"""A name in a list, to be written over: it ends in an ellipsis where there is no room for all of it."""

from __future__ import annotations

from PyQt6.QtCore import QRect, Qt
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QLineEdit, QStyle, QStyleOptionFrame


class NameField(QLineEdit):
    """While it has the keyboard, an ordinary field."""

    @property
    def shown_text(self) -> str:
        """What stands there at the present width."""
        width = self._room().width()
        short = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, width)
        return self.text() if self.hasFocus() else short

    def paintEvent(self, a0: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        """The field's frame around the shortened name."""
        if self.shown_text == self.text():
            super().paintEvent(a0)
            return
        style = self.style()
        assert style is not None
        painter = QPainter(self)
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelLineEdit, self._option(), painter, self)
        painter.setPen(self.palette().text().color())
        flags = int(self.alignment() | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(self._room(), flags, self.shown_text)
        painter.end()

    def _room(self) -> QRect:
        style = self.style()
        assert style is not None
        contents = style.subElementRect(QStyle.SubElement.SE_LineEditContents, self._option(), self)
        return contents.adjusted(2, 0, -2, 0)  # as QLineEdit does

    def _option(self) -> QStyleOptionFrame:
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        return option
