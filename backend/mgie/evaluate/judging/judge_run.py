"""Judging a whole run: every answer once, kept word by word, so that nothing is ever asked twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from mgie.errors import BadData
from mgie.evaluate.datasets.catalogue import open_dataset
from mgie.evaluate.judging.questions import QuestionSet, combine, read_scores
from mgie.evaluate.runs.fit import at_size_of, reference
from mgie.evaluate.runs.folder import good, read_answer, read_config, read_records, write_atomically
from mgie.evaluate.runs.same_items import item_of
from mgie.synth.light import Pixels


class Judge(Protocol):
    """Anything that looks at pictures and answers."""

    name: str
    seed: int

    def ask(self, text: str, pictures: Sequence[Pixels]) -> str:
        """The answer in words."""
        ...


def judge_run(
    folder: Path, judge: Judge, name: str, questions: QuestionSet
) -> Iterator[tuple[int, int, int]]:
    """Yields (answers judged, all, of those without usable numbers).

    Writes judge.jsonl (question, pictures' digest and answer, word by word) and scores/judge-NAME.jsonl.
    """
    config, records = read_config(folder), good(read_records(folder))
    source = open_dataset(config.dataset)
    known = _known(folder)
    lines: list[str] = []
    num_useless = 0
    (folder / "scores").mkdir(exist_ok=True)
    for number, record in enumerate(records, start=1):
        judged = reference(item_of(record, source, folder), config.fit, config.size_px)
        shown = {
            "input": judged.input,
            "answer": at_size_of(read_answer(folder, record), judged.input),
            "goal": judged.goal,
        }
        scores: list[list[float]] = []
        try:
            for question in questions.questions:
                pictures = [picture for each in question.pictures if (picture := shown[each]) is not None]
                text = question.text.strip().format(instruction=record.instruction)
                answer = _ask(folder, judge, text, pictures, known)
                scores.append(read_scores(answer, question, questions.scale))
            numbers = combine(scores, name, questions)
        except BadData:
            numbers, num_useless = {}, num_useless + 1
        lines.append(json.dumps({"id": record.id, "numbers": numbers}) + "\n")
        yield number, len(records), num_useless
    write_atomically(folder / "scores" / f"judge-{name}.jsonl", "".join(lines).encode())


def _ask(folder: Path, judge: Judge, text: str, pictures: Sequence[Pixels], known: dict[str, str]) -> str:
    digest = hashlib.sha256(f"{judge.name}\0{judge.seed}\0{text}".encode())
    for picture in pictures:
        digest.update(repr(picture.shape).encode() + picture.tobytes())
    key = digest.hexdigest()
    if key not in known:
        known[key] = judge.ask(text, pictures)
        line = {"key": key, "judge": judge.name, "seed": judge.seed, "question": text, "answer": known[key]}
        with (folder / "judge.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    return known[key]


def _known(folder: Path) -> dict[str, str]:
    """Earlier answers; the rest of a line that a kill cut short is dropped."""
    path = folder / "judge.jsonl"
    if not path.is_file():
        return {}
    whole = path.read_bytes()
    kept = whole[: whole.rfind(b"\n") + 1]
    if kept != whole:
        write_atomically(path, kept)
    rows = [json.loads(line) for line in kept.splitlines()]
    return {row["key"]: row["answer"] for row in rows}
