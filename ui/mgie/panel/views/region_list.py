"""Several selections, each with its own instruction, edited in one go."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QMenu, QToolButton, QVBoxLayout, QWidget

from mgie.api.rect import Rect
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.views.folding_row import FoldingRow
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import dress, heading, named, paragraph
from mgie.panel.views.region_row import RegionRow


class RegionList(QWidget):
    """The regions that are edited together; only while the artist edits regions."""

    pointed = pyqtSignal(object)  # Rect on the canvas of the region under the mouse, or None
    sent = pyqtSignal()  # Return in the field of one

    def __init__(self, session: Session, *, has_files: bool) -> None:
        """has_files: the panel stands alone, and one batch goes over all pictures."""
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
        give_icon(self.add, "selection")
        self.add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = named(QMenu(self.add), "add_region_menu", self.tr("Add regions"))
        every = menu.addAction(self.tr("Add all saved selections"))
        layers = menu.addAction(self.tr("Add all layers of the group"))
        self.add_pictures = menu.addAction(self.tr("Add all open pictures"))
        span = menu.addAction(self.tr("Regions of all open pictures"))
        clear = menu.addAction(self.tr("Clear list"))
        assert every is not None
        assert layers is not None
        assert self.add_pictures is not None
        assert span is not None
        assert clear is not None
        every.triggered.connect(session.regions.add_saved_selections)
        layers.triggered.connect(session.regions.add_layers)
        self.add_pictures.triggered.connect(session.regions.add_open_pictures)
        self.span = span
        for action in (every, layers, span):
            action.setVisible(not has_files)  # files hold no selections, and their list is always of all
        self.span.setCheckable(True)
        self.span.triggered.connect(session.regions.span)
        clear.triggered.connect(self._clear)
        self.add.setMenu(menu)
        dress(self.add, role="quiet")
        top = FoldingRow("regions_top", heading(self.tr("Regions"), "regions_heading"), self.add)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.hint = named(paragraph(), "regions_hint", self.tr("How to add regions"))
        self.hint.setText(
            self.tr(
                "Select a part of the picture and add it. Each region has its own instruction; all "
                "run together."
            )
        )
        dress(self.hint, role="muted")
        self._column.addWidget(top)
        self._column.addWidget(self.hint)
        self._bounds: dict[str, Rect] = {}

    def show_state(self, state: PanelState) -> None:
        """Show the regions that are edited together."""
        target = state.host.target
        regions = state.batch_regions if target else ()
        self.setVisible(state.shows_regions)
        self.add.setEnabled(target is not None)
        self.span.setChecked(state.spans_documents)
        self.hint.setVisible(not regions)
        self._bounds = {region.key: region.bounds for region in regions if region.document == state.document}
        for key in set(self.rows) - {r.key for r in regions}:
            row = self.rows.pop(key)
            self._column.removeWidget(row)
            row.deleteLater()
        for region in regions:
            if region.key not in self.rows:
                self.rows[region.key] = RegionRow(self._session, region.key)
                self._column.addWidget(self.rows[region.key])
                self.rows[region.key].pointed.connect(self._point)
                self.rows[region.key].sent.connect(self.sent)
            self.rows[region.key].show_region(region, state)

    def _point(self, key: str) -> None:
        self.pointed.emit(self._bounds.get(key))

    def _clear(self) -> None:
        for key in tuple(self.rows):
            self._session.regions.remove(key)
