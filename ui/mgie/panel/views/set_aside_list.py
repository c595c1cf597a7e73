"""Variations that were not chosen: one line for each edit, to look at them again or let them go."""

from __future__ import annotations

from PyQt6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from mgie.panel.session import Session
from mgie.panel.state.job import Job
from mgie.panel.state.panel import PanelState
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import dress, named, tell_apart


class SetAsideRow(QFrame):
    """The variations of one edit."""

    def __init__(self, session: Session, job: Job) -> None:
        super().__init__()
        named(self, f"set_aside_{job.key}", self.tr("Variations that were not chosen"))
        dress(self, role="row")
        self.words = named(
            ElidedLabel(), f"set_aside_words_{job.key}", self.tr("Variations that were not chosen")
        )
        self.words.set_text(self.tr("Other results of “{words}”").format(words=job.instruction))
        self.show_again = named(
            QPushButton(self.tr("Show")),
            f"set_aside_show_{job.key}",
            self.tr("Show"),
            self.tr("Look at these variations again and place one"),
        )
        self.discard = named(
            QToolButton(), f"set_aside_discard_{job.key}", self.tr("Discard"), self.tr("Discard")
        )
        give_icon(self.discard, "discard")
        dress(self.discard, role="quiet")
        tell_apart(job.instruction, self.show_again, self.discard)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 4, 4)
        row.addWidget(self.words, 1)
        row.addWidget(self.show_again)
        row.addWidget(self.discard)
        self.show_again.clicked.connect(lambda: session.results.take_up(job))
        self.discard.clicked.connect(lambda: session.results.let_go(job))


class SetAsideList(QWidget):
    """Hidden while there is none."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "set_aside", self.tr("Variations that were not chosen"))
        self.rows: dict[str, SetAsideRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.hide()

    def show_state(self, state: PanelState) -> None:
        """Show a row for every edit with variations to come back to."""
        jobs = {job.key: job for job in state.set_aside}
        for key in set(self.rows) - set(jobs):
            row = self.rows.pop(key)
            self._column.removeWidget(row)
            row.deleteLater()
        for key, job in jobs.items():
            if key not in self.rows:
                self.rows[key] = SetAsideRow(self._session, job)
                self._column.addWidget(self.rows[key])
            self.rows[key].show_again.setEnabled(not state.is_busy)
        self.setVisible(bool(jobs))
