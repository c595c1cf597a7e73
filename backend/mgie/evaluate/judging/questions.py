"""Reading the questions, and making metrics of a judge's answers."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from mgie.dataclass_reader import dataclass_from
from mgie.errors import BadData, BadOption

PictureName: TypeAlias = Literal["input", "answer", "goal"]

_OBJECT = re.compile(r"\{.*?\}", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Question:
    """One request to the judge."""

    text: str  # with {instruction}
    pictures: tuple[PictureName, ...]  # in this order
    num_scores: int


@dataclass(frozen=True, kw_only=True)
class QuestionSet:
    """All that is asked of one answer."""

    questions: tuple[Question, ...]
    combine: Literal["viescore", "mean"]
    scale: tuple[float, float]


def load_questions(name: str, path: Path | None = None) -> QuestionSet:
    """A shipped set, or one of a file of the same form."""
    source = path or Path(__file__).parent / "questions.toml"
    try:
        table: dict[str, Any] = tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadOption(f"{source} cannot be read: {error}") from error
    if name not in table:
        raise BadOption(f"{source.name} has no questions {name!r}; choose {', '.join(table)}")
    return dataclass_from(QuestionSet, table[name], name)


def read_scores(text: str, question: Question, scale: tuple[float, float]) -> list[float]:
    """The numbers of a judge's answer, also from within other words. Raises BadData without them."""
    for found in _OBJECT.findall(text):
        try:
            scores = [float(score) for score in json.loads(found)["scores"]]
        except (ValueError, KeyError, TypeError):
            continue
        if len(scores) == question.num_scores and all(scale[0] <= score <= scale[1] for score in scores):
            return scores
    raise BadData(
        f"the judge gave no {question.num_scores} numbers of {scale[0]:g} to {scale[1]:g}: {text[:80]!r}"
    )


def combine(answers: Sequence[Sequence[float]], name: str, questions: QuestionSet) -> dict[str, float]:
    """Metrics by name, from the scores of all questions."""
    if questions.combine == "mean":
        scores = [score for answer in answers for score in answer]
        return {f"judge-{name}": sum(scores) / len(scores)}
    follows, quality = (min(answer) for answer in answers)
    return {"judge-sc": follows, "judge-pq": quality, "judge-o": math.sqrt(follows * quality)}
