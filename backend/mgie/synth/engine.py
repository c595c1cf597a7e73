"""From a photograph and an operation to one exactly known training pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mgie.synth import overlays
from mgie.synth.asking import Request
from mgie.synth.corpus import Split
from mgie.synth.expressive import write_expressive
from mgie.synth.graphics import recoloured_input
from mgie.synth.light import Pixels, to_linear, to_pixels
from mgie.synth.operation import AMOUNTS, Operation, Strength
from mgie.synth.operations import FAMILY_WEIGHTS, OPERATIONS, by_name
from mgie.synth.statistics import measure
from mgie.synth.templates import word_request

RANDOM_AMOUNTS = (0.6, 1.4)  # range of a damage's amount


@dataclass(frozen=True, kw_only=True)
class SyntheticPair:
    """One edit with its exact goal."""

    operation: Operation
    strength: Strength
    input: Pixels
    goal: Pixels
    instruction: str
    expressive_instruction: str


def edit_photograph(
    photo: Pixels, operation: Operation, strength: Strength, generator: np.random.Generator
) -> tuple[Pixels, Pixels]:
    """(input, goal) of one operation; for repairs and removals the photograph is the goal."""
    if operation.family == "refusal":
        return photo, photo
    linear = to_linear(photo)
    given = recoloured_input(operation)
    if given is not None:
        amount = AMOUNTS[strength]
        changed = operation.change(linear, amount, generator)
        return to_pixels(overlays.frame(linear, given, amount)), to_pixels(changed)
    before, after = linear, linear
    for part in operation.parts or (operation,):
        amount = float(generator.uniform(*RANDOM_AMOUNTS)) if part.is_random else AMOUNTS[strength]
        if part.restores:
            before = part.change(before, amount, generator)
        else:
            after = part.change(after, amount, generator)
    return (photo if before is linear else to_pixels(before), photo if after is linear else to_pixels(after))


def make_pair(
    photo: Pixels, operation: Operation, generator: np.random.Generator, *, split: Split = "train"
) -> SyntheticPair:
    """Edit one photograph (H, W, 3), word a plain request and describe it."""
    strength = operation.strengths[int(generator.integers(len(operation.strengths)))]
    text = word_request(operation, strength, split, generator)
    return answer_request(photo, Request(operation=operation, strength=strength, text=text), generator)


def answer_request(photo: Pixels, request: Request, generator: np.random.Generator) -> SyntheticPair:
    """Carry a request out on one photograph (H, W, 3) and describe it."""
    before, after = edit_photograph(photo, request.operation, request.strength, generator)
    return SyntheticPair(
        operation=request.operation,
        strength=request.strength,
        input=before,
        goal=after,
        instruction=request.text,
        expressive_instruction=write_expressive(request, measure(before), measure(after)),
    )


def name_weights(operations: Sequence[Operation] = OPERATIONS) -> dict[str, float]:
    """How often each request is drawn: its family's weight shared evenly among its names; sums to 1."""
    groups = by_name(tuple(operations))
    families = Counter(variants[0].family for variants in groups.values())
    shares = {name: FAMILY_WEIGHTS[v[0].family] / families[v[0].family] for name, v in groups.items()}
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()}
