"""One evaluation: every system answers every case."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.progress import track

from mgie.api.options import Options
from mgie.editors.loading import open_editor
from mgie.evaluate.answers import Way, answer_cases, copy_input
from mgie.evaluate.cases import Case
from mgie.evaluate.runs.config import COPY_LABEL
from mgie.evaluate.scores import CaseScore, score
from mgie.model.events import Editor


def judge(
    editor: Editor,
    cases: Sequence[Case],
    num_inference_steps: int | None,
    seed: int,
    way: Way = "asked",
) -> list[CaseScore]:
    """Scores of one editor. way: see `answer_cases`."""
    options: Options = {} if num_inference_steps is None else {"num_inference_steps": num_inference_steps}
    answers = track(
        answer_cases(editor, cases, options, way=way, seed=seed),
        editor.info.id,
        total=len(cases),
        console=Console(stderr=True),
    )
    return [score(case, answer) for case, answer in zip(cases, answers, strict=True)]


def judge_systems(
    models: Sequence[str],
    cases: Sequence[Case],
    *,
    num_inference_steps: int | None = None,
    seed: int = 0,
    ways: Sequence[Way] = ("asked",),
) -> dict[str, list[CaseScore]]:
    """Scores of copy-input and of every model in every way, by name, e.g. "mgie-mini" and "mgie-mini, told".

    models: "WRITER+PAINTER" composes two (see `open_editor`).
    """
    scores = {
        COPY_LABEL: [score(case, answer) for case, answer in zip(cases, copy_input(cases), strict=True)]
    }
    for name in models:
        editor = open_editor(name)
        for way in ways:
            title = editor.info.id if way == "asked" else f"{editor.info.id}, {way}"
            scores[title] = judge(editor, cases, num_inference_steps, seed, way)
    return scores
