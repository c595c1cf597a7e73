"""How an edit is to be made: model, its options, where it lands, seed, variations."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

from mgie.api.compose_options import ComposeOptions
from mgie.api.models import Model
from mgie.api.options import Options, OptionSchema, OptionValue
from mgie.errors import BadOption

MAX_SEED = 2**32 - 1  # inclusive; what the panel offers, the backend takes more
MAX_VARIATIONS = 8
MODELS_OWN = ""  # the preset of the own values of a model that has no name for them
OWN_PREFIX = "own:"  # before the name of a preset of the artist's own
CUSTOM = "*"  # the preset's name once an option was changed by hand; no model has one of that name


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything beside the words. Kept between sessions."""

    model: str = ""  # id of an installed model; "" for the backend's default
    preset: str = MODELS_OWN  # the name of one of the model's presets, MODELS_OWN or CUSTOM
    options: Options = field(
        default_factory=dict[str, OptionValue]
    )  # that differ from the model's own values
    compose: ComposeOptions = field(default_factory=lambda: ComposeOptions(feather_px=8.0))
    seed: int = 0  # 0..MAX_SEED
    is_seed_locked: bool = False  # False: every edit draws a new seed
    num_variations: int = 1  # 1..MAX_VARIATIONS
    holds_before_sampling: bool = False  # wait after the words are written
    edits_all_layers: bool = True  # what is seen, or the active layer alone

    def value(self, schema: OptionSchema) -> OptionValue:
        """The value of one of the model's options."""
        return self.options.get(schema.name, schema.default_value)

    def with_preset(self, name: str, model: Model) -> Settings:
        """The options of a preset; CUSTOM keeps the present ones, an unknown name changes nothing."""
        if name == CUSTOM:
            return replace(self, preset=CUSTOM)
        if name == MODELS_OWN:
            return replace(self, preset=MODELS_OWN, options={})
        for preset in model.presets:
            if preset.name == name:
                return replace(self, preset=name, options=valid_options(model, preset.options))
        return self

    def for_model(self, model: Model) -> Settings:
        """The same on another model: its preset of that name, or the options set by hand that it has too."""
        if self.preset == CUSTOM or self.preset.startswith(OWN_PREFIX):
            return replace(self, options=valid_options(model, self.options))
        has_preset = any(preset.name == self.preset for preset in model.presets)
        return self.with_preset(self.preset if has_preset else models_own(model), model)

    def on_model(self, model: Model) -> Settings:
        """What can be sent to this model: results that would not differ are made once."""
        settings = self.for_model(model)
        return replace(
            settings,
            model=self.model and model.id,
            num_variations=self.num_variations if model.varies_with_seed else 1,
            holds_before_sampling=self.holds_before_sampling and model.writes_instruction,
        )

    def with_option(self, schema: OptionSchema, value: OptionValue) -> Settings:
        """Change one option by hand."""
        if self.value(schema) == value:
            return self
        options = {name: old for name, old in self.options.items() if name != schema.name}
        if value != schema.default_value:
            options[schema.name] = value
        return replace(self, preset=CUSTOM, options=options)

    def with_next_seed(self, rng: random.Random) -> Settings:
        """Draw the seed of the next edit, unless it is locked."""
        return self if self.is_seed_locked else replace(self, seed=rng.randint(0, MAX_SEED))

    def seeds(self) -> tuple[int, ...]:
        """One seed per variation: the shown one and those that follow it."""
        return tuple((self.seed + offset) % (MAX_SEED + 1) for offset in range(self.num_variations))


def models_own(model: Model) -> str:
    """The preset of a model's own values: its own name for them where it has one."""
    return next((preset.name for preset in model.presets if not preset.options), MODELS_OWN)


def valid_options(model: Model, options: Options) -> dict[str, OptionValue]:
    """Those that the model has, and takes with these values."""
    valid: dict[str, OptionValue] = {}
    for name, value in options.items():
        schema = model.option(name)
        if schema is not None:
            try:
                valid[name] = schema.check(value)
            except BadOption:
                continue  # the model's own value is used
    return valid
