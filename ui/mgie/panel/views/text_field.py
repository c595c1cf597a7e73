"""The model's own words for the edit: streamed as they are written, then the artist's to correct."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QCheckBox, QToolButton, QVBoxLayout, QWidget

from mgie.panel.session import Session
from mgie.panel.state.corrections import corrections
from mgie.panel.state.panel import PanelState
from mgie.panel.state.progress import Phase
from mgie.panel.views.corrected_edit import CorrectedEdit
from mgie.panel.views.folding_row import FoldingRow
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import dress, heading, named


class TextField(QWidget):
    """What the model makes of the instruction. The edit can be held until the artist agrees."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._held_words = ("", "")  # key of the last job that was held, and the model's words for it
        named(self, "text_part", self.tr("The model's words"))
        self.edit = named(
            CorrectedEdit(3, 9),
            "text",
            self.tr("The model's words"),
            self.tr("What the model makes of the instruction. You may correct it."),
        )
        self.edit.setToolTip("")
        self.edit.setPlaceholderText(
            self.tr("Here the model writes what the instruction means in this picture. You can correct it.")
        )
        self.hold = named(
            QCheckBox(self.tr("Pause before painting")),
            "hold",
            self.tr("Pause before painting"),
            self.tr(
                "Pause when the words are written, so that you can correct them before painting (Ctrl+H)"
            ),
        )
        self.revert = named(
            QToolButton(),
            "revert",
            self.tr("Back to the model's words"),
            self.tr("Back to the model's words"),
        )
        self.revert.setText(self.tr("Undo correction"))
        give_icon(self.revert, "undo")
        self.revert.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        dress(self.revert, role="quiet")
        top = FoldingRow("text_top", heading(self.tr("The model's plan"), "text_heading"), self.hold)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(top)
        column.addWidget(self.edit)
        column.addWidget(self.revert)
        self.edit.textChanged.connect(self._typed)
        self.revert.clicked.connect(lambda: session.type_text(self._written()))
        self.hold.toggled.connect(self._change_hold)

    def show_state(self, state: PanelState) -> None:
        """Show the artist's text where there is one, else the model's."""
        edit = state.edit
        writes = state.model is None or state.model.writes_instruction
        self.setVisible(writes and not state.shows_regions)  # every region shows its own words
        is_running = edit is not None and not edit.has_ended
        is_held = edit is not None and edit.phase is Phase.HELD
        uses_correction = state.draft.is_corrected and (is_held or not is_running)
        is_locked = is_running and not is_held
        self.edit.setReadOnly(is_locked)
        self.edit.set_text(state.draft.text if uses_correction else self._written())
        self._mark_corrections(state)
        dress(self.edit, role="held" if is_held else "locked" if is_locked else "")
        self.revert.setVisible(uses_correction)
        self.hold.setChecked(state.settings.holds_before_sampling)

    def _mark_corrections(self, state: PanelState) -> None:
        """Also once the edit goes on: from then on its words are the artist's."""
        edit, shown = state.edit, self.edit.toPlainText()
        if edit is None:
            self.edit.mark(())
            return
        if edit.phase is Phase.HELD:
            self._held_words = (edit.job, edit.text)
        job, held = self._held_words
        own = held if job == edit.job else edit.text
        is_whole = edit.phase not in (Phase.WRITING, Phase.LOADING_MODEL) and bool(own.strip())
        self.edit.mark(corrections(own, shown) if is_whole else ())

    def _change_hold(self, is_on: bool) -> None:
        settings = replace(self._session.state.settings, holds_before_sampling=is_on)
        self._session.choose_settings(settings)

    def _written(self) -> str:
        edit = self._session.state.edit
        return edit.text if edit else ""

    def _typed(self) -> None:
        if not self.edit.isReadOnly():
            self._session.type_text(self.edit.toPlainText())
