"""What can be said of an expressive instruction without a person: length, overlap, measured claims."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from mgie.synth.claims import check
from mgie.synth.light import Pixels

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def words(text: str) -> list[str]:
    """Words in small letters."""
    return _WORD.findall(text.lower())


def text_numbers(instruction: str, expressive: str, before: Pixels, after: Pixels) -> dict[str, float]:
    """Numbers by the names of metrics.toml; none for an editor that writes nothing.

    Claims are those of this project's own small models ("mostly blue", "thus warmer"); other texts hold few.
    """
    asked, written = words(instruction), words(expressive)
    if not written:
        return {}
    claims = check(expressive, before, after)
    numbers = {
        "text-words": float(len(written)),
        "text-new-words": sum(word not in asked for word in written) / len(written),
        "text-concrete": sum(word in concrete_words() for word in written) / len(written),
        "text-rouge-l": rouge_l(asked, written),
        "text-claims": float(len(claims)),
    }
    if asked:
        numbers["text-recall"] = sum(word in written for word in set(asked)) / len(set(asked))
    truths = {
        "text-true": [holds for _, holds in claims],
        "text-true-input": [holds for claim, holds in claims if not claim.is_of_outcome],
        "text-true-outcome": [holds for claim, holds in claims if claim.is_of_outcome],
    }
    numbers |= {name: sum(found) / len(found) for name, found in truths.items() if found}
    return numbers


@cache
def concrete_words() -> frozenset[str]:
    """concrete_words.toml, all groups."""
    text = (Path(__file__).parent / "concrete_words.toml").read_text(encoding="utf-8")
    return frozenset(word for group in tomllib.loads(text).values() for word in group)


def rouge_l(first: list[str], second: list[str]) -> float:
    """F1 of the longest common subsequence of words (Lin 2004, beta 1)."""
    if not first or not second:
        return 0.0
    row = [0] * (len(second) + 1)
    for word in first:
        diagonal = 0
        for column, other in enumerate(second, start=1):
            above = row[column]
            row[column] = diagonal + 1 if word == other else max(above, row[column - 1])
            diagonal = above
    longest = row[-1]
    return 2 * longest / (len(first) + len(second))
