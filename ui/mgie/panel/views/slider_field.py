"""A number to be set by hand: its name, the number, a slider with words at both ends, and a way back."""

from __future__ import annotations

import math

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mgie.api.options import OptionSchema
from mgie.panel import texts
from mgie.panel.state.slider_scale import SliderScale
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import dress, named

NUM_POSITIONS = 400  # of a slider; finer than any panel is wide
SPIN_PX = 76


class SliderField(QWidget):
    """One number with both bounds. `changed` comes from the artist's hand alone."""

    changed = pyqtSignal(object)  # int or float
    dragged = pyqtSignal(bool)  # whether the slider is held

    def __init__(self, schema: OptionSchema, own_value: float | None = None) -> None:
        """own_value: what reset goes back to; None is the schema's default."""
        super().__init__()
        assert schema.minimum is not None
        assert schema.maximum is not None
        self.schema = schema
        self._own = float(schema.default_value if own_value is None else own_value)
        self._scale = SliderScale(low=schema.minimum, high=schema.maximum)
        label = texts.option_label(schema)
        self.spin = named(
            self._make_spin_box(), f"option_{schema.name}", label, texts.model_text(schema.description)
        )
        self.slider = named(QSlider(Qt.Orientation.Horizontal), f"option_{schema.name}_slider", label)
        self.slider.setAccessibleName(self.tr("{name}, slider").format(name=label))
        self.slider.setRange(0, NUM_POSITIONS)
        self.slider.setPageStep(NUM_POSITIONS // 20)
        self.reset = named(
            QToolButton(), f"option_{schema.name}_reset", self.tr("Reset {name}").format(name=label)
        )
        give_icon(self.reset, "again")
        self.reset.setToolTip(self.reset.accessibleName())
        dress(self.reset, role="quiet")
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self.reset.hide()
        self._lay_out(label)
        self.spin.valueChanged.connect(self._typed)
        self.slider.valueChanged.connect(self._slid)
        self.slider.sliderPressed.connect(lambda: self.dragged.emit(True))
        self.slider.sliderReleased.connect(lambda: self.dragged.emit(False))
        self.reset.clicked.connect(lambda: self.changed.emit(self._of(self._own)))

    def show_value(self, value: float) -> None:
        """Show a value; nothing is reported."""
        with QSignalBlocker(self.spin), QSignalBlocker(self.slider):
            self.spin.setValue(self._of(value))  # pyright: ignore[reportArgumentType] # of the box's own type
            if not self.slider.isSliderDown():
                self.slider.setValue(round(NUM_POSITIONS * self._scale.position(value)))
        self.reset.setVisible(not math.isclose(float(value), self._own))

    def _lay_out(self, label: str) -> None:
        name = f"option_{self.schema.name}"
        title = named(ElidedLabel(), f"{name}_label", label)
        title.set_text(label)
        title.setBuddy(self.spin)
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(title, 1)
        top.addWidget(self.reset)
        top.addWidget(self.spin)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.slider)
        ends = (self.schema.low_label, self.schema.high_label)
        if any(ends):
            row = QHBoxLayout()
            for side, (word, place) in enumerate(zip(ends, ("low", "high"), strict=True)):
                text = texts.model_text(word)
                end = named(QLabel(text), f"{name}_{place}", text or label)
                dress(end, role="muted")
                row.addWidget(end)
                if side == 0:
                    row.addStretch(1)
            column.addLayout(row)

    def _make_spin_box(self) -> QSpinBox | QDoubleSpinBox:
        low, high = self._scale.low, self._scale.high
        if self.schema.type == "integer":
            box: QSpinBox | QDoubleSpinBox = QSpinBox()
            box.setRange(math.ceil(low), math.floor(high))
        else:
            box = QDoubleSpinBox()
            is_wide = high - low > 100
            box.setDecimals(0 if is_wide else 2)
            box.setRange(low, high)
            box.setSingleStep(1.0 if is_wide else 0.1 if high - low > 1 else 0.05)
        box.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        box.setAlignment(Qt.AlignmentFlag.AlignRight)
        box.setFixedWidth(SPIN_PX)
        box.setKeyboardTracking(False)
        if self.schema.unit:
            box.setSuffix(f" {texts.model_text(self.schema.unit)}")
        return box

    def _of(self, value: float) -> float:
        """In the option's own type."""
        return round(value) if self.schema.type == "integer" else float(value)

    def _typed(self, value: float) -> None:
        self.changed.emit(self._of(value))

    def _slid(self, position: int) -> None:
        self.changed.emit(self._of(_rounded(self._scale.value(position / NUM_POSITIONS))))


def _rounded(value: float) -> float:
    """To what a hand can mean: whole numbers from 20 on, hundredths below."""
    return float(round(value)) if abs(value) >= 20 else round(value, 2)
