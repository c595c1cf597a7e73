"""`ComposeOptions` described for people, field by field, in the same words as the options of a model."""

from __future__ import annotations

from dataclasses import fields

from mgie.api.compose_options import RANGES, ComposeOptions
from mgie.api.options import OptionSchema, OptionType

_TYPES: dict[type, OptionType] = {bool: "flag", int: "integer", float: "number", str: "choice"}
_FACTS: dict[str, dict[str, object]] = {
    "grow_px": {
        "label": "Grow",
        "unit": "px",
        "low_label": "inside",
        "high_label": "outside",
        "description": "Where the soft edge begins: outside the selection, or inside it.",
    },
    "feather_px": {
        "label": "Feather",
        "unit": "px",
        "low_label": "hard edge",
        "high_label": "soft edge",
        "description": "How softly the edit ends inside the selection.",
    },
    "blend_px": {
        "label": "Blend",
        "unit": "px",
        "low_label": "as painted",
        "high_label": "led in",
        "description": "The width over which new content blends into its surroundings.",
    },
    "colour_match": {
        "label": "Colour match",
        "low_label": "as painted",
        "high_label": "as around it",
        "description": "How far new content takes on the colours of its surroundings.",
    },
    "context": {
        "label": "Context",
        "choices": ("auto", "selection", "canvas"),
        "description": "How much of the picture the model sees around the selection.",
    },
    "padding": {
        "label": "Around it",
        "low_label": "selection only",
        "high_label": "wide surroundings",
        "description": "How much around the selection the model sees, in lengths of its longer side.",
    },
    "transfer": {
        "label": "Result",
        "choices": ("auto", "tonal", "content"),
        "description": "Recolour the picture's own pixels, or take the model's.",
    },
    "corrects_drift": {
        "label": "Correct drift",
        "description": "Undo it where the model has moved or zoomed the whole picture.",
    },
    "is_square": {
        "label": "Square view",
        "description": "Show the model squares only, as models trained on squares expect.",
    },
    "max_scale": {
        "label": "Tile from",
        "low_label": "more tiles",
        "high_label": "one piece",
        "description": "New content that would be enlarged more than this is made in tiles.",
    },
    "tile_overlap": {
        "label": "Tile overlap",
        "low_label": "faster",
        "high_label": "smoother",
        "description": "How much of a tile's side is shared with its neighbour.",
    },
}
NOT_SET = ("context_rect", "leaves_weight_to_layer")  # a program's to decide, not a person's


def compose_schemas() -> tuple[OptionSchema, ...]:
    """One schema for every field that a person may set, in the order in which they matter."""
    defaults = {field.name: field.default for field in fields(ComposeOptions)}
    return tuple(_schema(name, defaults[name], facts) for name, facts in _FACTS.items())


def _schema(name: str, default: object, facts: dict[str, object]) -> OptionSchema:
    low, high = RANGES.get(name, (None, None))
    return OptionSchema(
        name=name,
        type=_TYPES[type(default)],
        default_value=default,  # pyright: ignore[reportArgumentType] # one of the types above
        minimum=low,
        maximum=high,
        **facts,  # pyright: ignore[reportArgumentType] # names are OptionSchema's
    )
