"""What the loaded model can be asked for, one press away; and the way to all settings."""

from __future__ import annotations

from PyQt6.QtCore import QSize, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import dress, named

GAP_PX = 4


class IdeaRow(QWidget):
    """As many ideas as fit on one line."""

    taken = pyqtSignal()  # an idea went into the instruction field

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "ideas", self.tr("Ideas"))
        self.chips: list[QToolButton] = []
        self._ideas: tuple[str, ...] = ()
        self.more = named(
            QToolButton(),
            "more",
            self.tr("More settings"),
            self.tr("All settings: the model's options, mask, seed (Ctrl+M)"),
        )
        give_icon(self.more, "settings")
        self.more.setCheckable(True)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GAP_PX)
        self._row.addStretch(1)
        self._row.addWidget(self.more)

    def show_state(self, state: PanelState) -> None:
        """Show the ideas of the next edit's model."""
        ideas = state.model.examples if state.model else ()
        if ideas == self._ideas:
            return
        self._ideas = ideas
        for chip in self.chips:
            self._row.removeWidget(chip)
            chip.setParent(None)
            chip.deleteLater()
        self.chips = [self._chip(number, idea) for number, idea in enumerate(ideas)]
        for place, chip in enumerate(self.chips):
            self._row.insertWidget(place, chip)
        self._fit()

    def resizeEvent(self, a0: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        """More room, more ideas."""
        super().resizeEvent(a0)
        self._fit()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for the button; ideas give way."""
        return self.more.minimumSizeHint()

    def _chip(self, number: int, idea: str) -> QToolButton:
        chip = named(QToolButton(), f"idea_{number}", idea, self.tr("Write this into the instruction"))
        chip.setText(idea.replace("&", "&&"))
        dress(chip, role="chip")
        chip.clicked.connect(lambda: self._take(idea))
        return chip

    def _take(self, idea: str) -> None:
        self._session.type_instruction(idea)
        self.taken.emit()

    def _fit(self) -> None:
        room = self.width() - self.more.sizeHint().width() - GAP_PX
        for chip in self.chips:
            room -= chip.sizeHint().width() + GAP_PX
            chip.setVisible(room >= 0)
