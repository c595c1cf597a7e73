"""A request that may mean several things: the model waits until the artist says which."""

from __future__ import annotations

from functools import partial

from PyQt6.QtWidgets import QFrame, QLabel, QVBoxLayout

from mgie.api.events import Reading
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.views.naming import dress, named
from mgie.panel.views.wrapped_button import WrappedButton


class ReadingsCard(QFrame):
    """One button for each meaning, the likeliest first."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._readings: tuple[Reading, ...] = ()
        named(self, "readings", self.tr("What the instruction may mean"))
        dress(self, role="advice")
        self.question = named(
            QLabel(self.tr("Which one do you mean?")), "readings_question", self.tr("Question")
        )
        dress(self.question, role="title")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 8, 8, 8)
        self._column.setSpacing(4)
        self._column.addWidget(self.question)
        self.buttons: list[WrappedButton] = []
        self.hide()

    def show_state(self, state: PanelState) -> None:
        """Show the meanings while the edit waits for a choice."""
        readings = state.edit.readings if state.edit else ()
        self.setVisible(bool(readings))
        if readings != self._readings:
            self._readings = readings
            self._show_readings(readings)

    def _show_readings(self, readings: tuple[Reading, ...]) -> None:
        for button in self.buttons:
            self._column.removeWidget(button)
            button.deleteLater()
        self.buttons = []
        for number, reading in enumerate(readings):
            description = self.tr("About {percent} % likely").format(percent=round(100 * reading.probability))
            button = named(WrappedButton(reading.text), f"reading_{number}", reading.text, description)
            button.clicked.connect(partial(self._session.choose_reading, reading))
            self.buttons.append(button)
            self._column.addWidget(button)
