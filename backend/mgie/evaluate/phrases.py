"""How well a reader understands phrases it was never trained on: words alone, no picture.

`read_phrases` asks, `phrases_markdown` says how often it was right, by family and by its own probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from mgie.model.networks import Networks
from mgie.model.plan_codes import PlanCodes
from mgie.model.reader import Understood
from mgie.synth.asking import Request, draw_request
from mgie.synth.corpus import Split
from mgie.synth.expressive import DECLINED, decided
from mgie.synth.mini_mix import mini_operations, mini_weights
from mgie.synth.operations import by_name

_EDGES = (0.0, 0.25, 0.5, 0.75, 0.9, 1.01)  # of the reader's probability


@dataclass(frozen=True, kw_only=True)
class ReadPhrase:
    """One request and what was made of it."""

    text: str
    family: str
    probability: float  # the reader's, of its likeliest decision
    is_right: bool
    is_one_of_two: bool  # whether the likeliest or the next is right
    is_declined: bool

    @property
    def is_beyond(self) -> bool:
        """Whether it was one to decline."""
        return self.family == "refusal"


def read_phrases(
    networks: Networks, count: int, *, seed: int = 5, split: Split = "held_out"
) -> list[ReadPhrase]:
    """`count` requests of the engine in held-out phrases; strength and region are not judged."""
    reader, codes = networks.reader, networks.plan_codes
    assert reader is not None
    assert codes is not None
    groups, weights = by_name(mini_operations()), mini_weights()
    read: list[ReadPhrase] = []
    for index in range(count):
        request = draw_request(weights, groups, split, np.random.default_rng((seed, index)))
        name = request.operation.name
        variants = [request.operation] if request.operation.parts else groups[name]
        wanted = _actions(codes, [decided(replace(request, operation=each)) for each in variants])
        ways = reader.understand(request.text)
        right = [_is_right(codes, way, wanted, request) for way in ways]
        read.append(
            ReadPhrase(
                text=request.text,
                family=request.operation.family,
                probability=ways[0].probability,
                is_right=right[0],
                is_one_of_two=any(right),
                is_declined=DECLINED in ways[0].decisions,
            )
        )
    return read


def phrases_markdown(read: Sequence[ReadPhrase], title: str = "held-out phrases") -> str:
    """Tables by family and by probability."""
    lines = [f"| {title} | requests | right | one of two right |", "|---|---:|---:|---:|"]
    lines.append(_row("all", read))
    families = dict.fromkeys(sorted(each.family for each in read))
    lines += [_row(family, [each for each in read if each.family == family]) for family in families]
    within, beyond = ([each for each in read if each.is_beyond == is_beyond] for is_beyond in (False, True))
    lines += ["", f"Within ability: {_share(within, 'is_declined')} declined, beyond: "]
    lines[-1] += f"{_share(beyond, 'is_declined')}."
    lines += ["", "| reader's probability | requests | right | one of two right |", "|---|---:|---:|---:|"]
    for low, high in pairwise(_EDGES):
        sure = [each for each in read if low <= each.probability < high]
        lines.append(_row(f"{low:g} to {min(high, 1.0):g}", sure))
    return "\n".join(lines) + "\n"


def _row(title: str, read: Sequence[ReadPhrase]) -> str:
    return f"| {title} | {len(read)} | {_share(read, 'is_right')} | {_share(read, 'is_one_of_two')} |"


def _share(read: Sequence[ReadPhrase], name: str) -> str:
    return f"{100 * np.mean([getattr(each, name) for each in read]):.0f} %" if read else "-"


def _actions(codes: PlanCodes, texts: Sequence[str]) -> frozenset[int]:
    """What is done in plans, whatever the strength and the place."""
    return frozenset(codes.action(wish) for text in texts for wish in codes.wishes(text))


def _is_right(codes: PlanCodes, way: Understood, wanted: frozenset[int], request: Request) -> bool:
    if request.operation.family == "refusal":
        return DECLINED in way.decisions
    return DECLINED not in way.decisions and _actions(codes, way.decisions) == wanted
