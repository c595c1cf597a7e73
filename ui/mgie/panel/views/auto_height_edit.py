"""A text field that grows with its text between a least and a greatest number of lines."""

from __future__ import annotations

import math

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QPlainTextEdit, QSizePolicy

_EDGES_PX = 12  # border and padding above and below, as the style sheet has them


class AutoHeightEdit(QPlainTextEdit):
    """Tab leaves the field; text set from outside keeps the cursor where it was, or at the end."""

    def __init__(self, min_lines: int, max_lines: int) -> None:
        super().__init__()
        self._lines = (min_lines, max_lines)
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self._grow)
        self._grow()

    def set_text(self, text: str) -> None:
        """Show `text` unless it is shown already; streamed text is appended, so that a selection survives."""
        shown = self.toPlainText()
        if text == shown:
            return
        self.blockSignals(True)
        if shown and text.startswith(shown):
            self._append(text[len(shown) :])
        else:
            self.setPlainText(text)
            self._move_to_end()
        self.blockSignals(False)
        self._grow()

    def _append(self, text: str) -> None:
        document = self.document()
        assert document is not None
        cursor = self.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        cursor.insertText(text)

    def _move_to_end(self) -> None:
        cursor = self.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.setTextCursor(cursor)

    def resizeEvent(self, e: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        """Another width wraps into another number of lines."""
        super().resizeEvent(e)
        self._grow()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A width that never asks the panel to be wider."""
        return QSize(120, self.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As narrow as the panel may get."""
        return QSize(80, self.height())

    def _grow(self) -> None:
        document = self.document()
        assert document is not None
        least, greatest = self._lines
        num_lines = min(greatest, max(least, math.ceil(document.size().height())))
        needed = (
            num_lines * self.fontMetrics().lineSpacing() + 2 * round(document.documentMargin()) + _EDGES_PX
        )
        overflows = math.ceil(document.size().height()) > greatest
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if overflows else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)
        if needed != self.height():
            self.setFixedHeight(needed)
