"""Requests outside the engine's ability: the answer says so and the picture stays as it is."""

from __future__ import annotations

from mgie.synth.operation import Operation

_THINGS = (
    "a dog",
    "a cat",
    "a horse",
    "an elephant",
    "a bird",
    "a man",
    "a woman",
    "a child",
    "a crowd",
    "a car",
    "a boat",
    "a bicycle",
    "a house",
    "a castle",
    "a mountain",
    "a tree",
    "a lake",
    "a rainbow",
    "a dragon",
    "a hat",
    "sunglasses",
    "a moustache",
    "flowers",
    "a cake",
    "a spaceship",
    "fireworks",
    "a bridge",
)
_REQUESTS = (
    "add {t}",
    "put {t} into {p}",
    "place {t} in the scene",
    "insert {t}",
    "draw {t} in the corner",
    "replace the subject with {t}",
    "turn the main object into {t}",
    "swap the background for {t}",
)
_OTHERS = (
    "make the person smile",
    "open the eyes",
    "change the hair to blond",
    "rotate the head",
    "show it from behind",
    "make it look like a painting by van gogh",
    "turn {p} into a cartoon",
    "make it a pencil drawing",
    "move the object to the left",
    "make the animal jump",
    "change the clothes to a suit",
    "remove the person",
    "zoom out to show more",
    "animate {p}",
    "translate the sign into french",
)

REFUSALS: tuple[Operation, ...] = (
    Operation(
        name="refusal",
        family="refusal",
        change=lambda x, s, _: x,
        phrases=tuple(request.replace("{t}", thing) for request in _REQUESTS for thing in _THINGS) + _OTHERS,
        action="this is beyond my ability, so nothing changes",
    ),
)
