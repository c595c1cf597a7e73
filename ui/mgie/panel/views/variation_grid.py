"""The variations of an edit side by side: look at one, place one, place several."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QAbstractButton, QGridLayout, QPushButton, QSizePolicy, QWidget

from mgie.panel.session import Session
from mgie.panel.state.job import Outcome
from mgie.panel.state.panel import PanelState
from mgie.panel.state.pictures import Frame
from mgie.panel.views import images
from mgie.panel.views.naming import named

SIDE_PX = 72


class VariationButton(QAbstractButton):
    """One variation: a picture, a number, and a mark once it is a layer."""

    placed = pyqtSignal(int)

    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index
        name = self.tr("Variation {number}").format(number=index + 1)
        named(
            self,
            f"variation_{index}",
            name,
            self.tr("Click to preview, double-click to place"),
        )
        self.setCheckable(True)
        self.setFixedHeight(SIDE_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._frame: Frame | None = None
        self._image = QImage()
        self._mark = ""

    def show_variation(self, before: Frame | None, frame: Frame | None, mark: str) -> None:
        """Show its picture so far; `mark` is a short word such as "placed"."""
        if frame is not self._frame:
            self._frame = frame
            self._image = images.composed(before, frame)
        self._mark = mark
        self.setAccessibleDescription(mark)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Square where there is room."""
        return QSize(SIDE_PX, SIDE_PX)

    def mouseDoubleClickEvent(self, a0: QMouseEvent | None) -> None:  # noqa: N802 - Qt's name
        """Place it."""
        self.placed.emit(self.index)

    def keyPressEvent(self, e: QKeyEvent | None) -> None:  # noqa: N802 - Qt's name
        """Return places it, the space bar looks at it."""
        if e is not None and e.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            self.placed.emit(self.index)
        else:
            super().keyPressEvent(e)

    def paintEvent(self, e: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        """Picture, number, and a frame around the one that is looked at."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if not self._image.isNull():
            painter.drawImage(images.fitted(self._image.width(), self._image.height(), area), self._image)
        label = f"{self.index + 1}  {self._mark}".strip()
        images.draw_label(painter, area.adjusted(-4, -4, 0, 0), label)
        chosen = self.isChecked() or self.hasFocus()
        pen = QPen(
            self.palette().highlight() if chosen else self.palette().mid(), 2 if self.isChecked() else 1
        )
        painter.setPen(pen)
        painter.drawRect(area)
        painter.end()


class VariationGrid(QWidget):
    """As many columns as fit; shown only where there is more than one."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "variation_grid", self.tr("Variations"))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(4)
        self.buttons: list[VariationButton] = []
        self.none = named(
            QPushButton(self.tr("None of these")),
            "variations_none",
            self.tr("None of these"),
            self.tr("Place none of them; the picture stays as it is"),
        )
        self.none.clicked.connect(session.results.decline_choices)

    def show_state(self, state: PanelState) -> None:
        """Show every variation of the last edit."""
        edit, job = state.edit, state.job
        count = job.settings.num_variations if job and edit else 0
        self._set_count(count if count > 1 else 0)
        self.none.setVisible(bool(state.choices))
        if edit is None or job is None:
            return
        finished = {r.index: r.frame for r in edit.results}
        outcomes = {k.result.index: k.outcome for k in state.finished if k.job.key == job.key}
        for button in self.buttons:
            mark = self.tr("placed") if outcomes.get(button.index) is Outcome.PLACED else ""
            button.show_variation(
                state.before, finished.get(button.index, edit.previews.get(button.index)), mark
            )
            button.setChecked(button.index == state.chosen)

    def _set_count(self, count: int) -> None:
        self.setVisible(count > 0)
        if count == len(self.buttons):
            return
        for button in self.buttons:
            self._grid.removeWidget(button)
            button.deleteLater()
        self.buttons = [VariationButton(index) for index in range(count)]
        columns = 4 if count > 3 else max(1, count)
        for index, button in enumerate(self.buttons):
            self._grid.addWidget(button, index // columns, index % columns)
            button.clicked.connect(self._clicked)
            button.placed.connect(self._placed)
        self._grid.addWidget(self.none, -(-count // columns), 0, 1, columns)

    def _clicked(self) -> None:
        button = self.sender()
        if isinstance(button, VariationButton):
            self._session.results.choose(button.index)
            self.show_state(self._session.state)

    def _placed(self, index: int) -> None:
        self._session.results.choose(index)
        self._session.results.place_chosen()
