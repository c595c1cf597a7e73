"""The quiet last line: how the backend is doing."""

from __future__ import annotations

from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from mgie.panel import texts
from mgie.panel.state.backend import Link
from mgie.panel.state.panel import PanelState
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.naming import dress, named

_TONES = {Link.READY: "good", Link.FAILED: "bad", Link.LOST: "bad"}  # every other is "caution"


class BackendLine(QWidget):
    """A dot and a few words; the words alone tell everything the colour does."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "backend_part", self.tr("Backend"))
        self.dot = named(QLabel("\u25cf"), "backend_dot", self.tr("Backend"))
        self.words = named(ElidedLabel(), "backend", self.tr("Backend"))
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        dress(self.words, role="muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.dot)
        row.addWidget(self.words, 1)

    def show_state(self, state: PanelState) -> None:
        """Show the state of the connection."""
        self.words.set_text(texts.backend(state.backend))
        dress(self.dot, tone=_TONES.get(state.backend.link, "caution"))
