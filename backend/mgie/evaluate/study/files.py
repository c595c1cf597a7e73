"""A study on disk, for the window that asks and for the report. Standard library only.

`study.json`            what is shown, blind: no name of a system stands in it
`pictures/`             under random names
`key.json`              which candidate is whose; the window never opens it
`ratings-RATER.jsonl`   one line for each trial that a rater finished; a later line of a trial replaces it
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from mgie.dataclass_reader import dataclass_from
from mgie.errors import BadData, BadOption

FORMAT = 1
STUDY_FILE, KEY_FILE, PICTURES = "study.json", "key.json", "pictures"


class Question(NamedTuple):
    """One thing that is asked of every candidate of a trial."""

    name: str
    kind: Literal["rank", "yes-no"]  # places 1 (best) to n, all different; or 1 and 0
    needs: Literal["", "goal", "text"]  # what a trial must have for it


QUESTIONS = (
    Question("following", "rank", ""),
    Question("goal", "rank", "goal"),
    Question("quality", "rank", ""),
    Question("practical", "yes-no", "text"),
    Question("hallucinated", "yes-no", "text"),
)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What one system made of the input."""

    picture: str  # file below `pictures/`
    text: str = ""  # its expressive instruction; "" where it writes none


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One example, all systems beside each other."""

    name: str
    dataset: str
    instruction: str
    input: str  # file below `pictures/`
    goal: str = ""
    candidates: tuple[Candidate, ...]

    def asked(self) -> list[Question]:
        """The questions that it has what they need for."""
        has = {"": True, "goal": bool(self.goal), "text": any(each.text for each in self.candidates)}
        return [question for question in QUESTIONS if has[question.needs]]


@dataclass(frozen=True, kw_only=True)
class Study:
    """What raters are shown."""

    format: int = FORMAT
    seed: int = 0
    num_raters: int = 3  # that are wanted
    trials: tuple[Trial, ...]


# question -> an answer for every candidate, in the order of the trial; None: it has nothing to ask about
Answers = Mapping[str, tuple[int | None, ...]]


def write_study(folder: Path, study: Study, key: Mapping[str, tuple[str, ...]]) -> None:
    """key: trial -> system of every candidate."""
    for name, content in ((KEY_FILE, {**key}), (STUDY_FILE, asdict(study))):
        (folder / name).write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")


def read_study(folder: Path) -> Study:
    """Raises BadData for anything else."""
    content = _read(folder / STUDY_FILE)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise BadData(f"{folder / STUDY_FILE} is no study of format {FORMAT}")
    return dataclass_from(Study, content, "study")


def read_key(folder: Path) -> dict[str, tuple[str, ...]]:
    """Trial -> system of every candidate."""
    return {trial: tuple(systems) for trial, systems in _read(folder / KEY_FILE).items()}


def ratings_path(folder: Path, rater: str) -> Path:
    """Where a rater's answers are kept. Raises BadOption for names that make no file name."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", rater):
        raise BadOption(f"{rater!r} is no name for a rater; choose letters and digits, 40 at most")
    return folder / f"ratings-{rater}.jsonl"


def append_rating(folder: Path, rater: str, trial: str, answers: Answers) -> None:
    """Keep one finished trial; on disk when this returns."""
    with ratings_path(folder, rater).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"trial": trial, "answers": answers}) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_ratings(folder: Path, rater: str) -> dict[str, Answers]:
    """Trial -> answers, the latest of each; a line that was cut short is left out."""
    path = ratings_path(folder, rater)
    found: dict[str, Answers] = {}
    for line in path.read_bytes().split(b"\n") if path.is_file() else []:
        try:
            values = json.loads(line)
            found[values["trial"]] = {name: tuple(each) for name, each in values["answers"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return found


def raters(folder: Path) -> list[str]:
    """Who has begun."""
    found = folder.glob("ratings-*.jsonl")
    return sorted(path.stem.removeprefix("ratings-") for path in found)


class Shown(NamedTuple):
    """A trial as one rater meets it."""

    trial: Trial
    places: tuple[int, ...]  # candidates from left to right


def order_for(study: Study, rater: str) -> list[Shown]:
    """Trials and candidates in an order of this rater's own, the same at every start."""
    chance = random.Random(f"{study.seed}-{rater}")
    trials = chance.sample(study.trials, len(study.trials))
    return [
        Shown(trial, tuple(chance.sample(range(len(trial.candidates)), len(trial.candidates))))
        for trial in trials
    ]


def is_complete(trial: Trial, answers: Answers) -> bool:
    """Whether every question is answered for every candidate it can be asked of, ranks without ties."""
    for question in trial.asked():
        given = answers.get(question.name, ())
        wanted = [bool(each.text) if question.needs == "text" else True for each in trial.candidates]
        if [value is not None for value in given] != wanted:
            return False
        values = [value for value in given if value is not None]
        if question.kind == "yes-no" and not set(values) <= {0, 1}:
            return False
        if question.kind == "rank" and sorted(values) != [*range(1, len(values) + 1)]:
            return False
    return True


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadData(
            f"{path} cannot be read: {error}; make a study with `mgie evaluate study make`"
        ) from error
