"""The quiet last line: how the backend is doing, and which model makes the next edit."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from mgie.client.connection import Link
from mgie.panel import model_texts, texts
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.naming import dress, named, show_tool_tip

_TONES = {Link.READY: "good", Link.FAILED: "bad", Link.LOST: "bad"}  # every other is "caution"
LEAST_PX, MOST_PX = 72, 160  # of the choice of models: long names give way to the words beside them


class BackendLine(QWidget):
    """A dot and a few words, which say all that the colour does; a choice where there are several models."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "backend_part", self.tr("Backend"))
        self.dot = named(QLabel("\u25cf"), "backend_dot", self.tr("State of the backend"))
        self.words = named(ElidedLabel(), "backend", self.tr("Backend"))
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        dress(self.words, role="muted")
        self.model = named(
            QComboBox(), "model", self.tr("Model"), self.tr("The model that edits this document")
        )
        self.model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.model.setMinimumWidth(LEAST_PX)
        self.model.setMaximumWidth(MOST_PX)
        self.open = named(
            QToolButton(), "models_open", model_texts.label("open"), model_texts.label("open_help")
        )
        self.open.setText(model_texts.label("open"))
        dress(self.open, role="quiet")
        self._ids: list[str] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.dot)
        row.addWidget(self.words, 1)
        row.addWidget(self.model)
        row.addWidget(self.open)
        self.model.activated.connect(self._choose_model)
        self.open.clicked.connect(session.models.open)

    def show_state(self, state: PanelState) -> None:
        """Show the state of the connection and the models there are."""
        dress(self.dot, tone=_TONES.get(state.backend.link, "caution"))
        ids = [model.id for model in state.backend.models if model.state != "broken" and model.paints]
        if state.model is not None and state.model.id not in ids:  # WRITER+PAINTER
            ids.append(state.model.id)
        if ids != self._ids:
            self._ids = ids
            self.model.clear()
            self.model.addItems(ids)
        self.model.setVisible(len(ids) > 1)
        names_model = len(ids) <= 1
        words = texts.backend(state.backend, state.model, names_model=names_model)
        # Not the device: its name may be long, and stands in the tool tip.
        short = texts.backend(replace(state.backend, device=""), state.model, names_model=names_model)
        words = model_texts.at_server(words, state.server.name)
        able = state.model if state.backend.link is Link.READY else None
        self.words.set_text(
            model_texts.with_abilities(words, able, in_short=False),
            model_texts.with_abilities(words, able, in_short=True),
            model_texts.with_abilities(short, able, in_short=True),
            words,
            short,
        )
        if state.model is not None:
            self.model.setCurrentIndex(self.model.findText(state.model.id))
            show_tool_tip(self.model, texts.abilities(state.model))

    def _choose_model(self, index: int) -> None:
        self._session.choose_model(self.model.itemText(index))
