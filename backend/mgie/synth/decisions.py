"""All that mgie-mini can decide, as its reader knows it, and which decision a request asks for."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from mgie.synth.asking import Request
from mgie.synth.expressive import DECLINED, STRENGTH_WORDS
from mgie.synth.locals import REGIONS
from mgie.synth.mini_mix import mini_operations
from mgie.synth.operation import Operation
from mgie.synth.operations import by_name

REFUSED, SEVERAL = "refusal", "several"
STRENGTHS = tuple(STRENGTH_WORDS)


class Wanted(NamedTuple):
    """What a reader should make of a request, as numbers."""

    decision: int  # of `names()`
    strength: int  # of STRENGTHS
    region: int  # 0 none, else of REGIONS, counted from 1
    spared: int  # the same for an exception


@cache
def names() -> tuple[str, ...]:
    """The decisions by name: every request that is carried out, declining, several wishes at once."""
    within = [name for name, variants in by_name(mini_operations()).items() if variants[0].family != REFUSED]
    return (*within, REFUSED, SEVERAL)


def texts() -> list[str]:
    """The decisions in words, in the same order; see `ReaderConfig.decisions`."""
    groups = by_name(mini_operations())
    return [
        DECLINED if name == REFUSED else "" if name == SEVERAL else _text(groups[name]) for name in names()
    ]


def wanted(request: Request) -> Wanted:
    """What a reader should make of a request."""
    operation = request.operation
    name = operation.name
    if operation.family == REFUSED:
        name = REFUSED
    elif operation.parts:
        name = SEVERAL
    area = 1 + list(REGIONS).index(operation.area) if operation.area else 0
    is_inside = operation.area == operation.variant
    strength = STRENGTHS.index(request.strength)
    return Wanted(names().index(name), strength, area if is_inside else 0, 0 if is_inside else area)


def wishes(request: Request) -> tuple[int, ...]:
    """The decisions of all parts of a request, of `names()`."""
    parts = request.operation.parts or (request.operation,)
    return tuple(names().index(REFUSED if part.family == REFUSED else part.name) for part in parts)


def _text(variants: tuple[Operation, ...]) -> str:
    """One text for all regions; the alternatives where only the picture tells."""
    spoken = [variant.action.replace(REGIONS.get(variant.area, "{r}"), "{r}") for variant in variants]
    return "|".join(dict.fromkeys(spoken))
