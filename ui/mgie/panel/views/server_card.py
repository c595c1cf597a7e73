"""Where the backend is: this machine, or another one whose certificate is looked at before it is trusted."""

from __future__ import annotations

from PyQt6.QtWidgets import QFrame, QLineEdit, QPushButton, QVBoxLayout

from mgie.panel import model_texts
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.views.folding_row import FoldingRow
from mgie.panel.views.naming import dress, heading, named, paragraph


class ServerCard(QFrame):
    """Address and token; then the fingerprint, to be compared; then it is used and remembered."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "server", self.tr("Where the backend is"))
        dress(self, role="row")
        self.where = named(paragraph(), "server_where", self.tr("Where the backend is"))
        self.address = named(
            QLineEdit(),
            "server_address",
            self.tr("Address"),
            self.tr("HOST:PORT of a backend on another machine, as given to `mgie serve --listen`"),
        )
        self.address.setPlaceholderText(self.tr("studio.local:7860"))
        self.token = named(
            QLineEdit(),
            "server_token",
            self.tr("Token"),
            self.tr("The contents of that backend's token file"),
        )
        self.token.setPlaceholderText(self.tr("Token"))
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.look = named(
            QPushButton(self.tr("Show certificate")), "server_look", self.tr("Show its certificate")
        )
        self.own = named(
            QPushButton(self.tr("Use this machine")), "server_own", self.tr("Use this machine's own backend")
        )
        self.question = named(paragraph(), "server_question", self.tr("Compare the fingerprint"))
        self.fingerprint = named(paragraph(), "server_fingerprint", self.tr("Fingerprint"))
        self.trust = named(
            QPushButton(self.tr("They match: use it")), "server_trust", self.tr("Trust this certificate")
        )
        self.problem = named(paragraph(), "server_problem", self.tr("What went wrong"))
        dress(self.problem, tone="bad")
        self.question.setText(
            self.tr(
                "Its certificate has this fingerprint. Use it only if `mgie status` shows the same one there:"
            )
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        column.addWidget(heading(self.tr("Backend"), "server_heading"))
        buttons = FoldingRow("server_buttons", self.look, self.own)
        for part in (
            self.where,
            self.address,
            self.token,
            buttons,
            self.question,
            self.fingerprint,
            self.trust,
            self.problem,
        ):
            column.addWidget(part)
        self.look.clicked.connect(self._look)
        self.own.clicked.connect(session.servers.use_own)
        self.trust.clicked.connect(session.servers.use_seen)

    def show_state(self, state: PanelState) -> None:
        """Show which backend is used, and what was seen of another one."""
        choice = state.server
        self.where.setText(model_texts.server(choice))
        self.own.setVisible(bool(choice.name))
        for button in (self.own, self.look, self.trust):
            button.setEnabled(not state.is_busy)
        for part in (self.question, self.fingerprint, self.trust):
            part.setVisible(bool(choice.fingerprint))
        self.fingerprint.setText(choice.fingerprint_lines)
        self.problem.setText(model_texts.problem(choice.failure) if choice.failure else "")
        self.problem.setVisible(choice.failure is not None)

    def _look(self) -> None:
        self._session.servers.look(self.address.text(), self.token.text())
