"""From a photograph and an operation to one exactly known training pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mgie.synth import overlays
from mgie.synth.expressive import write_expressive
from mgie.synth.graphics import recoloured_input
from mgie.synth.light import Pixels, to_linear, to_pixels
from mgie.synth.operation import AMOUNTS, Operation, Strength
from mgie.synth.operations import FAMILY_WEIGHTS, OPERATIONS, by_name
from mgie.synth.statistics import measure
from mgie.synth.templates import Split, word_request

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
    amount = float(generator.uniform(*RANDOM_AMOUNTS)) if operation.is_random else AMOUNTS[strength]
    linear = to_linear(photo)
    changed = to_pixels(operation.change(linear, amount, generator))
    worn = recoloured_input(operation)
    if worn is not None:
        return to_pixels(overlays.frame(linear, worn, amount)), changed
    return (changed, photo) if operation.restores else (photo, changed)


def make_pair(
    photo: Pixels, operation: Operation, generator: np.random.Generator, *, split: Split = "train"
) -> SyntheticPair:
    """Edit one photograph (H, W, 3), word the request and describe it."""
    strength = operation.strengths[int(generator.integers(len(operation.strengths)))]
    before, after = edit_photograph(photo, operation, strength, generator)
    return SyntheticPair(
        operation=operation,
        strength=strength,
        input=before,
        goal=after,
        instruction=word_request(operation, strength, split, generator, typos=split == "train"),
        expressive_instruction=write_expressive(operation, strength, measure(before), measure(after)),
    )


def name_weights(operations: Sequence[Operation] = OPERATIONS) -> dict[str, float]:
    """How often each request is drawn: its family's weight shared evenly among its names; sums to 1."""
    groups = by_name(tuple(operations))
    families = Counter(variants[0].family for variants in groups.values())
    shares = {name: FAMILY_WEIGHTS[v[0].family] / families[v[0].family] for name, v in groups.items()}
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()}


def draw_operation(
    weights: Mapping[str, float], groups: Mapping[str, Sequence[Operation]], generator: np.random.Generator
) -> Operation:
    """Draw a request by weight, then one of its variants evenly. groups: see `by_name`."""
    names = list(weights)
    cumulative = np.cumsum([weights[name] for name in names])
    index = min(int(np.searchsorted(cumulative, generator.random() * cumulative[-1])), len(names) - 1)
    variants = groups[names[index]]
    return variants[int(generator.integers(len(variants)))]
