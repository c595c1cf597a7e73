"""One region of a batch: its name, its instruction, how far it is."""

from __future__ import annotations

from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout

from mgie.panel import failure_texts, texts
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.progress import Phase, Progress
from mgie.panel.state.regions import Region
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.naming import dress, named, paragraph

_TONES = {Phase.DONE: "good", Phase.FAILED: "bad", Phase.DECLINED: "caution", Phase.CANCELLED: "caution"}


class RegionRow(QFrame):
    """Name and status, the instruction, and the model's words or what went wrong."""

    def __init__(self, session: Session, key: str) -> None:
        super().__init__()
        self._session, self.key = session, key
        named(self, f"region_{key}", self.tr("Region"))
        dress(self, role="row")
        self.name = named(ElidedLabel(), f"region_name_{key}", self.tr("Region"))
        self.status = named(ElidedLabel(), f"region_status_{key}", self.tr("Status of the region"))
        self.instruction = named(
            QLineEdit(),
            f"region_instruction_{key}",
            self.tr("Instruction for this region"),
        )
        self.instruction.setPlaceholderText(self.tr("What should change here?"))
        self.remove = named(
            QToolButton(),
            f"region_remove_{key}",
            self.tr("Remove from the list"),
            self.tr("Remove from the list"),
        )
        self.remove.setText("\u2715")
        dress(self.remove, role="quiet")
        dress(self.name, role="title")
        self.words = named(
            paragraph(), f"region_words_{key}", self.tr("The model's words, or what went wrong")
        )
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.name, 1)
        top.addWidget(self.status)
        top.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self.instruction)
        column.addWidget(self.words)
        self.instruction.textEdited.connect(self._edited)
        self.instruction.returnPressed.connect(session.act_by_key)
        self.remove.clicked.connect(self._removed)

    def show_region(self, region: Region, state: PanelState) -> None:
        """Show its words and its progress."""
        size = f"{region.bounds.width} \u00d7 {region.bounds.height}"
        self.name.set_text(f"{region.name}  {size}")
        if self.instruction.text() != region.instruction:
            self.instruction.setText(region.instruction)
        progress = region.progress
        is_running = progress is not None and not progress.has_ended
        self.instruction.setReadOnly(is_running)
        self.remove.setEnabled(not is_running)
        self.status.set_text(texts.region_status(progress, state.backend))
        dress(self.status, tone=_TONES.get(progress.phase, "") if progress else "", role="muted")
        self._show_words(progress)

    def _show_words(self, progress: Progress | None) -> None:
        explanation = failure_texts.explain(progress.failure) if progress and progress.failure else None
        declined = progress.declined if progress else None
        if explanation is not None:
            words = f"{explanation.sentence} {explanation.advice}"
        elif declined is not None:
            words = texts.declined(declined)
        else:
            words = progress.text if progress else ""
        self.words.setText(words)
        self.words.setVisible(bool(words))
        dress(self.words, role="" if explanation or declined else "muted")

    def _edited(self, text: str) -> None:
        self._session.regions.instruct(self.key, text)

    def _removed(self) -> None:
        self._session.regions.remove(self.key)
