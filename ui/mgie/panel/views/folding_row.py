"""Two things side by side, the second on a line of its own where there is no room for both."""

from __future__ import annotations

from PyQt6 import sip
from PyQt6.QtCore import QEvent, QSize
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QGridLayout, QWidget

from mgie.panel.views.naming import named


class FoldingRow(QWidget):
    """The first takes the room that is left; asks for no more width than the wider of the two."""

    def __init__(self, name: str, first: QWidget, second: QWidget) -> None:
        super().__init__()
        named(self, name, first.accessibleName())
        self._first, self._second = first, second
        self._is_folded = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self._grid.addWidget(first, 0, 0)
        self._grid.addWidget(second, 0, 1)

    def resizeEvent(self, a0: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        """Fold or unfold."""
        super().resizeEvent(a0)
        self._fold()

    def event(self, a0: QEvent | None) -> bool:
        """One of the two wants another size."""
        if a0 is not None and a0.type() == QEvent.Type.LayoutRequest:
            self._fold()
        return super().event(a0)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Of the wider one."""
        widths = [part.minimumSizeHint().width() for part in self._parts]
        return QSize(max(widths, default=0), super().minimumSizeHint().height())

    @property
    def _parts(self) -> list[QWidget]:
        alive = (part for part in (self._first, self._second) if not sip.isdeleted(part))
        return [part for part in alive if not part.isHidden()]  # layouts ask while the row is taken apart

    def _fold(self) -> None:
        needed = sum(part.sizeHint().width() for part in self._parts) + 8
        is_folded = len(self._parts) > 1 and needed > self.width()
        if is_folded != self._is_folded:
            self._is_folded = is_folded
            for part in (self._first, self._second):
                self._grid.removeWidget(part)
            self._grid.addWidget(self._first, 0, 0, 1, 2 if is_folded else 1)
            self._grid.addWidget(self._second, *((1, 0, 1, 2) if is_folded else (0, 1, 1, 1)))
            self.updateGeometry()
