"""Reference pictures of the next edit: layers, added one by one, where the model looks at any."""

from __future__ import annotations

from functools import partial

from PyQt6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from mgie.panel import model_texts
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.references import Reference
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.folding_row import FoldingRow
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import dress, heading, named, paragraph, tell_apart


class ReferenceRow(QWidget):
    """Hidden for a model that takes none, unless some are chosen: then they can be removed."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "references", self.tr("Reference pictures"))
        self.title = heading(self.tr("Reference pictures"), "references_heading")
        self.count = named(paragraph(), "references_count", self.tr("Reference pictures"))
        dress(self.count, role="muted")
        self.add = named(
            QToolButton(),
            "add_reference",
            self.tr("Add active layer"),
            self.tr("Show the model the active layer too, so that your words can refer to it"),
        )
        self.add.setText(self.tr("Add active layer"))
        dress(self.add, role="quiet")
        self.add.clicked.connect(session.references.add_layer)
        self.rows: dict[str, QWidget] = {}
        self.removers: dict[str, QToolButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(FoldingRow("references_top", self.title, self.add))
        self._column.addWidget(self.count)
        self.hide()

    def show_state(self, state: PanelState) -> None:
        """Show the references of the present document, and how many the model takes."""
        references, most = state.document_references, state.model.max_references if state.model else 0
        target = state.host.target
        self.count.setText(model_texts.references(len(references), most))
        self.add.setEnabled(target is not None and bool(target.layer) and len(references) < most)
        for key in set(self.rows) - {reference.key for reference in references}:
            row = self.rows.pop(key)
            del self.removers[key]
            self._column.removeWidget(row)
            row.deleteLater()
        for reference in references:
            if reference.key not in self.rows:
                self.rows[reference.key] = self._row(reference)
                self._column.addWidget(self.rows[reference.key])
        self.setVisible(most > 0 or bool(references))

    def _row(self, reference: Reference) -> QWidget:
        name = reference.key.replace("/", "_")
        row = named(QWidget(), f"reference_{name}", reference.name)
        words = named(ElidedLabel(), f"reference_name_{name}", reference.name)
        words.set_text(reference.name)
        remove = named(QToolButton(), f"reference_remove_{name}", self.tr("Remove this reference picture"))
        give_icon(remove, "close")
        tell_apart(reference.name, remove)
        dress(remove, role="quiet")
        remove.clicked.connect(partial(self._session.references.remove, reference.key))
        self.removers[reference.key] = remove
        line = QHBoxLayout(row)
        line.setContentsMargins(8, 0, 0, 0)
        line.addWidget(words, 1)
        line.addWidget(remove)
        return row
