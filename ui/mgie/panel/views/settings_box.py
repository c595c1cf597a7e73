"""What lies behind a preset, folded away: the model's options, then feather, layers and seed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PyQt6.QtCore import QSignalBlocker
from PyQt6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from mgie.api.options import OptionSchema, OptionValue
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.settings import MAX_SEED, Settings
from mgie.panel.views.naming import named
from mgie.panel.views.option_field import OptionField


class SettingsBox(QWidget):
    """Only what the next edit's model has; an option changed by hand makes the preset the artist's own."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "settings", self.tr("Settings"))
        self.fields: dict[str, OptionField] = {}
        self._schemas: tuple[OptionSchema, ...] = ()
        self.feather = named(
            QSpinBox(),
            "feather",
            self.tr("Feather"),
            self.tr("How softly the edit ends inside the selection"),
        )
        self.feather.setRange(0, 256)
        self.feather.setSuffix(" px")
        self.feather.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.grow = named(
            QSpinBox(), "grow", self.tr("Grow"), self.tr("How far outside the selection it begins")
        )
        self.grow.setRange(-256, 256)
        self.grow.setSuffix(" px")
        self.source = named(
            QComboBox(), "source", self.tr("Layers"), self.tr("Edit what you see, or the active layer alone")
        )
        self.source.addItem(self.tr("All visible layers"), True)
        self.source.addItem(self.tr("The active layer"), False)
        self._make_seed()
        self._lay_out()
        self._connect()

    def show_state(self, state: PanelState) -> None:
        """Show the options of the model and their values."""
        settings = state.settings
        schemas = state.model.options if state.model else ()
        if schemas != self._schemas:
            self._make_fields(schemas)
        for schema in schemas:
            self.fields[schema.name].show_value(settings.value(schema))
        with QSignalBlocker(self.feather):
            self.feather.setValue(round(settings.compose.feather_px))
        with QSignalBlocker(self.grow):
            self.grow.setValue(settings.compose.grow_px)
        self.source.setCurrentIndex(0 if settings.edits_all_layers else 1)
        if not self.seed.hasFocus():
            self.seed.setText(str(settings.seed))
        self.lock.setChecked(settings.is_seed_locked)

    def _make_fields(self, schemas: tuple[OptionSchema, ...]) -> None:
        """Controls for another model, above the panel's own."""
        for field in self.fields.values():
            self._form.removeRow(field)
        self.fields = {schema.name: OptionField(schema) for schema in schemas}
        self._schemas = schemas
        for place, (schema, field) in enumerate(zip(schemas, self.fields.values(), strict=True)):
            self._form.insertRow(place, _label(field.control, field), field)
            field.changed.connect(partial(self._change_option, schema))

    def _make_seed(self) -> None:
        self.seed = named(
            QLineEdit(), "seed", self.tr("Seed"), self.tr("The same seed and settings give the same picture")
        )
        self.lock = named(
            QCheckBox(self.tr("Lock")),
            "seed_lock",
            self.tr("Lock the seed"),
            self.tr("Use this seed for every edit"),
        )

    def _lay_out(self) -> None:
        self._form = form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        seed = QHBoxLayout()
        seed.setSpacing(8)
        seed.addWidget(self.seed, 1)
        seed.addWidget(self.lock)
        for field in (self.feather, self.grow, self.source):
            form.addRow(_label(field, field), field)
        form.addRow(_label(self.seed, self.seed), seed)

    def _connect(self) -> None:
        self.feather.valueChanged.connect(self._change_feather)
        self.grow.valueChanged.connect(self._change_grow)
        self.source.activated.connect(self._change_source)
        self.lock.toggled.connect(partial(self._change, "is_seed_locked"))
        self.seed.editingFinished.connect(self._take_seed)

    @property
    def _settings(self) -> Settings:
        return self._session.state.settings

    def _change_option(self, schema: OptionSchema, value: OptionValue) -> None:
        self._session.choose_settings(self._settings.with_option(schema, value))

    def _change_feather(self, width_px: int) -> None:
        compose = replace(self._settings.compose, feather_px=float(width_px))
        self._session.choose_settings(replace(self._settings, compose=compose))

    def _change_grow(self, margin_px: int) -> None:
        compose = replace(self._settings.compose, grow_px=margin_px)
        self._session.choose_settings(replace(self._settings, compose=compose))

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


def _label(control: QWidget, buddy: QWidget) -> QLabel:
    name = control.accessibleName()
    label = named(QLabel(name), f"{control.objectName()}_label", name)
    label.setBuddy(buddy)
    return label
