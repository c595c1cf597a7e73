"""The global adjustments: one entry says what is done, how it is asked for and how it is described."""

from __future__ import annotations

from mgie.synth import filters, tone
from mgie.synth.operation import ALL_STRENGTHS, Change, Operation

_PHRASES: dict[str, tuple[str, ...]] = {
    "brighten": (
        "make {p} {a} brighter",
        "brighten {p} {z}",
        "raise the exposure {z}",
        "give {p} {a} more light",
        "turn up the brightness {z}",
        "lighten {p} {z}",
    ),
    "darken": (
        "make {p} {a} darker",
        "darken {p} {z}",
        "lower the exposure {z}",
        "give {p} {a} less light",
        "turn down the brightness {z}",
        "dim {p} {z}",
    ),
    "more_contrast": (
        "make {p} {a} more contrasty",
        "increase the contrast {z}",
        "add {a} more contrast",
        "boost the contrast {z}",
        "turn up the contrast {z}",
    ),
    "less_contrast": (
        "make {p} {a} less contrasty",
        "reduce the contrast {z}",
        "use {a} less contrast",
        "soften the contrast {z}",
        "turn down the contrast {z}",
    ),
    "lift_shadows": (
        "open up the shadows {z}",
        "brighten the shadows {z}",
        "lift the shadows {z}",
        "make the shadows {a} lighter",
        "bring out the detail in the shadows {z}",
    ),
    "deepen_shadows": (
        "deepen the shadows {z}",
        "darken the shadows {z}",
        "make the shadows {a} darker",
        "give {p} {a} deeper shadows",
        "push the shadows down {z}",
    ),
    "recover_highlights": (
        "recover the highlights {z}",
        "tame the highlights {z}",
        "make the highlights {a} darker",
        "pull the highlights down {z}",
        "calm the bright tones {z}",
    ),
    "raise_highlights": (
        "brighten the highlights {z}",
        "raise the highlights {z}",
        "make the highlights {a} brighter",
        "push the highlights up {z}",
        "let the bright tones shine {z}",
    ),
    "more_saturation": (
        "make the colours {a} stronger",
        "increase the saturation {z}",
        "saturate {p} {z}",
        "make {p} {a} more colourful",
        "make the colors {a} more vivid",
        "boost the colours {z}",
    ),
    "less_saturation": (
        "make the colours {a} weaker",
        "reduce the saturation {z}",
        "desaturate {p} {z}",
        "make {p} {a} less colourful",
        "make the colors {a} paler",
        "mute the colours {z}",
    ),
    "warmer": (
        "make {p} {a} warmer",
        "warm {p} up {z}",
        "give {p} {a} warmer colours",
        "use {a} warmer light",
        "shift the white balance to warm {z}",
    ),
    "cooler": (
        "make {p} {a} cooler",
        "cool {p} down {z}",
        "give {p} {a} cooler colours",
        "use {a} colder light",
        "shift the white balance to cool {z}",
    ),
    "magenta": (
        "tint {p} {a} magenta",
        "make {p} {a} more pink",
        "shift the tint to magenta {z}",
        "add {a} more magenta",
        "give {p} {a} pinker colours",
    ),
    "green": (
        "tint {p} {a} green",
        "make {p} {a} more green",
        "shift the tint to green {z}",
        "add {a} more green",
        "give {p} {a} greener colours",
    ),
    "black_and_white": (
        "make {p} black and white",
        "turn {p} into black and white",
        "convert {p} to grayscale",
        "remove all colour",
        "make {p} monochrome",
    ),
    "sepia": (
        "make {p} sepia",
        "apply a sepia tone",
        "turn {p} into an old brown print",
        "give {p} a sepia look",
        "tone {p} brown like an antique",
    ),
    "fade": (
        "fade {p} {z}",
        "make {p} look {a} faded",
        "give {p} {a} more of a washed out look",
        "bleach {p} {z}",
        "make {p} look {a} sun bleached",
    ),
    "vignette": (
        "add a vignette {z}",
        "darken the corners {z}",
        "make the corners {a} darker",
        "vignette {p} {z}",
        "shade the edges of {p} {z}",
    ),
    "blur": (
        "blur {p} {z}",
        "make {p} {a} blurrier",
        "make {p} {a} softer",
        "put {p} out of focus {z}",
        "smooth {p} {z}",
    ),
    "sharpen": (
        "sharpen {p} {z}",
        "make {p} {a} sharper",
        "make {p} {a} crisper",
        "increase the sharpness {z}",
        "bring out fine detail {z}",
    ),
    "grain": (
        "add film grain {z}",
        "make {p} {a} grainier",
        "add noise {z}",
        "give {p} {a} more grain",
        "make {p} look {a} noisier",
    ),
}

_CHANGES: dict[str, tuple[Change, str]] = {
    "brighten": (lambda x, s, _: tone.expose(x, 0.9 * s), "lift the exposure {z}"),
    "darken": (lambda x, s, _: tone.expose(x, -0.9 * s), "lower the exposure {z}"),
    "more_contrast": (lambda x, s, _: tone.contrast(x, 0.8 * s), "raise the contrast {z}"),
    "less_contrast": (lambda x, s, _: tone.contrast(x, -0.8 * s), "soften the contrast {z}"),
    "lift_shadows": (lambda x, s, _: tone.shadows(x, s), "open up the shadows {z}"),
    "deepen_shadows": (lambda x, s, _: tone.shadows(x, -s), "deepen the shadows {z}"),
    "recover_highlights": (lambda x, s, _: tone.highlights(x, -s), "hold back the highlights {z}"),
    "raise_highlights": (lambda x, s, _: tone.highlights(x, 0.8 * s), "brighten the highlights {z}"),
    "more_saturation": (lambda x, s, _: tone.saturate(x, 1 + 0.7 * s), "strengthen the colours {z}"),
    "less_saturation": (lambda x, s, _: tone.saturate(x, 1 - 0.45 * s), "tone down the colours {z}"),
    "warmer": (lambda x, s, _: tone.warm(x, s), "warm the light {z}"),
    "cooler": (lambda x, s, _: tone.warm(x, -s), "cool the light {z}"),
    "magenta": (lambda x, s, _: tone.tint(x, s), "shift the tint towards magenta {z}"),
    "green": (lambda x, s, _: tone.tint(x, -s), "shift the tint towards green {z}"),
    "black_and_white": (lambda x, s, _: tone.monochrome(x), "turn it black and white"),
    "sepia": (lambda x, s, _: tone.sepia(x), "tone it in sepia brown"),
    "fade": (lambda x, s, _: tone.fade(x, s), "give it a faded, matte finish {z}"),
    "vignette": (lambda x, s, _: filters.vignette(x, s), "darken the corners {z}"),
    "blur": (lambda x, s, _: filters.blur(x, s), "blur it {z}"),
    "sharpen": (lambda x, s, _: filters.sharpen(x, s), "sharpen it {z}"),
    "grain": (lambda x, s, rng: filters.grain(x, s, rng), "add film grain {z}"),
}


ADJUSTMENTS: tuple[Operation, ...] = tuple(
    Operation(
        name=name,
        family="global",
        change=change,
        phrases=_PHRASES[name],
        action=action,
        strengths=ALL_STRENGTHS if "{z}" in action else ("medium",),
    )
    for name, (change, action) in _CHANGES.items()
)
