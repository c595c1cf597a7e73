"""What can be set for a model: a schema for each option, and the check of given values against it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

from mgie.errors import BadOption

OptionValue: TypeAlias = bool | int | float | str
Options: TypeAlias = Mapping[str, OptionValue]  # by the names of a model's schemas
OptionType: TypeAlias = Literal["flag", "integer", "number", "choice", "text"]

_TYPES: dict[str, tuple[type, ...]] = {
    "flag": (bool,),
    "integer": (int,),
    "number": (int, float),
    "choice": (str,),
    "text": (str,),
}


@dataclass(frozen=True, kw_only=True)
class OptionSchema:
    """One thing that can be set for a model."""

    name: str
    type: OptionType
    default_value: OptionValue
    minimum: float | None = None  # of numbers; None: no bound
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""  # of numbers, e.g. "px"
    label: str = ""  # its name for people
    description: str = ""  # one sentence for people
    low_label: str = ""  # what the smallest value means, for people, e.g. "faster"
    high_label: str = ""  # what the largest value means
    is_hidden: bool = False  # windows leave it out: other values do nothing, no good, or come with presets

    def check(self, value: OptionValue) -> OptionValue:
        """The value in the option's own type. Raises BadOption where it is none of the allowed ones."""
        is_flag = isinstance(value, bool)
        if not isinstance(value, _TYPES[self.type]) or is_flag != (self.type == "flag"):
            raise BadOption(f"{self.name} is {value!r}; {self.allowed} is needed")
        if self.type in ("integer", "number"):
            number = cast("float", value)
            low, high = self.minimum, self.maximum
            is_low, is_high = low is not None and number < low, high is not None and number > high
            if is_low or is_high or math.isnan(number):
                raise BadOption(f"{self.name} is {value}; choose {self.allowed}")
            return float(number) if self.type == "number" else value
        if self.type == "choice" and value not in self.choices:
            raise BadOption(f"{self.name} is {value!r}; choose {self.allowed}")
        return value

    @property
    def allowed(self) -> str:
        """The allowed values, for a sentence."""
        if self.type == "choice":
            return ", ".join(self.choices)
        unit = f" {self.unit}" if self.unit else ""
        if self.minimum is not None and self.maximum is not None:
            return f"{self.minimum:g} to {self.maximum:g}{unit}"
        return {"flag": "true or false", "text": "a text"}.get(self.type, f"a number{unit}")


@dataclass(frozen=True, kw_only=True)
class Preset:
    """Options under one name."""

    name: str
    label: str = ""  # its name for people
    options: Options = field(default_factory=dict[str, OptionValue])  # what differs from the defaults


def preset_options(presets: Sequence[Preset], name: str) -> Options:
    """The options of a preset. Raises BadOption for a name that the model does not have."""
    for preset in presets:
        if preset.name == name:
            return preset.options
    names = ", ".join(preset.name for preset in presets) or "none"
    raise BadOption(f"this model has no preset {name!r}; it has {names}")


def check_options(schemas: Sequence[OptionSchema], given: Options) -> dict[str, OptionValue]:
    """Every given option, checked. Raises BadOption for an unknown name or a value out of range."""
    known = {schema.name: schema for schema in schemas}
    for name in given:
        if name not in known:
            raise BadOption(f"this model has no option {name!r}; it has {', '.join(known) or 'none'}")
    return {name: known[name].check(value) for name, value in given.items()}


def complete_options(schemas: Sequence[OptionSchema], given: Options) -> dict[str, OptionValue]:
    """The model's defaults with the given options over them, checked."""
    defaults = {schema.name: schema.default_value for schema in schemas}
    return defaults | check_options(schemas, given)
