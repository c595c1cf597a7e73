"""One option as a row, made from its schema: whatever a model describes can be set."""

from __future__ import annotations

import math

from PyQt6.QtCore import QSignalBlocker, pyqtSignal
from PyQt6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from mgie.api.options import OptionSchema, OptionValue
from mgie.panel import texts
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.naming import named
from mgie.panel.views.slider_field import SliderField

LARGEST = 2**31 - 1  # of a spin box


class OptionField(QWidget):
    """The name and the control of one option. `changed` comes from the artist's hand alone."""

    changed = pyqtSignal(object)  # OptionValue

    def __init__(self, schema: OptionSchema, own_value: OptionValue | None = None) -> None:
        """own_value: what a reset goes back to; None is the schema's default."""
        super().__init__()
        self.schema = schema
        label = texts.option_label(schema)
        named(self, f"option_{schema.name}_field", label)
        self.slider: SliderField | None = None
        if schema.type in ("integer", "number") and None not in (schema.minimum, schema.maximum):
            self.slider = SliderField(schema, None if own_value is None else float(own_value))
            self.slider.changed.connect(self.changed.emit)
            named(self.slider, f"option_{schema.name}_part", label)
            self.control: QWidget = self.slider.spin
        else:
            description = texts.model_text(schema.description)
            self.control = named(self._make_control(), f"option_{schema.name}", label, description)
        self._lay_out(label)
        self.setFocusProxy(self.control)

    def show_value(self, value: OptionValue) -> None:
        """Show a value; nothing is reported."""
        if self.slider is not None:
            self.slider.show_value(float(value))
            return
        control = self.control
        with QSignalBlocker(control):
            match control:
                case QCheckBox():
                    control.setChecked(bool(value))
                case QSpinBox():
                    control.setValue(int(value))
                case QDoubleSpinBox():
                    control.setValue(float(value))
                case QComboBox():
                    control.setCurrentIndex(control.findData(value))
                case QLineEdit() if not control.hasFocus():
                    control.setText(str(value))
                case _:
                    pass

    def _lay_out(self, label: str) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        if self.slider is not None:
            row.addWidget(self.slider)
            return
        if not isinstance(self.control, QCheckBox):
            title = named(ElidedLabel(), f"option_{self.schema.name}_label", label)
            title.set_text(label)
            title.setBuddy(self.control)
            row.addWidget(title, 2)
        row.addWidget(self.control, 3)

    def _make_control(self) -> QWidget:
        match self.schema.type:
            case "flag":
                return self._check_box()
            case "integer":
                return self._spin_box()
            case "number":
                return self._double_spin_box()
            case "choice":
                return self._combo_box()
            case "text":
                line = QLineEdit()
                line.editingFinished.connect(lambda: self.changed.emit(line.text()))
                return line

    def _check_box(self) -> QCheckBox:
        box = QCheckBox(texts.option_label(self.schema))
        box.toggled.connect(self.changed.emit)
        return box

    def _spin_box(self) -> QSpinBox:
        box = QSpinBox()
        low, high = _bounds(self.schema)
        box.setRange(math.ceil(low), math.floor(high))
        self._dress(box)
        box.valueChanged.connect(self.changed.emit)
        return box

    def _double_spin_box(self) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        low, high = _bounds(self.schema)
        box.setDecimals(2 if high - low > 1 else 3)
        box.setRange(low, high)
        box.setSingleStep(0.1 if high - low > 1 else 0.01)
        self._dress(box)
        box.valueChanged.connect(self.changed.emit)
        return box

    def _combo_box(self) -> QComboBox:
        box = QComboBox()
        box.setMinimumContentsLength(6)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for choice in self.schema.choices:
            box.addItem(texts.option_choice(choice), choice)
        box.activated.connect(lambda: self.changed.emit(box.currentData()))
        return box

    def _dress(self, box: QSpinBox | QDoubleSpinBox) -> None:
        box.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        if self.schema.unit:
            box.setSuffix(f" {texts.model_text(self.schema.unit)}")


def _bounds(schema: OptionSchema) -> tuple[float, float]:
    """The least and the largest value that can be entered."""
    low = -LARGEST if schema.minimum is None else max(-LARGEST, schema.minimum)
    high = LARGEST if schema.maximum is None else min(LARGEST, schema.maximum)
    return low, high
