"""Results that could not be placed: place again, save, or let go. They stay until the artist decides."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mgie.panel import failure_texts
from mgie.panel.pixels import file_ending
from mgie.panel.session import Session
from mgie.panel.state.job import FinishedResult
from mgie.panel.state.panel import PanelState
from mgie.panel.views.folding_row import FoldingRow
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import dress, named, paragraph, tell_apart


class UnplacedRow(QFrame):
    """One unplaced result."""

    def __init__(self, session: Session, key: str) -> None:
        super().__init__()
        self._session, self.key = session, key
        self._name, self._ending = "", "png"
        part = key.replace("/", "_")
        named(self, f"unplaced_{part}", self.tr("A result that could not be placed"))
        dress(self, role="advice")
        self.words = named(paragraph(), f"unplaced_words_{part}", self.tr("Why it could not be placed"))
        self.again = named(
            QPushButton(self.tr("Place again")),
            f"unplaced_again_{part}",
            self.tr("Place again"),
            self.tr("Place it in the document it was made for"),
        )
        self.here = named(
            QPushButton(self.tr("Place here")),
            f"unplaced_here_{part}",
            self.tr("Place here"),
            self.tr("Place it in the document that is open now"),
        )
        self.save = named(
            QPushButton(self.tr("Save\u2026")), f"unplaced_save_{part}", self.tr("Save as a file")
        )
        self.discard = named(
            QToolButton(), f"unplaced_discard_{part}", self.tr("Discard"), self.tr("Discard")
        )
        give_icon(self.discard, "discard")
        dress(self.discard, role="quiet")
        self._lay_out()
        results = session.results
        self.again.clicked.connect(lambda: results.place_again(key))
        self.here.clicked.connect(lambda: results.place_again(key, here=True))
        self.discard.clicked.connect(lambda: results.discard(key))
        self.save.clicked.connect(self._ask_where)

    def show_result(self, finished: FinishedResult, state: PanelState) -> None:
        """Say what it is and why it is here."""
        explanation = failure_texts.explain(finished.failure, state.host) if finished.failure else None
        self._name = finished.job.target.document_name
        tell_apart(finished.job.instruction, self.again, self.here, self.save, self.discard)
        self._ending = file_ending(finished.result.picture.format)
        first = self.tr("“{instruction}” for {document} is kept here.").format(
            instruction=finished.job.instruction, document=self._name
        )
        self.words.setText(f"{first} {explanation.sentence} {explanation.advice}" if explanation else first)
        target = state.host.target
        self.here.setVisible(target is not None and target.document != finished.job.target.document)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.words, 1)
        top.addWidget(self.discard, 0, Qt.AlignmentFlag.AlignTop)
        part = self.key.replace("/", "_")
        elsewhere = FoldingRow(f"unplaced_elsewhere_{part}", self.here, self.save)
        bottom = FoldingRow(f"unplaced_bottom_{part}", self.again, elsewhere)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(bottom)

    def _ask_where(self) -> None:
        """Ask without blocking the panel."""
        name = f"{Path(self._name).stem or 'result'}-edited.{self._ending}"
        dialog = QFileDialog(self, self.tr("Save the result"), name)
        named(dialog, "save_dialog", self.tr("Save the result"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("Pictures (*.png *.tif *.tiff *.webp)"))
        dialog.setDefaultSuffix(self._ending)
        dialog.fileSelected.connect(self._save)
        dialog.open()

    def _save(self, path: str) -> None:
        self._session.results.save(self.key, Path(path))


class UnplacedList(QWidget):
    """Empty and hidden in good times."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "unplaced", self.tr("Results that could not be placed"))
        self.rows: dict[str, UnplacedRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.hide()

    def show_state(self, state: PanelState) -> None:
        """Show every unplaced result."""
        unplaced = {k.key: k for k in state.unplaced}
        for key in set(self.rows) - set(unplaced):
            row = self.rows.pop(key)
            self._column.removeWidget(row)
            row.deleteLater()
        for key, finished in unplaced.items():
            if key not in self.rows:
                self.rows[key] = UnplacedRow(self._session, key)
                self._column.addWidget(self.rows[key])
            self.rows[key].show_result(finished, state)
        self.setVisible(bool(unplaced))
