"""Stage, step and time to go: one line of words, one thin bar."""

from __future__ import annotations

from PyQt6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from mgie.panel import texts
from mgie.panel.state import regions as region_list
from mgie.panel.state.panel import PanelState
from mgie.panel.state.progress import Phase
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.naming import dress, named


class ProgressLine(QWidget):
    """Shown while something runs and for its last word; keeps its height, so that nothing jumps."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "progress_part", self.tr("Progress"))
        self.words = named(ElidedLabel(), "progress_words", self.tr("Progress"))
        self.bar = named(QProgressBar(), "progress", self.tr("Progress of the edit"))
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        for part in (self.words, self.bar):  # so that what lies below stays where it is
            policy = part.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            part.setSizePolicy(policy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.words)
        column.addWidget(self.bar)
        dress(self.words, role="muted")

    def show_state(self, state: PanelState) -> None:
        """Show where the edit, or the batch, stands."""
        batch = tuple(r for r in state.regions if r.progress is not None)
        if state.edit is None and batch:
            done = sum(r.progress is not None and r.progress.has_ended for r in batch)
            self.words.set_text(texts.batch_progress(done, region_list.num_done(batch), len(batch)))
            self._set_bar(done, len(batch), is_shown=region_list.is_running(batch))
            return
        edit = state.edit
        self.words.set_text(texts.outcome(state))
        self.words.setVisible(edit is not None)
        runs = edit is not None and not edit.has_ended and edit.phase is not Phase.HELD
        is_counted = edit is not None and edit.phase is Phase.SAMPLING and edit.num_steps > 0
        self._set_bar(
            edit.step if edit and is_counted else 0,
            edit.num_steps if edit and is_counted else 0,
            is_shown=runs,
        )

    def _set_bar(self, value: int, maximum: int, *, is_shown: bool) -> None:
        """maximum 0: busy, with no end known."""
        self.words.setVisible(bool(self.words.text()))
        self.bar.setVisible(is_shown)
        self.bar.setRange(0, maximum)
        self.bar.setValue(value)
