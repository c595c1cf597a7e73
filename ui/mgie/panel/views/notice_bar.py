"""What went wrong: one sentence, what to do, and a way to get on."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout

from mgie.panel import problems
from mgie.panel.session import Session
from mgie.panel.state.backend import Link
from mgie.panel.state.panel import PanelState
from mgie.panel.state.problem import Problem
from mgie.panel.views.naming import dress, named


class NoticeBar(QFrame):
    """Shows the most urgent problem; Esc or the cross puts it away."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._problem: Problem | None = None
        named(self, "notice", self.tr("Problem"))
        dress(self, role="notice")
        self.sentence = named(QLabel(), "notice_sentence", self.tr("What went wrong"))
        self.advice = named(QLabel(), "notice_advice", self.tr("What to do"))
        for label in (self.sentence, self.advice):
            label.setWordWrap(True)
        dress(self.sentence, role="title")
        self.restart = named(
            QPushButton(self.tr("Start again")), "restart", self.tr("Start the backend again")
        )
        self.close_button = named(QToolButton(), "notice_close", self.tr("Put this message away"))
        self.close_button.setText("\u2715")
        dress(self.close_button, role="quiet")
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.sentence)
        words.addWidget(self.advice)
        words.addWidget(self.restart)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 4, 8)
        row.setSpacing(4)
        row.addLayout(words, 1)
        row.addWidget(self.close_button)
        row.setAlignment(self.close_button, Qt.AlignmentFlag.AlignTop)
        self.restart.clicked.connect(session.retry_backend)
        self.close_button.clicked.connect(session.dismiss_problem)
        self.hide()

    def show_state(self, state: PanelState) -> None:
        """Show the problem of the backend, of the panel, or of the last edit, in this order."""
        failed = state.backend.problem if state.backend.link is Link.FAILED else None
        of_edit = state.edit.problem if state.edit else None
        problem = failed or state.problem or of_edit
        self.setVisible(problem is not None)
        self.restart.setVisible(failed is not None)
        self.close_button.setVisible(failed is None)
        if problem is not None and problem != self._problem:
            told = problems.told(problem)
            self.sentence.setText(told.sentence)
            self.advice.setText(told.advice)
            self.setToolTip(problem.detail)
            self.setAccessibleDescription(f"{told.sentence} {told.advice}")
        self._problem = problem
