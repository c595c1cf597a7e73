"""Several selections, each with its own instruction, edited in one go."""

from __future__ import annotations

from PyQt6.QtWidgets import QMenu, QToolButton, QVBoxLayout, QWidget

from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.regions import in_document
from mgie.panel.views.folding_row import FoldingRow
from mgie.panel.views.naming import dress, heading, named
from mgie.panel.views.region_row import RegionRow


class RegionList(QWidget):
    """Folded to one line with "Add selection" until the artist adds a region."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "regions", self.tr("Regions"))
        self.rows: dict[str, RegionRow] = {}
        self.add = named(
            QToolButton(),
            "add_region",
            self.tr("Add selection"),
            self.tr("Add the current selection as a region with its own instruction (Ctrl+Shift+A)"),
        )
        self.add.setText(self.tr("Add selection"))
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = named(QMenu(self.add), "add_region_menu", self.tr("Add regions"))
        every = menu.addAction(self.tr("Add all saved selections"))
        clear = menu.addAction(self.tr("Clear list"))
        assert every is not None
        assert clear is not None
        every.triggered.connect(session.regions.add_saved_selections)
        clear.triggered.connect(self._clear)
        self.add.setMenu(menu)
        dress(self.add, role="quiet")
        top = FoldingRow("regions_top", heading(self.tr("Regions"), "regions_heading"), self.add)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(top)

    def show_state(self, state: PanelState) -> None:
        """Show the regions of the present document."""
        target = state.host.target
        regions = in_document(state.regions, target.document) if target else ()
        self.add.setEnabled(target is not None)
        for key in set(self.rows) - {r.key for r in regions}:
            row = self.rows.pop(key)
            self._column.removeWidget(row)
            row.deleteLater()
        for region in regions:
            if region.key not in self.rows:
                self.rows[region.key] = RegionRow(self._session, region.key)
                self._column.addWidget(self.rows[region.key])
            self.rows[region.key].show_region(region, state)

    def _clear(self) -> None:
        for key in tuple(self.rows):
            self._session.regions.remove(key)
