"""The variations of an edit side by side: look at one, place one or several, none, or make more."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PyQt6.QtWidgets import QAbstractButton, QGridLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from mgie.panel import result_texts
from mgie.panel.session import Session
from mgie.panel.state.job import FinishedResult, Outcome
from mgie.panel.state.panel import PanelState
from mgie.panel.state.pictures import Frame
from mgie.panel.state.tray import shown_order
from mgie.panel.texts import tr
from mgie.panel.views import images
from mgie.panel.views.folding_row import FoldingRow
from mgie.panel.views.naming import dress, named, paragraph

LEAST_WIDTH_PX = 88  # of one variation where there is more room for fewer in a line
MAX_HEIGHT_PX = 160


class VariationButton(QAbstractButton):
    """One variation: a picture in its own shape, a number, and a mark once it is a layer."""

    placed = pyqtSignal(int)

    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index
        self._frame: Frame | None = None
        self._image = QImage()
        self._mark = ""
        name = tr("Variation {number}").format(number=index + 1)
        named(self, f"variation_{index}", name, tr("Click to preview, double-click to place"))
        self.setCheckable(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_variation(self, before: Frame | None, frame: Frame | None, mark: str) -> None:
        """Show its picture so far; `mark` is a short word such as "placed"."""
        if frame is not self._frame:
            had_picture = not self._image.isNull()
            self._frame = frame
            self._image = images.composed(before, frame)
            if had_picture is self._image.isNull():
                self.updateGeometry()
        self._mark = mark
        self.setAccessibleDescription(mark)
        self.update()

    @property
    def label(self) -> str:
        """Its number and its mark; a tick where there is no room for the word."""
        if not self._mark:
            return str(self.index + 1)
        whole = f"{self.index + 1}  {self._mark}"
        fits = self.fontMetrics().horizontalAdvance(whole) + images.LABEL_EDGES_PX < self.width()
        return whole if fits else f"{self.index + 1}  \u2713"

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """The height follows from the picture's shape."""
        return True

    def heightForWidth(self, a0: int) -> int:  # noqa: N802 - Qt's name
        """As high as the picture is at this width, within bounds; square before there is one."""
        width, height = max(1, self._image.width()), max(1, self._image.height())
        return min(MAX_HEIGHT_PX, max(48, round(a0 * height / width)))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """For layouts that ask before they know the width."""
        return QSize(LEAST_WIDTH_PX, self.heightForWidth(max(LEAST_WIDTH_PX, self.width())))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Small, in a narrow docker."""
        return QSize(48, 48)

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
        images.draw_label(painter, area.adjusted(-4, -4, 0, 0), self.label)
        chosen = self.isChecked() or self.hasFocus()
        pen = QPen(
            self.palette().highlight() if chosen else self.palette().mid(), 2 if self.isChecked() else 1
        )
        painter.setPen(pen)
        painter.drawRect(area)
        painter.end()


class VariationGrid(QWidget):
    """As many columns as fit; shown only where there is more than one. The keys 1 to 9 work here alone."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "variation_grid", tr("Variations"))
        self.buttons: list[VariationButton] = []
        self._order: tuple[int, ...] = ()
        self._num_columns = 0
        self._cells = named(QWidget(), "variation_cells", tr("Variations"))
        self._grid = QGridLayout(self._cells)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(4)
        self.reason = named(paragraph(), "variation_reason", tr("Why they stand in this order"))
        dress(self.reason, role="muted")
        self.none = named(
            QPushButton(tr("None of these")),
            "variations_none",
            tr("None of these"),
            tr("Place none of them; the picture stays as it is"),
        )
        self.more = named(
            QPushButton(),
            "variations_more",
            tr("More like this one"),
            tr("The same plan with other seeds; nothing is written again"),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._cells)
        column.addWidget(self.reason)
        column.addWidget(FoldingRow("variation_choices", self.none, self.more))
        self.none.clicked.connect(session.results.decline_choices)
        self.more.clicked.connect(self._make_more)

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
            mark = tr("placed") if outcomes.get(button.index) is Outcome.PLACED else ""
            button.show_variation(
                state.before, finished.get(button.index, edit.previews.get(button.index)), mark
            )
            button.setChecked(button.index == state.chosen)
        order = shown_order(job, edit.results, len(self.buttons))
        self._arrange(tuple(standing.position for standing in order), self._num_columns)
        strip = next((name for options in job.strip for name in options), "")
        words = result_texts.tray(order, is_from_plan=bool(job.source_edit), strip=strip)
        self.reason.setText(words)
        self.reason.setVisible(bool(words))
        self._show_more(state)

    def resizeEvent(self, a0: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        """More in a line where there is room."""
        super().resizeEvent(a0)
        self._arrange(self._order, self._columns_for(self.width()))

    def keyPressEvent(self, a0: QKeyEvent | None) -> None:  # noqa: N802 - Qt's name
        """A digit looks at the variation of that number."""
        text = a0.text() if a0 is not None else ""
        if text.isdigit() and 1 <= int(text) <= len(self.buttons):
            button = self.buttons[int(text) - 1]
            button.setFocus()
            button.click()
        else:
            super().keyPressEvent(a0)

    def _columns_for(self, width: int) -> int:
        count = len(self.buttons)
        most = max(1, width // LEAST_WIDTH_PX)
        return min(count, most, 4 if count > 3 else 3) if count != 4 or most >= 4 else min(2, most)

    def _set_count(self, count: int) -> None:
        self.setVisible(count > 0)
        if count == len(self.buttons):
            return
        for button in self.buttons:
            self._grid.removeWidget(button)
            button.deleteLater()
        self.buttons = [VariationButton(index) for index in range(count)]
        self._order, self._num_columns = (), 0
        for button in self.buttons:
            button.clicked.connect(self._clicked)
            button.placed.connect(self._placed)
        self._arrange(tuple(range(count)), self._columns_for(self.width()))

    def _arrange(self, order: tuple[int, ...], num_columns: int) -> None:
        if not self.buttons or (order, num_columns) == (self._order, self._num_columns):
            return
        self._order, self._num_columns = order, max(1, num_columns)
        for place, index in enumerate(order):
            button = self.buttons[index]
            self._grid.removeWidget(button)
            self._grid.addWidget(button, place // self._num_columns, place % self._num_columns)
            button.updateGeometry()

    def _show_more(self, state: PanelState) -> None:
        chosen = self._chosen(state)
        model = state.model_of(chosen.job) if chosen else None
        is_offered = chosen is not None and bool(chosen.edit) and model is not None and model.varies_with_seed
        self.more.setVisible(is_offered and not state.is_busy)
        if chosen is not None:
            label = tr("More like {number}").format(number=chosen.result.index + 1)
            self.more.setText(label)
            self.more.setAccessibleName(label)

    def _chosen(self, state: PanelState) -> FinishedResult | None:
        own = [k for k in state.finished if state.job is not None and k.job.key == state.job.key]
        return next((k for k in own if k.result.index == state.chosen), None)

    def _make_more(self) -> None:
        chosen = self._chosen(self._session.state)
        if chosen is not None:
            self._session.runs.sample(chosen, seeds=chosen.job.settings.num_variations)

    def _clicked(self) -> None:
        button = self.sender()
        if isinstance(button, VariationButton):
            self._session.results.choose(button.index)
            self.show_state(self._session.state)

    def _placed(self, index: int) -> None:
        self._session.results.choose(index)
        self._session.results.place_chosen()
