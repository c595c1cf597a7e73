"""The choices artists change most: preset and number of variations, where the model has them."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from mgie.panel import texts
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.settings import MAX_VARIATIONS
from mgie.panel.views.naming import named


class OptionsRow(QWidget):
    """One line below the ideas; hidden where neither means anything to the model."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "options", self.tr("Options"))
        self.preset = named(
            QComboBox(), "preset", self.tr("Preset"), self.tr("How strongly the picture may change")
        )
        self._presets: list[tuple[str, str]] = []
        self.variations = named(
            QComboBox(), "variations", self.tr("Variations"), self.tr("How many variations to make")
        )
        for count in range(1, MAX_VARIATIONS + 1):
            self.variations.addItem(texts.variations(count), count)
        for box in (self.preset, self.variations):
            box.setMinimumContentsLength(4)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.preset, 1)
        row.addWidget(self.variations, 1)
        self.preset.activated.connect(self._choose_preset)
        self.variations.activated.connect(self._choose_variations)

    def show_state(self, state: PanelState) -> None:
        """Show the choices that the model has."""
        own = [preset.name for preset in state.library.presets]
        presets = texts.presets(state.model, own)
        if presets != self._presets:
            self._presets = presets
            self.preset.clear()
            for label, name in presets:
                self.preset.addItem(label, name)
        self.preset.setCurrentIndex(self.preset.findData(state.settings.preset))
        has_presets = state.model is None or any(not schema.is_hidden for schema in state.model.options)
        has_presets = has_presets or bool(own)
        self.preset.setVisible(has_presets)
        self.variations.setCurrentIndex(self.variations.findData(state.settings.num_variations))
        has_variations = not state.shows_regions and (state.model is None or state.model.varies_with_seed)
        self.variations.setVisible(has_variations)
        self.setVisible(has_presets or has_variations)

    def _choose_preset(self, index: int) -> None:
        self._session.choose_preset(str(self.preset.itemData(index)))

    def _choose_variations(self, index: int) -> None:
        count = int(self.variations.itemData(index))
        self._session.choose_settings(replace(self._session.state.settings, num_variations=count))
