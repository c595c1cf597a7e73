"""What several kinds of editors say of themselves in the same words: steps, strength, what to ask for."""

from __future__ import annotations

from mgie.api.options import OptionSchema, Preset

BALANCED = Preset(name="balanced", label="Balanced")
EXAMPLES = ("make it late afternoon", "add falling snow", "turn it into a watercolour")


def steps_option(default_value: int, *, maximum: int = 200, is_hidden: bool = False) -> OptionSchema:
    """How many denoising steps."""
    return OptionSchema(
        name="num_inference_steps",
        type="integer",
        default_value=default_value,
        minimum=1,
        maximum=maximum,
        label="Steps",
        description="How often noise is removed: more steps take longer and add detail.",
        low_label="faster",
        high_label="finer",
        is_hidden=is_hidden,
    )


def strength_option(
    default_value: float, *, minimum: float, maximum: float, description: str, is_hidden: bool = False
) -> OptionSchema:
    """How closely the words are followed."""
    return OptionSchema(
        name="guidance_scale",
        type="number",
        default_value=default_value,
        minimum=minimum,
        maximum=maximum,
        label="Strength",
        description=description,
        low_label="gentle",
        high_label="literal",
        is_hidden=is_hidden,
    )


def embedded_strength(default_value: float) -> OptionSchema:
    """Guidance that the transformer was taught: it costs nothing."""
    return strength_option(
        default_value, minimum=0, maximum=30, description="How closely the words are followed."
    )


def computed_strength(default_value: float) -> OptionSchema:
    """Classifier-free guidance: a second pass in every step."""
    return strength_option(
        default_value,
        minimum=1,
        maximum=30,
        description="How closely the words are followed; 1 switches this guidance off and is twice as fast.",
    )
