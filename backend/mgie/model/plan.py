"""Reading a plan: whether it declines, how sure its decision is, and where another one would branch off."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from mgie.model.config import PlanConfig
from mgie.model.mllm import Choice

NOT = r"n(?:['\u2019\u02bc\u00b4`]?t|\s?not)"  # can't, with any apostrophe, cant, cannot, can not
Decode = Callable[[Sequence[int]], str]  # ids of an answer to text


class Decision(NamedTuple):
    """The part of an answer that says what is done."""

    probability: float  # 0..1, of all its tokens together
    branch: int  # place in the answer of the token that had the likeliest rival


def declined(text: str, plan: PlanConfig | None) -> str:
    """The sentence in which an expressive instruction declines; "" where it does not.

    An artist may have written it: in capitals, with another apostrophe or none, or "cannot".
    """
    found = _pattern(plan.declines_with).search(text) if plan is not None else None
    return text[found.start() :].strip() if found else ""


def find_decision(
    ids: Sequence[int], choices: Sequence[Choice], decode: Decode, plan: PlanConfig
) -> Decision | None:
    """The decision within an answer; None where the answer is not in the set words."""
    places = _places(ids, decode, plan)
    if not places:
        return None
    probability = math.prod(choices[place].probability for place in places)
    branch = max(places, key=lambda place: choices[place].runner_up_probability)
    return Decision(probability, branch)


@cache
def _pattern(words: str) -> re.Pattern[str]:
    spaced = r"\s+".join(re.escape(word) for word in words.split())
    return re.compile(spaced.replace("n't", NOT), re.IGNORECASE)


def _places(ids: Sequence[int], decode: Decode, plan: PlanConfig) -> list[int]:
    """Which tokens make up the decision."""
    text = decode(ids)
    head, after, rest = text.partition(plan.decides_after)
    if not after:
        return []
    begin = len(head) + len(after)
    return places_within((begin, begin + len(rest.split(plan.decides_until, maxsplit=1)[0])), ids, decode)


def places_within(span: tuple[int, int], ids: Sequence[int], decode: Decode) -> list[int]:
    """Which tokens make up a span (begin, end) of the decoded text."""
    begin, end = span
    ends = [len(decode(ids[: count + 1])) for count in range(len(ids))]
    starts = [0, *ends[:-1]]
    return [place for place in range(len(ids)) if ends[place] > begin and starts[place] < end]
