"""The last result and the layer it became: take it back, bring it back, let it show more or less."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QImage, QPainter, QPaintEvent
from PyQt6.QtWidgets import (
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mgie.panel import result_texts
from mgie.panel.session import Session
from mgie.panel.state.amount import is_guided, scale_base
from mgie.panel.state.guidance import FAITHFULNESS, GUIDANCE, guidance_of
from mgie.panel.state.job import FinishedResult
from mgie.panel.state.panel import PanelState
from mgie.panel.state.pictures import Frame
from mgie.panel.texts import tr
from mgie.panel.views import images
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.folding_row import FoldingRow
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import dress, named, show_tool_tip

THUMBNAIL_PX = 48
FULL, BEYOND = 100, 150  # per cent: all of the result, and the most that is added


class ResultThumbnail(QWidget):
    """A small picture of the result."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "result_thumbnail", tr("The result"))
        self.setFixedSize(THUMBNAIL_PX, THUMBNAIL_PX)
        self._frame: Frame | None = None
        self._image = QImage()

    def show_frame(self, frame: Frame) -> None:
        """Show another result."""
        if frame is not self._frame:
            self._frame, self._image = frame, images.of_frame(frame)
            self.update()

    def paintEvent(self, a0: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        """The picture, cut to a square."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if not self._image.isNull():
            side = min(self._image.width(), self._image.height())
            left, top = (self._image.width() - side) / 2, (self._image.height() - side) / 2
            painter.drawImage(QRectF(self.rect()), self._image, QRectF(left, top, side, side))
        painter.end()


class ResultCard(QFrame):
    """Hidden until a result is placed."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: FinishedResult | None = None
        named(self, "result_card", tr("Result"))
        dress(self, role="row")
        self.thumbnail = ResultThumbnail()
        self.title = named(ElidedLabel(), "result_title", tr("What was asked for"))
        self.where = named(ElidedLabel(), "result_where", tr("Where the result is"))
        dress(self.title, role="title")
        dress(self.where, role="muted")
        self.undo = named(
            QPushButton(tr("Undo")), "result_undo", tr("Undo"), tr("Remove the layer from the picture")
        )
        self.redo = named(QPushButton(tr("Redo")), "result_redo", tr("Redo"), tr("Bring the layer back"))
        self.again = named(
            QPushButton(tr("Again")),
            "result_again",
            tr("Again"),
            tr("Edit what is selected now with the same words"),
        )
        self.more = named(QToolButton(), "result_more", tr("More about this result"))
        give_icon(self.more, "more")
        for button, name in ((self.undo, "undo"), (self.redo, "redo"), (self.again, "again")):
            give_icon(button, name)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        dress(self.more, role="quiet")
        self.menu = self._make_menu()
        self.more.setMenu(self.menu)
        self.amount = named(QSlider(Qt.Orientation.Horizontal), "result_amount", tr("Amount"))
        self.amount.setRange(0, FULL)
        self.amount.setPageStep(10)
        self.amount_label = named(QLabel(tr("Amount")), "result_amount_label", tr("Amount"))
        self.percent = named(QLabel(), "result_percent", tr("Amount in percent"))
        self.percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.percent.setMinimumWidth(self.percent.fontMetrics().horizontalAdvance("100 %") + 4)
        self._lay_out()
        self._connect()
        self.hide()

    def show_state(self, state: PanelState) -> None:
        """Show the results that have a layer, or had one."""
        layered = state.layered if not state.is_busy else ()
        self.setVisible(bool(layered))
        self._shown = layered[0] if layered else None
        if self._shown is None:
            return
        self.thumbnail.show_frame(self._shown.result.frame)
        self.title.set_text(result_texts.title(state))
        self.where.set_text(result_texts.where(state))
        self.undo.setEnabled(state.can_undo)
        self.redo.setEnabled(state.can_redo)
        self.again.setEnabled(state.host.target is not None and not state.host.target.unsupported)
        model = state.model_of(self._shown.job)
        is_painted, can_scale = is_guided(state, self._shown), scale_base(state, self._shown) is not None
        self.amount.setMaximum(BEYOND if is_painted or can_scale else FULL)
        for name, action in self.strips.items():
            assert action is not None
            has_strip = bool(self._shown.edit) and model is not None
            action.setVisible(has_strip and model is not None and guidance_of(model, name) is not None)
        show_tool_tip(self.amount, result_texts.amount_hint(is_painted=is_painted, can_scale=can_scale))
        self._show_amount(self._shown.opacity, is_offered=state.can_undo and len(layered) == 1)
        for action in (self.change_map, self.change_selection):
            if action is not None:
                action.setVisible(self._shown.result.change_map is not None)
        changes = result_texts.changes(self._shown)
        self.changes.setText(changes)
        self.changes.setVisible(bool(changes))

    def _show_amount(self, opacity: float, *, is_offered: bool) -> None:
        for widget in (self.amount_label, self.amount, self.percent):
            widget.setVisible(is_offered)
        if not self.amount.isSliderDown():
            self.amount.blockSignals(True)
            self.amount.setValue(round(FULL * opacity))
            self.amount.blockSignals(False)
        self.percent.setText(result_texts.amount(self.amount.value() / FULL))

    def _make_menu(self) -> QMenu:
        menu = named(QMenu(self), "result_menu", tr("More about this result"))
        save, record = menu.addAction(tr("Save a copy\u2026")), menu.addAction(tr("Save the record\u2026"))
        menu.addSeparator()
        reproduce = menu.addAction(tr("Reproduce"))
        self.strips = {
            GUIDANCE: menu.addAction(tr("Try weak to strong")),
            FAITHFULNESS: menu.addAction(tr("Try faithful to free")),
        }
        menu.addSeparator()
        self.change_map = menu.addAction(tr("Change map as a layer"))
        self.change_selection = menu.addAction(tr("Change map as a selection"))
        changes = menu.addAction("")
        assert save is not None
        assert record is not None
        assert reproduce is not None
        assert changes is not None
        save.triggered.connect(lambda: self._ask_where(tr("Save a copy"), ".png", self._save))
        record.triggered.connect(lambda: self._ask_where(tr("Save the record"), ".json", self._save_record))
        reproduce.triggered.connect(self._reproduce)
        for name, action in self.strips.items():
            assert action is not None
            action.triggered.connect(partial(self._strip, name))
        assert self.change_map is not None
        assert self.change_selection is not None
        self.change_map.triggered.connect(self._place_change_map)
        self.change_selection.triggered.connect(self._select_change_map)
        changes.setEnabled(False)
        self.changes = changes
        return menu

    def _lay_out(self) -> None:
        head = QGridLayout()
        head.setHorizontalSpacing(8)
        head.setVerticalSpacing(0)
        head.addWidget(self.thumbnail, 0, 0, 2, 1)
        head.addWidget(self.title, 0, 1, Qt.AlignmentFlag.AlignBottom)
        head.addWidget(self.where, 1, 1, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.more, 0, 2, Qt.AlignmentFlag.AlignTop)
        head.setColumnStretch(1, 1)
        fade = QHBoxLayout()
        fade.setSpacing(8)
        fade.addWidget(self.amount_label)
        fade.addWidget(self.amount, 1)
        fade.addWidget(self.percent)
        steps = named(QWidget(), "result_steps", tr("Undo and redo"))
        row = QHBoxLayout(steps)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.undo, 1)
        row.addWidget(self.redo, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addLayout(head)
        column.addLayout(fade)
        column.addWidget(FoldingRow("result_buttons", steps, self.again))

    def _connect(self) -> None:
        layers = self._session.layers
        self.undo.clicked.connect(layers.undo)
        self.redo.clicked.connect(layers.redo)
        self.again.clicked.connect(self._again)
        self.amount.valueChanged.connect(self._faded)
        self.amount.sliderReleased.connect(lambda: self._fade(is_over=True))

    def _faded(self) -> None:
        """Live while the mouse drags; a key or a click beside the handle is a step of its own."""
        self._fade(is_over=not self.amount.isSliderDown())

    def _fade(self, *, is_over: bool) -> None:
        if self._shown is None:
            return
        key, amount = self._shown.key, self.amount.value() / FULL
        self.percent.setText(result_texts.amount(amount))
        self._session.layers.fade(key, min(1.0, amount), is_over=is_over)
        if is_over and amount > 1:
            self._session.layers.strengthen(key, amount)

    def _again(self) -> None:
        if self._shown is not None:
            self._session.runs.again(self._shown)

    def _strip(self, name: str) -> None:
        if self._shown is not None:
            self._session.layers.strip(self._shown.key, name)

    def _place_change_map(self) -> None:
        if self._shown is not None:
            self._session.results.place_change_map(self._shown.key)

    def _select_change_map(self) -> None:
        if self._shown is not None:
            self._session.results.select_change_map(self._shown.key)

    def _reproduce(self) -> None:
        if self._shown is not None:
            self._session.runs.reproduce(self._shown)

    def _ask_where(self, title: str, ending: str, save: object) -> None:
        """Ask without blocking the panel."""
        if self._shown is None:
            return
        name = Path(self._shown.job.target.document_name).stem or tr("result")
        dialog = named(QFileDialog(self, title, f"{name}-edited{ending}"), "result_save_dialog", title)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending.removeprefix("."))
        dialog.fileSelected.connect(save)
        dialog.open()

    def _save(self, path: str) -> None:
        if self._shown is not None:
            self._session.results.save(self._shown.key, Path(path))

    def _save_record(self, path: str) -> None:
        if self._shown is not None:
            self._session.results.save_record(self._shown.key, Path(path))
