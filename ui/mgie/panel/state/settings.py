"""How an edit is to be made: presets, numbers, seed, variations."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

MAX_SEED = 2**32 - 1  # inclusive; what the panel offers, the backend takes more
MAX_VARIATIONS = 8


@dataclass(frozen=True, kw_only=True)
class ModelDefaults:
    """What the loaded model recommends."""

    name: str = "mgie"
    num_inference_steps: int = 100  # 1..1000
    guidance_scale: float = 7.5  # 1..50
    image_guidance_scale: float = 1.5  # 1..50


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A named departure from the model's own defaults."""

    key: str
    steps_factor: float = 1.0  # times the model's number of steps
    guidance_offset: float = 0.0  # added to the text guidance
    image_guidance_offset: float = 0.0  # added to the image guidance


PRESETS = (
    Preset(key="balanced"),
    Preset(key="quick", steps_factor=0.3),
    Preset(key="close", image_guidance_offset=0.4),
    Preset(key="bold", guidance_offset=2.5, image_guidance_offset=-0.3),
)
CUSTOM = "custom"  # the preset's name once a number was changed by hand


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything beside the words. Kept between sessions."""

    preset: str = "balanced"  # a key of PRESETS, or CUSTOM
    num_inference_steps: int = 100
    guidance_scale: float = 7.5
    image_guidance_scale: float = 1.5
    seed: int = 0  # 0..MAX_SEED
    is_seed_locked: bool = False  # False: every edit draws a new seed
    num_variations: int = 1  # 1..MAX_VARIATIONS
    holds_before_sampling: bool = False  # wait after the words are written
    feather_px: int = 8  # canvas pixels, 0..256
    edits_all_layers: bool = True  # what is seen, or the active layer alone

    def with_preset(self, key: str, model: ModelDefaults) -> Settings:
        """The numbers of a preset on a model; an unknown key changes nothing."""
        for preset in PRESETS:
            if preset.key == key:
                return replace(self, preset=key, **_numbers(preset, model))
        return self

    def for_model(self, model: ModelDefaults) -> Settings:
        """The same preset on another model; numbers set by hand stay."""
        return self if self.preset == CUSTOM else self.with_preset(self.preset, model)

    def with_number(self, name: str, value: float) -> Settings:
        """Change one of the numbers by hand."""
        if getattr(self, name) == value:
            return self
        return replace(self, preset=CUSTOM, **{name: value})

    def with_next_seed(self, rng: random.Random) -> Settings:
        """Draw the seed of the next edit, unless it is locked."""
        return self if self.is_seed_locked else replace(self, seed=rng.randint(0, MAX_SEED))

    def seeds(self) -> tuple[int, ...]:
        """One seed per variation: the shown one and those that follow it."""
        return tuple((self.seed + offset) % (MAX_SEED + 1) for offset in range(self.num_variations))


def _numbers(preset: Preset, model: ModelDefaults) -> dict[str, int | float]:
    return {
        "num_inference_steps": min(1000, max(1, round(model.num_inference_steps * preset.steps_factor))),
        "guidance_scale": _guidance(model.guidance_scale + preset.guidance_offset),
        "image_guidance_scale": _guidance(model.image_guidance_scale + preset.image_guidance_offset),
    }


def _guidance(value: float) -> float:
    return round(min(50.0, max(1.0, value)), 2)
