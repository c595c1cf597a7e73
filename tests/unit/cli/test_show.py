"""What a running edit shows to people, and to scripts."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from mgie.api.events import (
    Declined,
    EditWarning,
    EventBody,
    InstructionDelta,
    InstructionReady,
    Queued,
    Reading,
    Restarted,
    Stage,
    StageChanged,
    StepProgress,
)
from mgie.cli.show import JsonReporter, Reporter, TextReporter

READINGS = (Reading(text="a warm light", probability=0.6), Reading(text="red colours", probability=0.4))
EVENTS: tuple[EventBody, ...] = (
    Queued(position=2),
    StageChanged(stage=Stage.LOADING_MODEL),
    InstructionDelta(text="a warm", offset=0),
    InstructionDelta(text=" light", offset=6),
    InstructionReady(text="a warm light", readings=READINGS),
    EditWarning(reason="DRIFT", message="it moved"),
    StepProgress(step=1, num_steps=2),
    StepProgress(step=2, num_steps=2, eta_s=0.5),
    Restarted(reason="SERVER_RESTARTED"),
    Declined(message="too much", suggestions=("less",)),
)


def show(reporter: Reporter, count: int = 1) -> None:
    with reporter:
        for event in EVENTS:
            reporter.event(0, count, "warmer", event)


def test_people_read_words_readings_and_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    show(TextReporter(), count=2)
    shown = capsys.readouterr().err
    for words in (
        "waiting for 2 other edits",
        "loading the model",
        "[1/2] warmer\na warm light\n",
        "goes by (60%): a warm light",
        "it could mean (40%): red colours",
        "warning: it moved",
        "starting over",
    ):
        assert words in shown


def test_scripts_read_every_event_as_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    show(JsonReporter())
    with JsonReporter() as reporter:
        reporter.note("result", "", path="夜.png")
    lines = capsys.readouterr().out
    assert lines.isascii()
    events = [json.loads(line) for line in lines.splitlines()]
    assert [event.pop("event") for event in events] == [
        "queued",
        "region_started",
        "stage",
        "instruction_delta",
        "instruction_delta",
        "instruction_ready",
        "warning",
        "step",
        "step",
        "restarted",
        "declined",
        "result",
    ]
    assert events[1] == {"index": 1, "count": 1, "instruction": "warmer"}
    assert events[5]["readings"][1] == {"text": "red colours", "probability": 0.4}
    assert events[8] == {"step": 2, "steps": 2, "eta_s": 0.5}
    assert events[10] == {"message": "too much", "suggestions": ["less"]}
    assert events[11] == {"path": "夜.png"}


@pytest.mark.parametrize(
    ("answer", "readings", "expected"),
    [
        ("", (), None),
        ("colder", (), "colder"),
        ("", READINGS, None),
        ("2", READINGS, "red colours"),
        ("3", READINGS, "3"),
        ("colder", READINGS, "colder"),
    ],
)
def test_people_answer_an_edit_that_waits(
    answer: str, readings: Any, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer + "\n"))
    with TextReporter() as reporter:
        ready = InstructionReady(text="a warm light", is_held=True, readings=readings)
        assert reporter.revise(ready) == expected


def test_scripts_answer_with_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("colder\n\n"))
    reporter = JsonReporter()
    ready = InstructionReady(text="a warm light", is_held=True)
    assert [reporter.revise(ready) for _ in range(3)] == ["colder", None, None]
