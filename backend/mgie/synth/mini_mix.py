"""What mgie-mini is trained to do, how often each kind is drawn, and its answer to everything else.

At 16x16 latents a small model carries tones and colours, by area if need be; letters, frames and fine
texture are beyond it, so requests for them are taught as refusals.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from mgie.synth.operation import Family, Operation
from mgie.synth.operations import OPERATIONS
from mgie.synth.refusals import REFUSALS

BEYOND = frozenset({"blur", "sharpen", "grain"})  # besides all overlays and removals
REFUSED_SHARE = 0.03  # of all pairs: requests the engine knows but the model refuses
WEIGHTS: dict[Family, float] = {
    "global": 0.26,
    "look": 0.30,
    "local": 0.155,
    "repair": 0.105,
    "refusal": 0.15,
}


def is_within(operation: Operation) -> bool:
    """Whether mgie-mini is trained to carry an operation out."""
    return operation.family in ("global", "look", "local", "repair") and operation.name not in BEYOND


def as_refusal(operation: Operation) -> Operation:
    """The same request with the unchanged picture as its goal."""
    refusal = REFUSALS[0]
    return replace(operation, family="refusal", change=refusal.change, action=refusal.action, is_random=False)


def mini_operations() -> tuple[Operation, ...]:
    """Every operation of the engine, those beyond mgie-mini as refusals."""
    return tuple(
        operation if is_within(operation) or operation.family == "refusal" else as_refusal(operation)
        for operation in OPERATIONS
    )


def mini_weights() -> dict[str, float]:
    """How often each request is drawn for training mgie-mini; sums to 1."""
    families: dict[str, Family] = {op.name: op.family for op in OPERATIONS if is_within(op)}
    sizes = Counter(families.values())
    refused = dict.fromkeys(
        op.name for op in OPERATIONS if op.name not in families and op.family != "refusal"
    )
    weights = {name: WEIGHTS[family] / sizes[family] for name, family in families.items()}
    weights |= {name: REFUSED_SHARE / len(refused) for name in refused}
    return weights | {"refusal": WEIGHTS["refusal"]}
