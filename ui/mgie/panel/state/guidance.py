"""Guidance of a model: how closely it follows the words, and how closely it keeps the picture."""

from __future__ import annotations

from typing import cast

from mgie.api.models import Model
from mgie.api.options import OptionSchema
from mgie.panel.state.settings import Settings

GUIDANCE = "guidance_scale"  # of the words
FAITHFULNESS = "image_guidance_scale"  # of the picture
STRIP_STEPS = (0.5, 0.8, 1.25, 1.6)  # times the value that a result was made with


def guidance_of(model: Model, name: str = GUIDANCE) -> OptionSchema | None:
    """The schema of a model's guidance; None where it has none, or where other values do it no good."""
    schema = model.option(name)
    return None if schema is None or schema.is_hidden else schema


def scaled(schema: OptionSchema, settings: Settings, factor: float) -> float:
    """A multiple of the value that is set, or the nearest to it that the option takes."""
    value = cast("float", settings.value(schema)) * factor
    value = value if schema.minimum is None else max(value, schema.minimum)
    return round(value if schema.maximum is None else min(value, schema.maximum), 2)


def strip_values(schema: OptionSchema, settings: Settings) -> tuple[float, ...]:
    """From weak to strong, or from faithful to free; equal ones once."""
    steps = reversed(STRIP_STEPS) if schema.name == FAITHFULNESS else STRIP_STEPS
    return tuple(dict.fromkeys(scaled(schema, settings, step) for step in steps))
