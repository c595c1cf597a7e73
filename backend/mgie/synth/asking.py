"""What is asked of a picture: one operation, several at once, one with an exception, or a look-alike.

`draw_request` draws a request with its words; `combine` and `sparing` make the operations behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, TypeVar

import numpy as np

from mgie.synth.corpus import Split, compounds, look_alikes, other_languages, region_names
from mgie.synth.locals import REGIONS, outside
from mgie.synth.operation import Operation, Strength
from mgie.synth.templates import finish_request, pick, word_phrase, word_request

Groups: TypeAlias = Mapping[str, Sequence[Operation]]  # request -> its variants, see `operations.by_name`
Name = TypeVar("Name", bound=str)
Manner: TypeAlias = Literal["plain", "compound", "joined", "sparing", "look-alike", "language"]

# How often each manner is drawn.
MANNERS: dict[Manner, float] = {
    "plain": 0.77,
    "compound": 0.05,  # several wishes, as somebody worded them
    "joined": 0.08,  # two plain requests joined by a word
    "sparing": 0.02,  # "brighten it but keep the sky"
    "look-alike": 0.06,
    "language": 0.02,  # not English
}
STRENGTHS: dict[Strength, float] = {"medium": 0.56, "slight": 0.22, "strong": 0.22}
JOINED = ("{x} and {y}", "{x}, {y}", "{x} and also {y}", "{x}, then {y}", "{x} + {y}", "{x} but {y}")
LOCAL_PART = 0.3  # how often one of two joined wishes is for a region
SPARED = (
    "{x} but keep {r}",
    "{x} but leave {r} alone",
    "{x}, not {r}",
    "{x} except {r}",
    "{x} without touching {r}",
    "{x} but keep {r} as it is",
)
SPARED_REGIONS = ("sky", "border", "centre", "top", "bottom", "left", "right", "greens", "reds", "blues")
# Operations that undo each other are not joined.
OPPOSITES = frozenset(
    frozenset(pair)
    for pair in (
        ("brighten", "darken"),
        ("more_contrast", "less_contrast"),
        ("lift_shadows", "deepen_shadows"),
        ("recover_highlights", "raise_highlights"),
        ("more_saturation", "less_saturation"),
        ("warmer", "cooler"),
        ("magenta", "green"),
        ("pop", "less_saturation"),
        ("pop", "less_contrast"),
        ("pop", "more_saturation"),
        ("pop", "more_contrast"),
        ("dehaze", "misty"),
        ("dramatic", "brighten"),
    )
)
_SHORT = 5  # words of a phrase that is joined to another
_JOINABLE_LOOKS = frozenset({"pop", "evening", "vintage", "dramatic", "misty", "dehaze"})


@dataclass(frozen=True, kw_only=True)
class Request:
    """What somebody asks for, and what that means."""

    operation: Operation
    strength: Strength
    text: str


def draw_request(
    weights: Mapping[str, float], groups: Groups, split: Split, generator: np.random.Generator
) -> Request:
    """A request of any manner; plain ones are drawn by weight per name."""
    manner = draw(MANNERS, generator)
    if manner == "compound":
        text, names, strength = pick(compounds(split), generator)
        operation = combine([_variant(groups[name], generator) for name in names])
        return Request(operation=operation, strength=strength, text=finish_request(text, split, generator))
    if manner in ("look-alike", "language"):
        text, name = pick(look_alikes(split) if manner == "look-alike" else other_languages(split), generator)
        operation = _variant(groups[name], generator)
        return Request(operation=operation, strength="medium", text=finish_request(text, split, generator))
    operation = _variant(groups[draw(weights, generator)], generator)
    if manner != "plain" and is_joinable(operation):
        if manner == "joined":
            return _joined(operation, groups, split, generator)
        return _sparing(operation, split, generator)
    strength = draw_strength(operation, generator)
    return Request(
        operation=operation, strength=strength, text=word_request(operation, strength, split, generator)
    )


def draw(weights: Mapping[Name, float], generator: np.random.Generator) -> Name:
    """A name by weight."""
    cumulative = np.cumsum(list(weights.values()))
    index = int(np.searchsorted(cumulative, generator.random() * cumulative[-1]))
    return list(weights)[min(index, len(cumulative) - 1)]


def draw_strength(operation: Operation, generator: np.random.Generator) -> Strength:
    """One of the operation's strengths, mostly medium."""
    return draw({each: STRENGTHS[each] for each in operation.strengths}, generator)


def combine(parts: Sequence[Operation]) -> Operation:
    """Several operations as one, carried out in this order."""
    actions = [part.action for part in parts]
    return Operation(
        name="compound",
        family="refusal" if any(part.family == "refusal" for part in parts) else "compound",
        change=parts[0].change,  # `engine.edit_photograph` goes by the parts
        phrases=(),
        action=" and ".join((", ".join(actions[:-1]), actions[-1])),
        parts=tuple(parts),
    )


def sparing(operation: Operation, area: str) -> Operation:
    """The operation everywhere but in a region."""
    return replace(
        operation,
        family="local",
        change=outside(area, operation.change),
        unmasked=operation.change,
        action=f"{operation.action}, except in {REGIONS[area]}",
        area=area,
    )


def is_joinable(operation: Operation) -> bool:
    """Whether another wish can stand beside it."""
    plain = operation.family == "global" and operation.name not in ("black_and_white", "sepia", "vignette")
    return plain or operation.name in _JOINABLE_LOOKS


def _joined(operation: Operation, groups: Groups, split: Split, generator: np.random.Generator) -> Request:
    names = tuple(
        name
        for name, variants in groups.items()
        if is_joinable(variants[0])
        and name != operation.name
        and frozenset((name, operation.name)) not in OPPOSITES
    )
    parts = [operation, groups[pick(names, generator)][0]]
    local = tuple(name for name, variants in groups.items() if variants[0].family == "local")
    if local and generator.random() < LOCAL_PART:
        parts[1] = _variant(groups[pick(local, generator)], generator)
        if generator.random() < 0.5:
            parts.reverse()
    text = pick(JOINED, generator)
    for slot, part in zip(("{x}", "{y}"), parts, strict=True):
        text = text.replace(slot, _short_phrase(part, split, generator))
    text = finish_request(text, split, generator)
    return Request(operation=combine(parts), strength="medium", text=text)


def _sparing(operation: Operation, split: Split, generator: np.random.Generator) -> Request:
    area = pick(SPARED_REGIONS, generator)
    text = pick(SPARED, generator).replace("{x}", _short_phrase(operation, split, generator))
    text = finish_request(text.replace("{r}", pick(region_names(area), generator)), split, generator)
    return Request(operation=sparing(operation, area), strength="medium", text=text)


def _short_phrase(operation: Operation, split: Split, generator: np.random.Generator) -> str:
    """A phrase of few words, as far as ten draws find one."""
    text = ""
    for _ in range(10):
        text = word_phrase(operation, "medium", split, generator).rstrip(".!?")
        if len(text.split()) <= _SHORT:
            break
    return text


def _variant(variants: Sequence[Operation], generator: np.random.Generator) -> Operation:
    return variants[int(generator.integers(len(variants)))]
