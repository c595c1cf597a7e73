"""What lies behind a preset, folded away: layers, the model's options, the mask, how it lands, the seed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from mgie.api.compose_schemas import compose_schemas
from mgie.api.options import OptionSchema, OptionValue
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.settings import Settings
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.mask_picture import MaskPicture
from mgie.panel.views.naming import dress, heading, named
from mgie.panel.views.option_field import OptionField
from mgie.panel.views.own_preset_row import OwnPresetRow
from mgie.panel.views.seed_row import SeedRow

MASK = ("grow_px", "feather_px")
LANDING = (
    "blend_px",
    "colour_match",
    "context",
    "padding",
    "transfer",
    "corrects_drift",
)  # the rest: advanced
SECTION_PX = 8  # above a heading, beside the spacing of the rows


class SettingsBox(QWidget):
    """Only what the next edit's model has; an option changed by hand makes the preset the artist's own."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        named(self, "settings", self.tr("Settings"))
        self.fields: dict[str, OptionField] = {}
        self._schemas: tuple[OptionSchema, ...] = ()
        self.source = named(
            QComboBox(), "source", self.tr("Layers"), self.tr("Edit what you see, or only the active layer")
        )
        self.source.addItem(self.tr("All visible layers"), True)
        self.source.addItem(self.tr("The active layer"), False)
        self.source.setMinimumContentsLength(6)
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.own_preset = OwnPresetRow(session)
        self.mask_picture = MaskPicture()
        own = Settings().compose
        self.compose = {s.name: OptionField(s, getattr(own, s.name)) for s in compose_schemas()}
        self.advanced = named(QToolButton(), "advanced", self.tr("Advanced"))
        self.advanced.setText(self.tr("Advanced"))
        self.advanced.setCheckable(True)
        dress(self.advanced, role="quiet")
        self.seed = SeedRow(session)
        self._lay_out()
        self.source.activated.connect(self._change_source)
        for name, field in self.compose.items():
            field.changed.connect(partial(self._change_compose, name))
            if name in MASK and field.slider is not None:
                field.slider.dragged.connect(self.mask_picture.hold)

    def show_state(self, state: PanelState) -> None:
        """Show the options of the model and their values."""
        settings = state.settings
        schemas = tuple(s for s in state.model.options if not s.is_hidden) if state.model else ()
        if schemas != self._schemas:
            self._make_fields(schemas)
        for schema in schemas:
            self.fields[schema.name].show_value(settings.value(schema))
        for name, field in self.compose.items():
            field.show_value(getattr(settings.compose, name))
        self.compose["padding"].setVisible(settings.compose.context == "auto")
        self.own_preset.show_state(state)
        self.mask_picture.show_state(state)
        self.source.setCurrentIndex(0 if settings.edits_all_layers else 1)
        varies = state.model is None or state.model.varies_with_seed
        self.seed.setVisible(varies)
        self._seed_heading.setVisible(varies)
        self.seed.show_state(state)

    def _make_fields(self, schemas: tuple[OptionSchema, ...]) -> None:
        """Controls for another model, above the panel's own."""
        for field in self.fields.values():
            self._options.removeWidget(field)
            field.setParent(None)
            field.deleteLater()
        self.fields = {schema.name: OptionField(schema) for schema in schemas}
        self._schemas = schemas
        for schema, field in zip(schemas, self.fields.values(), strict=True):
            self._options.addWidget(field)
            field.changed.connect(partial(self._change_option, schema))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(8)
        label = named(ElidedLabel(), "source_label", self.tr("Layers"))
        label.set_text(self.tr("Layers"))
        label.setBuddy(self.source)
        source = QHBoxLayout()
        source.setSpacing(8)
        source.addWidget(label, 2)
        source.addWidget(self.source, 3)
        column.addWidget(self.own_preset)
        column.addLayout(source)
        self._options = QVBoxLayout()
        self._options.setSpacing(8)
        column.addLayout(self._options)
        column.addSpacing(SECTION_PX)
        column.addWidget(heading(self.tr("Mask"), "mask_heading"))
        column.addWidget(self.mask_picture)
        self._add(column, MASK)
        column.addSpacing(SECTION_PX)
        column.addWidget(heading(self.tr("How it lands"), "landing_heading"))
        self._add(column, LANDING)
        column.addWidget(self.advanced)
        rest = [name for name in self.compose if name not in (*MASK, *LANDING)]
        self._add(column, rest)
        for name in rest:
            self.compose[name].hide()
            self.advanced.toggled.connect(self.compose[name].setVisible)
        column.addSpacing(SECTION_PX)
        self._seed_heading = heading(self.tr("Seed"), "seed_heading")
        column.addWidget(self._seed_heading)
        column.addWidget(self.seed)

    def _add(self, column: QVBoxLayout, names: tuple[str, ...] | list[str]) -> None:
        for name in names:
            column.addWidget(self.compose[name])

    @property
    def _settings(self) -> Settings:
        return self._session.state.settings

    def _change_option(self, schema: OptionSchema, value: OptionValue) -> None:
        self._session.choose_settings(self._settings.with_option(schema, value))

    def _change_compose(self, name: str, value: OptionValue) -> None:
        changes: dict[str, OptionValue] = {name: value}
        compose = replace(self._settings.compose, **changes)  # pyright: ignore[reportArgumentType] # its own names
        self._session.choose_settings(replace(self._settings, compose=compose))

    def _change_source(self, index: int) -> None:
        settings = replace(self._settings, edits_all_layers=bool(self.source.itemData(index)))
        self._session.choose_settings(settings)
