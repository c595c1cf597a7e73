"""Expressive instructions by rule, as a photographer would say it: what the picture is, what is done to it.

"This is a dark, warm photograph. I'll lift the exposure strongly, so it becomes brighter and richer."
"""

from __future__ import annotations

from mgie.synth.asking import Request
from mgie.synth.claims import DIRECTIONS, change_along
from mgie.synth.operation import Strength
from mgie.synth.statistics import PictureStatistics

STRENGTH_WORDS: dict[Strength, str] = {"slight": "slightly", "medium": "", "strong": "strongly"}
MAIN_COLOUR_SHARE = 0.45  # named from here on
COLOURLESS = 0.01  # mean colourfulness of a black and white picture at most
DECLINED = "I can't do that; I can change the light and the colours, of all of it or of a part."


def describe(before: PictureStatistics) -> str:
    """The picture as it is, e.g. "This is a dark, warm, mostly brown photograph."."""
    colour, share = before.main_colour
    mainly = f", mostly {colour}" if share >= MAIN_COLOUR_SHARE else ""
    return f"This is a {before.level}, {before.cast}{mainly} photograph."


def consequences(before: PictureStatistics, after: PictureStatistics) -> str:
    """The two largest changes of the measures, e.g. ", so it becomes darker and flatter"; "" for none."""
    sizes = {direction: change_along(direction, before, after) for direction in DIRECTIONS}
    if after.colourfulness < COLOURLESS:  # nobody calls a grey picture cooler than the colours it lost
        sizes |= dict.fromkeys(("warmer", "cooler", "greener", "pinker"), 0.0)
    named = sorted((d for d in DIRECTIONS if sizes[d] >= 1.0), key=lambda d: -sizes[d])[:2]
    return f", so it becomes {' and '.join(named)}" if named else ""


def decided(request: Request) -> str:
    """What the expressive instruction says is done, as far as the request alone tells; no full stop yet."""
    operation = request.operation
    if operation.family == "refusal":
        return DECLINED
    action = operation.action.replace("{z}", STRENGTH_WORDS[request.strength])
    return "I'll " + " ".join(action.split()).replace(" ,", ",")


def write_expressive(request: Request, before: PictureStatistics, after: PictureStatistics) -> str:
    """The expressive instruction of one synthetic edit."""
    if request.operation.family == "refusal":
        return f"{describe(before)} {DECLINED}"
    return f"{describe(before)} {decided(request)}{consequences(before, after)}."
