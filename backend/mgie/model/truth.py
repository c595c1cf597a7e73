"""Keeping a plan to what is true: of the picture as it is, and of what becomes of it.

A small language model describes a picture from 64 patches, and now and then calls brown what is gray. What
it says of the picture as it is can be measured, and is; what becomes of it cannot be known before it is
painted, so only what the model is sure of is said.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from PIL import Image

from mgie.model.mllm import Choice
from mgie.model.plan import Decode, places_within
from mgie.synth.claims import holds, read_claims
from mgie.synth.expressive import describe
from mgie.synth.statistics import measure

_BECOMES = ", so it becomes "
_OUTCOMES = re.compile(rf"{_BECOMES}(\w+)(?: and (\w+))?")


def checked_description(text: str, image: Image.Image) -> str:
    """A description of a picture as it was written, or as it is measured where the picture says otherwise."""
    before = measure(np.asarray(image.convert("RGB")))
    if all(holds(claim, before, before) for claim in read_claims(text)):
        return text
    return describe(before)


def sure_outcomes(
    text: str, ids: Sequence[int], choices: Sequence[Choice], decode: Decode, least: float
) -> str:
    """What becomes of the picture, of all that is written behind a decision, as far as it is likely; or "".

    Whatever else is written there is left out: what is done, and how strongly, was decided before.
    ids, choices: the tokens of the text, and how sure each was.
    """
    found = _OUTCOMES.search(text)
    if found is None:
        return ""
    sure = [
        found[group]
        for group in (1, 2)
        if found[group] and _probability(found.span(group), ids, choices, decode) >= least
    ]
    return f"{_BECOMES}{' and '.join(sure)}" if sure else ""


def _probability(
    span: tuple[int, int], ids: Sequence[int], choices: Sequence[Choice], decode: Decode
) -> float:
    return math.prod(choices[place].probability for place in places_within(span, ids, decode))
