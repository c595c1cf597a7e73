"""The page of models, in place of the edit: everything that is here or can be had, and what it needs."""

from __future__ import annotations

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import (
    QFileDialog,
    QFrame,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mgie.api.models import SINGLE_FILE_SUFFIXES
from mgie.panel import model_texts
from mgie.panel.model_texts import label
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.views.folding_row import FoldingRow
from mgie.panel.views.margin_scroll import MarginScroll, between_margins
from mgie.panel.views.model_card import ModelCard
from mgie.panel.views.naming import dress, heading, named, paragraph
from mgie.panel.views.server_card import ServerCard


class TermsCard(QFrame):
    """The terms of a licence, to be accepted before anything is fetched."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        named(self, "terms", label("terms"))
        dress(self, role="advice")
        self.title = named(paragraph(), "terms_title", label("terms"))
        dress(self.title, role="title")
        self.text = named(paragraph(), "terms_text", label("terms"))
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.accept = named(QPushButton(label("accept")), "terms_accept", label("accept"))
        self.decline = named(QPushButton(label("decline")), "terms_decline", label("decline"))
        dress(self.accept, role="primary")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addWidget(FoldingRow("terms_buttons", self.accept, self.decline))
        self.accept.clicked.connect(session.models.accept_terms)
        self.decline.clicked.connect(session.models.decline_terms)
        self.hide()

    def show_state(self, state: PanelState) -> None:
        """Show the terms of the model that was asked for."""
        page = state.model_page
        self.title.setText(model_texts.terms_title(page.terms_of))
        self.text.setText(page.terms())
        is_new = self.isHidden() and bool(page.terms_of)
        self.setVisible(bool(page.terms_of))
        if is_new:
            self.accept.setFocus()


class ModelPageView(QWidget):
    """Shown while the page is open."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.cards: dict[str, ModelCard] = {}
        named(self, "model_page", label("page"))
        self.back = named(QToolButton(), "models_back", label("back"), label("back"))
        self.back.setText(f"\u2039 {label('back')}")
        dress(self.back, role="quiet")
        self.memory = named(paragraph(), "models_memory", label("page"))
        dress(self.memory, role="muted")
        self.problem = named(paragraph(), "models_problem", label("page"))
        dress(self.problem, tone="bad")
        self.free = named(QPushButton(label("free")), "models_free", label("free"), label("free_help"))
        self.add = named(QPushButton(label("import")), "models_import", label("import"), label("import_help"))
        self.add_file = named(
            QPushButton(label("import_file")), "models_import_file", label("import_file"), label("file_help")
        )
        self.terms = TermsCard(session)
        self.server = ServerCard(session)
        self._is_open = False
        self._dialog: QFileDialog | None = None
        self._column = QVBoxLayout()
        self._lay_out()
        self.back.clicked.connect(session.models.close)
        self.free.clicked.connect(session.models.free_memory)
        self.add.clicked.connect(lambda: self._ask_for(label("folder"), QFileDialog.FileMode.Directory))
        self.add_file.clicked.connect(lambda: self._ask_for(label("file"), QFileDialog.FileMode.ExistingFile))

    def show_state(self, state: PanelState) -> None:
        """Show a card for every model; nothing is made while the page is closed."""
        page = state.model_page
        was_open, self._is_open = self._is_open, page.is_open
        if not page.is_open:
            return
        if not was_open:
            QTimer.singleShot(0, self.back.setFocus)  # once it is shown
        self.memory.setText(model_texts.memory(page.resources))
        unloading = page.running("")
        failure = page.failure or page.failure_of("")
        self.problem.setText(model_texts.problem(failure) if failure else "")
        self.problem.setVisible(failure is not None)
        self.free.setEnabled(unloading is None and state.backend.is_reachable)
        self.add.setEnabled(state.backend.is_reachable)
        self.add_file.setEnabled(state.backend.is_reachable)
        self.terms.show_state(state)
        self.server.show_state(state)
        models = {model.id: model for model in page.models(state.backend.models)}
        for model_id in set(self.cards) - set(models):
            card = self.cards.pop(model_id)
            self._column.removeWidget(card)
            card.deleteLater()
        for place, (model_id, model) in enumerate(models.items()):
            if model_id not in self.cards:
                self.cards[model_id] = ModelCard(self._session, model_id)
                self._column.insertWidget(place, self.cards[model_id])
            elif self._column.indexOf(self.cards[model_id]) != place:
                self._column.insertWidget(place, self.cards[model_id])
            self.cards[model_id].show_model(model, state)

    def _ask_for(self, what: str, mode: QFileDialog.FileMode) -> None:
        """Without blocking: edits go on meanwhile."""
        self._dialog = QFileDialog(self, what)
        named(self._dialog, "models_folder", what)
        self._dialog.setFileMode(mode)
        if mode is QFileDialog.FileMode.ExistingFile:
            patterns = " ".join(f"*{suffix}" for suffix in SINGLE_FILE_SUFFIXES)
            self._dialog.setNameFilter(f"{what} ({patterns})")
        self._dialog.fileSelected.connect(self._session.models.import_folder)
        self._dialog.open()

    def _lay_out(self) -> None:
        content = named(QWidget(), "models_content", label("page"))
        self._column.setSpacing(8)
        self._column.addWidget(self.server)
        self._column.addStretch(1)
        content.setLayout(self._column)
        head = between_margins()
        title = heading(label("title"), "models_heading")
        head.addWidget(FoldingRow("models_top", title, self.back))
        head.addWidget(self.memory)
        head.addWidget(FoldingRow("models_imports", self.add, self.add_file))
        head.addWidget(self.free)
        head.addWidget(self.problem)
        head.addWidget(self.terms)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(MarginScroll(content, "models_scroll", label("page")), 1)
