"""That a file was written, and what it does not hold."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QToolButton

from mgie.panel import result_texts
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.texts import tr
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import dress, named, paragraph


class SavedNotice(QFrame):
    """Stays until the artist puts it away or does something else."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        named(self, "saved", tr("Saved file"))
        dress(self, role="advice")
        self.words = named(paragraph(), "saved_words", tr("Saved file"))
        self.close_button = named(QToolButton(), "saved_close", tr("Dismiss"))
        give_icon(self.close_button, "close")
        dress(self.close_button, role="quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(4)
        row.addWidget(self.words, 1)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.close_button.clicked.connect(session.dismiss_saved)
        self.hide()

    def show_state(self, state: PanelState) -> None:
        """Show the file that was written last."""
        words = result_texts.saved_file(state.saved) if state.saved is not None else ""
        self.words.setText(words)
        self.setAccessibleDescription(words)
        self.setVisible(bool(words))
