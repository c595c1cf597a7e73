"""What the artist should know and need not act on: the document's limits, and warnings of the edit."""

from __future__ import annotations

from PyQt6.QtWidgets import QFrame, QVBoxLayout

from mgie.panel import texts
from mgie.panel.state.panel import PanelState
from mgie.panel.views.naming import dress, named, paragraph


class NotesCard(QFrame):
    """One paragraph each, whole and never shortened; hidden while there is none."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "notes", self.tr("Notes"))
        dress(self, role="advice")
        self.words = named(paragraph(), "notes_words", self.tr("Notes"))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.words)
        self.hide()

    def show_state(self, state: PanelState) -> None:
        """Show what is to be known now."""
        notes = "\n".join(texts.notes(state))
        self.words.setText(notes)
        self.setAccessibleDescription(notes)
        self.setVisible(bool(notes))
