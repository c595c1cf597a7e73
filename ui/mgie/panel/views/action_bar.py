"""The big button whose words say what it will do, and "Stop and keep" beside it."""

from __future__ import annotations

from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from mgie.panel import texts
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.primary_action import Action, primary_action
from mgie.panel.state.progress import Phase
from mgie.panel.views.folding_row import FoldingRow
from mgie.panel.views.naming import dress, named, show_tool_tip


class ActionBar(QWidget):
    """Never two ways to do the same, never a dead end: a button that is off says why."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        named(self, "actions", self.tr("Actions"))
        self.primary = named(QPushButton(), "primary", self.tr("Edit"))
        self.primary.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.keep = named(
            QPushButton(self.tr("Stop and keep")),
            "keep",
            self.tr("Stop and keep"),
            self.tr("Stop now and keep the picture as it is so far (Ctrl+K)"),
        )
        self.stop = named(
            QPushButton(self.tr("Stop")), "stop", self.tr("Stop"), self.tr("Stop; nothing is changed (Esc)")
        )
        self._others = FoldingRow("other_actions", self.stop, self.keep)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(FoldingRow("actions_row", self.primary, self._others))
        self.primary.clicked.connect(session.act)
        self.keep.clicked.connect(session.runs.stop_and_keep)
        self.stop.clicked.connect(session.runs.stop)

    def show_state(self, state: PanelState) -> None:
        """Say what pressing would do now."""
        primary = primary_action(state)
        label = texts.action_label(primary)
        self.primary.setText(label)
        self.primary.setAccessibleName(label)
        self.primary.setEnabled(primary.obstacle is None)
        why = texts.obstacle(primary.obstacle)
        show_tool_tip(self.primary, why or self.tr("{action} (Ctrl+Return)").format(action=label))
        self.primary.setAccessibleDescription(why)
        dress(self.primary, role="stop" if primary.action is Action.STOP else "primary")
        edit = state.edit
        self.keep.setVisible(edit is not None and edit.phase is Phase.SAMPLING)
        self.keep.setEnabled(edit is not None and edit.can_keep)
        has_own_stop = primary.action is Action.QUEUE
        self.stop.setVisible(has_own_stop or (edit is not None and edit.phase is Phase.HELD))
        self._others.setVisible(not (self.keep.isHidden() and self.stop.isHidden()))
