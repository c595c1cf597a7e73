"""Every operation of the engine, and how often training draws each family."""

from __future__ import annotations

from mgie.synth.adjustments import ADJUSTMENTS
from mgie.synth.degradations import REPAIRS
from mgie.synth.graphics import GRAPHICS
from mgie.synth.locals import LOCALS
from mgie.synth.operation import Family, Operation
from mgie.synth.refusals import REFUSALS
from mgie.synth.styles import STYLES

OPERATIONS: tuple[Operation, ...] = (*ADJUSTMENTS, *STYLES, *LOCALS, *GRAPHICS, *REPAIRS, *REFUSALS)

FAMILY_WEIGHTS: dict[Family, float] = {
    "global": 0.40,
    "look": 0.15,
    "local": 0.12,
    "overlay": 0.06,
    "removal": 0.04,
    "repair": 0.17,
    "refusal": 0.06,
    "compound": 0.0,  # see `asking`
}


def by_name(operations: tuple[Operation, ...] = OPERATIONS) -> dict[str, tuple[Operation, ...]]:
    """Variants grouped under the request's name, in the table's order."""
    groups: dict[str, tuple[Operation, ...]] = {}
    for operation in operations:
        groups[operation.name] = (*groups.get(operation.name, ()), operation)
    return groups
