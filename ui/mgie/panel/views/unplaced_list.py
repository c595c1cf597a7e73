"""Results that could not be placed: place again, save, or let go. They stay until the artist decides."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mgie.panel import failure_texts
from mgie.panel.session import Session
from mgie.panel.state.job import Kept
from mgie.panel.state.panel import PanelState
from mgie.panel.views.naming import dress, named


class KeptRow(QFrame):
    """One stranded result."""

    def __init__(self, session: Session, key: str) -> None:
        super().__init__()
        self._session, self.key = session, key
        self._name = ""
        part = key.replace("/", "_")
        named(self, f"kept_{part}", self.tr("A result that could not be placed"))
        dress(self, role="advice")
        self.words = named(QLabel(), f"kept_words_{part}", self.tr("Why it could not be placed"))
        self.words.setWordWrap(True)
        self.again = named(
            QPushButton(self.tr("Place again")),
            f"kept_again_{part}",
            self.tr("Place again"),
            self.tr("Place it in the document it was made for"),
        )
        self.here = named(
            QPushButton(self.tr("Place here")),
            f"kept_here_{part}",
            self.tr("Place here"),
            self.tr("Place it in the document that is open now"),
        )
        self.save = named(QPushButton(self.tr("Save\u2026")), f"kept_save_{part}", self.tr("Save as a file"))
        self.discard = named(
            QToolButton(), f"kept_discard_{part}", self.tr("Throw away"), self.tr("Throw away")
        )
        self.discard.setText("\u2715")
        dress(self.discard, role="quiet")
        self._lay_out()
        results = session.results
        self.again.clicked.connect(lambda: results.place_again(key))
        self.here.clicked.connect(lambda: results.place_again(key, here=True))
        self.discard.clicked.connect(lambda: results.discard(key))
        self.save.clicked.connect(self._ask_where)

    def show_kept(self, kept: Kept, state: PanelState) -> None:
        """Say what it is and why it is here."""
        explanation = failure_texts.explain(kept.failure) if kept.failure else None
        self._name = kept.job.target.document_name
        first = self.tr("“{instruction}” for {document} is kept here.").format(
            instruction=kept.job.instruction, document=self._name
        )
        self.words.setText(f"{first} {explanation.sentence} {explanation.advice}" if explanation else first)
        target = state.host.target
        self.here.setVisible(target is not None and target.document != kept.job.target.document)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.words, 1)
        top.addWidget(self.discard)
        bottom = QHBoxLayout()
        bottom.setSpacing(4)
        for button in (self.again, self.here, self.save):
            bottom.addWidget(button)
        bottom.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 4, 8)
        column.setSpacing(4)
        column.addLayout(top)
        column.addLayout(bottom)

    def _ask_where(self) -> None:
        """Ask without blocking the panel."""
        dialog = QFileDialog(
            self, self.tr("Save the result"), f"{Path(self._name).stem or 'result'}-edited.png"
        )
        named(dialog, "save_dialog", self.tr("Save the result"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("PNG pictures (*.png)"))
        dialog.setDefaultSuffix("png")
        dialog.fileSelected.connect(self._save)
        dialog.open()

    def _save(self, path: str) -> None:
        self._session.results.save(self.key, Path(path))


class KeptList(QWidget):
    """Empty and hidden in good times."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "kept", self.tr("Results that could not be placed"))
        self.rows: dict[str, KeptRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.hide()

    def show_state(self, state: PanelState) -> None:
        """Show every stranded result."""
        stranded = {k.key: k for k in state.stranded}
        for key in set(self.rows) - set(stranded):
            row = self.rows.pop(key)
            self._column.removeWidget(row)
            row.deleteLater()
        for key, kept in stranded.items():
            if key not in self.rows:
                self.rows[key] = KeptRow(self._session, key)
                self._column.addWidget(self.rows[key])
            self.rows[key].show_kept(kept, state)
        self.setVisible(bool(stranded))
