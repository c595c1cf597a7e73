"""The seed: seen, typed, kept for every edit, or thrown anew."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QToolButton, QWidget

from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.settings import MAX_SEED
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import named


class SeedRow(QWidget):
    """A typed or thrown seed is kept until it is unlocked."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "seed_row", self.tr("Seed"))
        self.edit = named(
            QLineEdit(), "seed", self.tr("Seed"), self.tr("The same seed and settings give the same picture")
        )
        self.dice = named(
            QToolButton(), "seed_dice", self.tr("Another seed"), self.tr("Pick another seed and lock it")
        )
        give_icon(self.dice, "dice")
        self.lock = named(
            QCheckBox(self.tr("Lock")),
            "seed_lock",
            self.tr("Lock the seed"),
            self.tr("Use this seed for every edit; otherwise each draws its own"),
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.edit, 1)
        row.addWidget(self.dice)
        row.addWidget(self.lock)
        self.edit.editingFinished.connect(self._take)
        self.dice.clicked.connect(session.throw_seed)
        self.lock.toggled.connect(self._change_lock)

    def show_state(self, state: PanelState) -> None:
        """Show the seed of the next edit where it is locked, else of the last one."""
        if not self.edit.hasFocus():
            self.edit.setText(str(state.settings.seed))
        self.lock.setChecked(state.settings.is_seed_locked)

    def _take(self) -> None:
        """A whole number in range becomes the seed and is kept; anything else goes back to the old one."""
        settings, text = self._session.state.settings, self.edit.text().strip()
        if text.isascii() and text.isdigit() and int(text) <= MAX_SEED:
            if int(text) != settings.seed:
                self._session.choose_settings(replace(settings, seed=int(text), is_seed_locked=True))
        else:
            self.edit.setText(str(settings.seed))

    def _change_lock(self, is_on: bool) -> None:
        self._session.choose_settings(replace(self._session.state.settings, is_seed_locked=is_on))
