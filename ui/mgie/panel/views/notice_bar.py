"""What went wrong: one sentence, what to do, and a way to get on."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QVBoxLayout

from mgie.api.failure import Failure
from mgie.client.connection import Link
from mgie.panel import failure_texts
from mgie.panel.diagnostics import diagnostics
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.texts import tr
from mgie.panel.views.folding_row import FoldingRow
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import dress, named, paragraph


class NoticeBar(QFrame):
    """Shows the most urgent failure; Esc or the cross puts it away."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._failure: Failure | None = None
        named(self, "notice", self.tr("Problem"))
        dress(self, role="notice")
        self.sentence = named(paragraph(), "notice_sentence", self.tr("What went wrong"))
        self.advice = named(paragraph(), "notice_advice", self.tr("What to do"))
        dress(self.sentence, role="title")
        self.restart = named(
            QPushButton(self.tr("Start again")), "restart", self.tr("Start the backend again")
        )
        self.close_button = named(QToolButton(), "notice_close", self.tr("Dismiss"))
        give_icon(self.close_button, "close")
        dress(self.close_button, role="quiet")
        self.detail = named(paragraph(), "notice_detail", tr("Details"))
        self.detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        dress(self.detail, role="muted")
        self.detail.hide()
        self.more = named(
            QPushButton(tr("Details")), "notice_more", tr("Details"), tr("What the program itself said")
        )
        self.more.setCheckable(True)
        self.copy = named(
            QPushButton(tr("Copy diagnostics")),
            "notice_copy",
            tr("Copy diagnostics"),
            tr("A text for a report: versions and the failure, without your words, names, files and paths"),
        )
        for button in (self.more, self.copy):
            dress(button, role="quiet")
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.sentence, 1)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout(self)
        words.setContentsMargins(8, 8, 8, 8)
        words.setSpacing(4)
        words.addLayout(head)
        words.addWidget(self.advice)
        words.addWidget(self.restart)
        words.addWidget(self.detail)
        words.addWidget(FoldingRow("notice_foot", self.more, self.copy))
        self.restart.clicked.connect(session.retry_backend)
        self.close_button.clicked.connect(session.dismiss_failure)
        self.more.toggled.connect(self.detail.setVisible)
        self.copy.clicked.connect(self._copy)
        self.hide()

    def show_state(self, state: PanelState) -> None:
        """Show the failure of the backend, of the panel, or of the last edit, in this order."""
        failed = state.backend.failure if state.backend.link is Link.FAILED else None
        of_edit = state.edit.failure if state.edit else None
        failure = failed or state.failure or of_edit
        self.setVisible(failure is not None)
        self.restart.setVisible(failed is not None)
        self.close_button.setVisible(failed is None)
        if failure is not None and failure != self._failure:
            explanation = failure_texts.explain(failure, state.host)
            self.sentence.setText(explanation.sentence)
            self.advice.setText(explanation.advice)
            self.detail.setText(failure.message.strip() or failure.reason)
            self.more.setChecked(False)
            self.copy.setText(tr("Copy diagnostics"))
            self.setAccessibleDescription(f"{explanation.sentence} {explanation.advice}")
        self._failure = failure

    def _copy(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if self._failure is not None and clipboard is not None:
            clipboard.setText(diagnostics(self._session.state, self._failure))
            self.copy.setText(tr("Copied"))
