"""One region of a batch: its picture, its name, its instruction, how far it is. A finished one folds."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import QEvent, pyqtSignal
from PyQt6.QtGui import QEnterEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout

from mgie.panel import failure_texts, texts
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.progress import Phase, Progress
from mgie.panel.state.regions import Region
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.icons import give_icon
from mgie.panel.views.name_field import NameField
from mgie.panel.views.naming import dress, named, paragraph, tell_apart
from mgie.panel.views.region_picture import RegionPicture

_TONES = {Phase.DONE: "good", Phase.FAILED: "bad", Phase.DECLINED: "caution", Phase.CANCELLED: "caution"}


class RegionRow(QFrame):
    """The mouse or the keyboard on it shows where in the picture it lies."""

    pointed = pyqtSignal(str)  # its key, "" where it is left
    sent = pyqtSignal()  # Return in its field

    def __init__(self, session: Session, key: str) -> None:
        super().__init__()
        self._session, self.key = session, key
        self._was_done = False
        named(self, f"region_{key}", self.tr("Region"))
        dress(self, role="row")
        self.picture = named(RegionPicture(), f"region_picture_{key}", self.tr("Picture of the region"))
        self.name = named(
            NameField(), f"region_name_{key}", self.tr("Name of the region"), self.tr("Click to rename")
        )
        dress(self.name, role="name")
        self.name.setMinimumWidth(28)
        self.status = named(ElidedLabel(), f"region_status_{key}", self.tr("Status of the region"))
        self.status.setContentsMargins(5, 0, 0, 0)  # under the name, which has a frame around it
        self.instruction = named(
            QLineEdit(), f"region_instruction_{key}", self.tr("Instruction for this region")
        )
        self.instruction.setPlaceholderText(self.tr("What should change here?"))
        self.retry = self._button("retry", "again", self.tr("Edit this region again"))
        self.eye = self._button("eye", "show", self.tr("Show or hide its layer"))
        self.eye.setCheckable(True)
        self.discard = self._button("discard", "undo", self.tr("Discard: remove its layer"))
        self.keep = self._button("keep", "redo", self.tr("Keep: put its layer back"))
        self.fold = self._button("fold", "down", self.tr("Show or hide its words"))
        self.fold.setCheckable(True)
        self.remove = self._button("remove", "close", self.tr("Remove from the list"))
        self.words = named(
            paragraph(), f"region_words_{key}", self.tr("The model's words, or what went wrong")
        )
        self._lay_out()
        self.name.editingFinished.connect(lambda: session.regions.rename(key, self.name.text()))
        self.instruction.textEdited.connect(partial(session.regions.instruct, key))
        self.instruction.returnPressed.connect(self.sent)
        self.retry.clicked.connect(lambda: session.regions.retry(key))
        self.remove.clicked.connect(lambda: session.regions.remove(key))
        self.discard.clicked.connect(lambda: session.regions.discard(key))
        self.keep.clicked.connect(lambda: session.regions.keep(key))
        self.eye.clicked.connect(partial(session.regions.show_layer, key))
        self.fold.toggled.connect(self._show_parts)

    def show_region(self, region: Region, state: PanelState) -> None:
        """Show its words and its progress; where it comes to its end well, fold it."""
        self.picture.show_region(region, state)
        if not self.name.hasFocus():
            self.name.setText(region.name)
            self.name.setCursorPosition(0)
        self.name.setToolTip(texts.region_size(region))
        if self.instruction.text() != region.instruction:
            self.instruction.setText(region.instruction)
        progress = region.progress
        is_running = progress is not None and not progress.has_ended
        self.instruction.setReadOnly(is_running)
        self.remove.setEnabled(not is_running)
        self.retry.setVisible(progress is not None and not is_running and not region.is_done)
        placed = state.layer_of(region)
        self.eye.setVisible(placed is not None)
        is_shown = placed is not None and placed.opacity > 0
        self.eye.setChecked(is_shown)
        give_icon(self.eye, "show" if is_shown else "hide")
        is_out = placed is None and state.out_of(region) is not None
        self.discard.setVisible(placed is not None and not is_running)
        self.keep.setVisible(is_out and not is_running)
        buttons = (self.retry, self.eye, self.discard, self.keep, self.fold, self.remove)
        tell_apart(region.name, self.name, self.instruction, *buttons)
        self.retry.setEnabled(not state.is_busy and region.is_ready and region.can_be_read)
        status = texts.region_status(progress, state.backend)
        names = {} if region.is_whole else dict(state.host.documents)
        place = names.get(region.document, "") if region.document != state.document else ""
        says = self.tr("Discarded") if is_out and not is_running else status
        self.status.set_text(" \u00b7 ".join(words for words in (place, says) if words))
        self.status.setVisible(bool(self.status.text()))
        dress(self.status, tone=_TONES.get(progress.phase, "") if progress else "", role="muted")
        self._set_words(progress, state)
        self.fold.setVisible(region.is_done)
        if region.is_done != self._was_done:
            self._was_done = region.is_done
            self.fold.setChecked(not region.is_done)
        self._show_parts(not region.is_done or self.fold.isChecked())

    def enterEvent(self, event: QEnterEvent | None) -> None:  # noqa: N802 - Qt's name
        """Show where it lies."""
        super().enterEvent(event)
        self.pointed.emit(self.key)

    def leaveEvent(self, a0: QEvent | None) -> None:  # noqa: N802 - Qt's name
        """No longer."""
        super().leaveEvent(a0)
        self.pointed.emit("")

    def _button(self, name: str, icon: str, says: str) -> QToolButton:
        button = named(QToolButton(), f"region_{name}_{self.key}", says, says)
        give_icon(button, icon)
        dress(button, role="corner")
        return button

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.picture)
        titles = QVBoxLayout()
        titles.setSpacing(0)
        titles.addWidget(self.name)
        titles.addWidget(self.status)
        top.addLayout(titles, 1)
        for button in (self.retry, self.eye, self.discard, self.keep, self.fold, self.remove):
            top.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self.instruction)
        column.addWidget(self.words)

    def _show_parts(self, is_open: bool) -> None:
        self.instruction.setVisible(is_open)
        self.words.setVisible(is_open and bool(self.words.text()))

    def _set_words(self, progress: Progress | None, state: PanelState) -> None:
        failure = progress.failure if progress else None
        explanation = failure_texts.explain(failure, state.host) if failure else None
        declined = progress.declined if progress else None
        if explanation is not None:
            words = f"{explanation.sentence} {explanation.advice}"
        elif declined is not None:
            words = texts.declined(declined)
        else:
            words = progress.text if progress else ""
        self.words.setText(words)
        dress(self.words, role="" if explanation or declined else "muted")
