"""A name for the settings as they are: kept as a preset of the artist's own, or taken out again."""

from __future__ import annotations

from PyQt6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QToolButton, QWidget

from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.settings import OWN_PREFIX
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import dress, named


class OwnPresetRow(QWidget):
    """Saving under the name of the preset that is chosen replaces it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown = ""
        named(self, "own_preset", self.tr("Own preset"))
        self.name = named(
            QLineEdit(),
            "own_preset_name",
            self.tr("Name of the preset"),
            self.tr("Keep these settings under a name"),
        )
        self.name.setPlaceholderText(self.tr("Save as a preset"))
        self.save = named(QPushButton(self.tr("Save")), "own_preset_save", self.tr("Save the preset"))
        self.delete = named(
            QToolButton(), "own_preset_delete", self.tr("Delete the preset"), self.tr("Delete the preset")
        )
        give_icon(self.delete, "discard")
        dress(self.delete, role="quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.name, 1)
        row.addWidget(self.save)
        row.addWidget(self.delete)
        self.name.textChanged.connect(self._name_changed)
        self.name.returnPressed.connect(self._keep)
        self.save.clicked.connect(self._keep)
        self.delete.clicked.connect(lambda: session.library.delete_preset(self._shown))
        self.save.setEnabled(False)

    def show_state(self, state: PanelState) -> None:
        """Show the name of the own preset that is chosen."""
        chosen = state.settings.preset
        shown = chosen.removeprefix(OWN_PREFIX) if chosen.startswith(OWN_PREFIX) else ""
        if shown != self._shown:
            self._shown = shown
            self.name.setText(shown)
        self.delete.setVisible(bool(shown))

    def _name_changed(self, name: str) -> None:
        self.save.setEnabled(bool(name.strip()))

    def _keep(self) -> None:
        self._session.library.keep_preset(self.name.text())
