"""One edit at a time, or several regions each with its own words."""

from __future__ import annotations

from functools import partial

from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from mgie.panel import texts
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.views.naming import dress, named


class ModeSwitch(QWidget):
    """Two buttons of which one is down."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "mode", self.tr("What to edit"))
        self.edit = named(
            QPushButton(self.tr("Edit")),
            "mode_edit",
            self.tr("Edit"),
            self.tr("One edit with one instruction"),
        )
        self.regions = named(
            QPushButton(self.tr("Regions")),
            "mode_regions",
            self.tr("Regions"),
            self.tr("Several selections, each with its own instruction, edited together"),
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for button, place in ((self.edit, "first"), (self.regions, "last")):
            button.setCheckable(True)
            dress(button, role=f"segment-{place}")
            row.addWidget(button, 1)
        self.edit.clicked.connect(partial(self._choose, False))
        self.regions.clicked.connect(partial(self._choose, True))

    def _choose(self, shows_regions: bool, _checked: bool) -> None:
        """No group of Qt's: Tab would reach only the one that is down."""
        self._session.regions.show(shows_regions)
        self.show_state(self._session.state)  # a press on the one that is down lets it up

    def show_state(self, state: PanelState) -> None:
        """Show which one it is and how many regions the document has."""
        self.regions.setChecked(state.shows_regions)
        self.edit.setChecked(not state.shows_regions)
        label = texts.regions_label(len(state.batch_regions))
        self.regions.setText(label)
        self.regions.setAccessibleName(label)
