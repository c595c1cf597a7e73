"""The edits that wait for their turn: seen, reordered, taken out, held up."""

from __future__ import annotations

from functools import partial

from PyQt6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from mgie.panel import texts
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.queue import in_document
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.folding_row import FoldingRow
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import dress, heading, named, tell_apart


class QueueRow(QFrame):
    """One edit that waits."""

    def __init__(self, session: Session, key: str) -> None:
        super().__init__()
        named(self, f"queue_{key}", self.tr("Waiting edit"))
        dress(self, role="row")
        self.words = named(ElidedLabel(), f"queue_words_{key}", self.tr("Waiting edit"))
        self.earlier = self._button(f"queue_earlier_{key}", "up", self.tr("Earlier"))
        self.later = self._button(f"queue_later_{key}", "down", self.tr("Later"))
        self.cancel = self._button(f"queue_cancel_{key}", "close", self.tr("Remove from the queue"))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 4, 2)
        row.setSpacing(0)
        row.addWidget(self.words, 1)
        for button in (self.earlier, self.later, self.cancel):
            row.addWidget(button)
        self.earlier.clicked.connect(partial(session.queue.move, key, -1))
        self.later.clicked.connect(partial(session.queue.move, key, 1))
        self.cancel.clicked.connect(partial(session.queue.cancel, key))

    def _button(self, name: str, icon: str, says: str) -> QToolButton:
        button = named(QToolButton(), name, says, says)
        give_icon(button, icon)
        dress(button, role="quiet")
        return button


class QueueList(QWidget):
    """Hidden while nothing waits for the present document."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "queue", self.tr("Queue"))
        self.rows: dict[str, QueueRow] = {}
        self.title = heading(self.tr("Queue"), "queue_heading")
        self.go_on = named(
            QPushButton(self.tr("Continue")),
            "queue_go_on",
            self.tr("Continue the queue"),
            self.tr("Start the next edit in the queue"),
        )
        self.clear = named(
            QToolButton(),
            "queue_clear",
            self.tr("Clear the queue"),
            self.tr("Remove all edits from the queue"),
        )
        self.clear.setText(self.tr("Clear"))
        dress(self.clear, role="quiet")
        buttons = named(QWidget(), "queue_buttons", self.tr("Queue"))
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.go_on)
        row.addWidget(self.clear)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(FoldingRow("queue_top", self.title, buttons))
        self.go_on.clicked.connect(session.queue.go_on)
        self.clear.clicked.connect(session.queue.clear)
        self.hide()

    def show_state(self, state: PanelState) -> None:
        """Show what waits, the next one first."""
        waiting = in_document(state.queue, state.document)
        self.setVisible(bool(waiting))
        self.title.setText(texts.queue_title(len(waiting), is_held=state.is_queue_held))
        self.go_on.setVisible(state.is_queue_held and not state.is_busy)
        keys = [w.job.key for w in waiting]
        if keys != list(self.rows):
            self._make_rows(keys)
        for number, entry in enumerate(waiting):
            row = self.rows[entry.job.key]
            words = texts.waiting_edit(number + 1, entry.job)
            row.words.set_text(words)
            tell_apart(words, row.earlier, row.later, row.cancel)
            row.earlier.setEnabled(number > 0)
            row.later.setEnabled(number < len(waiting) - 1)

    def _make_rows(self, keys: list[str]) -> None:
        """The rows in another order; those that stay keep their widgets, and with them the keyboard."""
        for key in set(self.rows) - set(keys):
            row = self.rows.pop(key)
            self._column.removeWidget(row)
            row.deleteLater()
        rows = {key: self.rows.get(key) or QueueRow(self._session, key) for key in keys}
        for place, row in enumerate(rows.values()):
            self._column.insertWidget(place + 1, row)
        self.rows = rows
