"""A text field that marks what differs from an original, and shows the original on hover."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QEvent, QPoint
from PyQt6.QtGui import QHelpEvent, QPalette, QTextCharFormat, QTextCursor
from PyQt6.QtWidgets import QApplication, QTextEdit, QToolTip

from mgie.panel.state.corrections import Correction
from mgie.panel.views.auto_height_edit import AutoHeightEdit
from mgie.panel.views.naming import as_written


class CorrectedEdit(AutoHeightEdit):
    """Marks are drawn over the text: they are no part of it, and undo knows nothing of them."""

    def __init__(self, min_lines: int, max_lines: int) -> None:
        super().__init__(min_lines, max_lines)
        self._marks: list[tuple[int, int, str]] = []  # in places of the document
        self._marked_text = ""

    def mark(self, corrections: Sequence[Correction]) -> None:
        """Underline these places of the text as it stands, and no others."""
        text = self.toPlainText()
        marks = [(_place(text, c.start), _place(text, c.end), c.original) for c in corrections]
        if (text, marks) == (self._marked_text, self._marks):
            return
        self._marked_text, self._marks = text, marks
        look = QTextCharFormat()
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
        look.setUnderlineColor(QApplication.palette().color(QPalette.ColorRole.Accent))
        selections: list[QTextEdit.ExtraSelection] = []
        for start, end, _ in marks:
            selection = QTextEdit.ExtraSelection()
            selection.cursor = QTextCursor(self.document())
            selection.cursor.setPosition(start)
            selection.cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            selection.format = look
            selections.append(selection)
        self.setExtraSelections(selections)

    def tip_at(self, point: QPoint) -> str:
        """What to say about the marked words at a point of the viewport; "" where there are none."""
        cursor = self.cursorForPosition(point)
        width = self.fontMetrics().averageCharWidth()
        if not self.cursorRect(cursor).adjusted(-width, 0, width, 0).contains(point):
            return ""  # beside the text: the nearest place is not what is pointed at
        place = cursor.position()
        originals = [original for start, end, original in self._marks if start <= place <= end]
        if not originals:
            return ""
        written = self.tr("The model wrote: {words}").format(words=originals[0])
        return written if originals[0] else self.tr("You added this.")

    def viewportEvent(self, a0: QEvent | None) -> bool:  # noqa: N802 - Qt's name
        """The original in the tool tip."""
        if isinstance(a0, QHelpEvent) and a0.type() == QEvent.Type.ToolTip:
            tip = self.tip_at(a0.pos())
            if tip:
                QToolTip.showText(a0.globalPos(), as_written(tip), self)
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(a0)


def _place(text: str, index: int) -> int:
    """Qt counts in UTF-16, where some characters are two."""
    return len(text[:index].encode("utf-16-le")) // 2
