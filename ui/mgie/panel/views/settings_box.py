"""The numbers behind a preset, folded away: steps, the two guidances, seed, feather, layers."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PyQt6.QtCore import QSignalBlocker
from PyQt6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.settings import MAX_SEED, Settings
from mgie.panel.views.naming import named


class SettingsBox(QWidget):
    """Changing a number by hand turns the preset into the artist's own."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "settings", self.tr("Settings"))
        self.steps = named(
            QSpinBox(), "steps", self.tr("Steps"), self.tr("More steps take longer and settle finer detail")
        )
        self.steps.setRange(1, 1000)
        self.guidance = self._guidance(
            "guidance",
            self.tr("Follow the words"),
            self.tr("Text guidance: higher changes more, 7.5 is usual"),
        )
        self.image_guidance = self._guidance(
            "image_guidance",
            self.tr("Stay with the picture"),
            self.tr("Image guidance: higher changes less, 1.5 is usual"),
        )
        self.feather = named(
            QSpinBox(),
            "feather",
            self.tr("Feather"),
            self.tr("How softly the edit ends inside the selection"),
        )
        self.feather.setRange(0, 256)
        self.feather.setSuffix(" px")
        self.source = named(
            QComboBox(), "source", self.tr("Layers"), self.tr("Edit what you see, or the active layer alone")
        )
        self.source.addItem(self.tr("All visible layers"), True)
        self.source.addItem(self.tr("The active layer"), False)
        self._make_seed()
        self._lay_out()
        self._connect()

    def show_state(self, state: PanelState) -> None:
        """Show the numbers."""
        settings = state.settings
        for box, count in ((self.steps, settings.num_inference_steps), (self.feather, settings.feather_px)):
            with QSignalBlocker(box):
                box.setValue(count)
        self._show_guidance(self.guidance, settings.guidance_scale)
        self._show_guidance(self.image_guidance, settings.image_guidance_scale)
        self.source.setCurrentIndex(0 if settings.edits_all_layers else 1)
        if not self.seed.hasFocus():
            self.seed.setText(str(settings.seed))
        self.lock.setChecked(settings.is_seed_locked)

    def _show_guidance(self, box: QDoubleSpinBox, value: float) -> None:
        with QSignalBlocker(box):
            box.setValue(value)

    def _guidance(self, name: str, label: str, description: str) -> QDoubleSpinBox:
        box = named(QDoubleSpinBox(), name, label, description)
        box.setRange(1.0, 50.0)
        box.setSingleStep(0.1)
        box.setDecimals(2)
        return box

    def _make_seed(self) -> None:
        self.seed = named(
            QLineEdit(), "seed", self.tr("Seed"), self.tr("The same seed and settings give the same picture")
        )
        self.lock = named(
            QCheckBox(self.tr("Keep")),
            "seed_lock",
            self.tr("Keep this seed"),
            self.tr("Use this seed for every edit"),
        )

    def _lay_out(self) -> None:
        for box in (self.steps, self.guidance, self.image_guidance, self.feather):
            box.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        seed = QHBoxLayout()
        seed.setSpacing(8)
        seed.addWidget(self.seed, 1)
        seed.addWidget(self.lock)
        for field in (self.steps, self.guidance, self.image_guidance, self.feather, self.source):
            label = named(
                QLabel(field.accessibleName()), f"{field.objectName()}_label", field.accessibleName()
            )
            label.setBuddy(field)
            form.addRow(label, field)
        label = named(QLabel(self.seed.accessibleName()), "seed_label", self.seed.accessibleName())
        label.setBuddy(self.seed)
        form.addRow(label, seed)

    def _connect(self) -> None:
        self.steps.valueChanged.connect(partial(self._change_number, "num_inference_steps"))
        self.guidance.valueChanged.connect(partial(self._change_number, "guidance_scale"))
        self.image_guidance.valueChanged.connect(partial(self._change_number, "image_guidance_scale"))
        self.feather.valueChanged.connect(partial(self._change, "feather_px"))
        self.source.activated.connect(self._change_source)
        self.lock.toggled.connect(partial(self._change, "is_seed_locked"))
        self.seed.editingFinished.connect(self._take_seed)

    @property
    def _settings(self) -> Settings:
        return self._session.state.settings

    def _change_number(self, name: str, value: float) -> None:
        self._session.choose_settings(self._settings.with_number(name, value))

    def _change(self, name: str, value: int) -> None:
        self._session.choose_settings(replace(self._settings, **{name: value}))

    def _change_source(self, index: int) -> None:
        self._change("edits_all_layers", bool(self.source.itemData(index)))

    def _take_seed(self) -> None:
        """A whole number in range becomes the seed and is kept; anything else goes back to the old one."""
        text = self.seed.text().strip()
        if text.isascii() and text.isdigit() and int(text) <= MAX_SEED:
            if int(text) != self._settings.seed:
                self._session.choose_settings(replace(self._settings, seed=int(text), is_seed_locked=True))
        else:
            self.seed.setText(str(self._settings.seed))
