"""Columns between the margins of the window: one that stays, one that scrolls."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from mgie.panel.views.naming import named

MARGIN_PX = 12  # between the parts of the panel and the edges of its window


def between_margins() -> QVBoxLayout:
    """A column of what does not scroll."""
    column = QVBoxLayout()
    column.setContentsMargins(MARGIN_PX, 0, MARGIN_PX, 0)
    column.setSpacing(8)
    return column


class MarginScroll(QScrollArea):
    """As wide as the window, with its bar in the margin: the content is as wide with the bar as without."""

    def __init__(self, content: QWidget, name: str, accessible: str) -> None:
        super().__init__()
        named(self, name, accessible)
        self.setWidget(content)
        self.setWidgetResizable(True)  # sideways it scrolls only where a large font does not fit
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def viewportEvent(self, a0: QEvent | None) -> bool:  # noqa: N802 - Qt's name
        """The bar came or went: the margin beside it makes up for its width."""
        viewport, content = self.viewport(), self.widget()
        column = content.layout() if content is not None else None
        if a0 is not None and a0.type() == QEvent.Type.Resize and viewport is not None and column is not None:
            beside_bar = max(0, MARGIN_PX - (self.width() - viewport.width()))
            ends = (MARGIN_PX, beside_bar)
            left, right = ends if self.isLeftToRight() else ends[::-1]
            column.setContentsMargins(left, 4, right, 4)
        return super().viewportEvent(a0)
