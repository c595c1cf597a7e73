"""The presets that files can be imported as, by the name a person or a sources file gives them."""

from __future__ import annotations

from mgie.errors import BadOption
from mgie.model.config import (
    INSPIX2PIX,
    MGIE_7B,
    MGIE_13B,
    TINY,
    TINY_INSPIX2PIX,
    ModelConfig,
)

PRESETS = {
    "MGIE_7B": MGIE_7B,
    "MGIE_13B": MGIE_13B,
    "INSPIX2PIX": INSPIX2PIX,
    "TINY": TINY,
    "TINY_INSPIX2PIX": TINY_INSPIX2PIX,
}


def preset_named(name: str) -> ModelConfig:
    """The preset called `name`, as in the code."""
    if name not in PRESETS:
        raise BadOption(f"there is no preset {name!r}; choose {', '.join(PRESETS)}")
    return PRESETS[name]
