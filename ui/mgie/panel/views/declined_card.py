"""A request that the model cannot carry out: why, and what could be asked for instead."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout

from mgie.api.events import Declined
from mgie.panel import texts
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import dress, named, paragraph


class DeclinedCard(QFrame):
    """Nothing was changed. Pressing a suggestion puts it into the instruction field."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._declined: Declined | None = None
        named(self, "declined", self.tr("What the model cannot do"))
        dress(self, role="advice")
        self.sentence = named(paragraph(), "declined_sentence", self.tr("Why nothing was changed"))
        self.close_button = named(QToolButton(), "declined_close", self.tr("Dismiss"))
        give_icon(self.close_button, "close")
        dress(self.close_button, role="quiet")
        top = QHBoxLayout()
        top.addWidget(self.sentence, 1)
        top.addWidget(self.close_button)
        top.setAlignment(self.close_button, Qt.AlignmentFlag.AlignTop)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 8, 8, 8)
        self._column.setSpacing(4)
        self._column.addLayout(top)
        self.suggestions: list[QPushButton] = []
        self.close_button.clicked.connect(session.dismiss_failure)
        self.hide()

    def show_state(self, state: PanelState) -> None:
        """Show why the last edit was declined."""
        declined = state.edit.declined if state.edit else None
        self.setVisible(declined is not None)
        if declined is None or declined == self._declined:
            return
        self._declined = declined
        self.sentence.setText(texts.model_text(declined.message))
        self._show_suggestions(declined.suggestions)

    def _show_suggestions(self, suggestions: tuple[str, ...]) -> None:
        for button in self.suggestions:
            self._column.removeWidget(button)
            button.deleteLater()
        self.suggestions = []
        for number, words in enumerate(suggestions):
            name = self.tr("Write “{words}” instead").format(words=words)
            button = named(QPushButton(words), f"suggestion_{number}", name)
            button.clicked.connect(partial(self._session.take_suggestion, words))
            self.suggestions.append(button)
            self._column.addWidget(button)
