"""What a running edit shows: text and a progress bar for people, one JSON event per line for scripts."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Protocol, Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mgie.api.events import (
    Declined,
    EditWarning,
    EventBody,
    InstructionDelta,
    InstructionReady,
    Queued,
    Restarted,
    Stage,
    StageChanged,
    StepProgress,
)


class Reporter(AbstractContextManager["Reporter"], Protocol):
    """Follows the edits of a picture."""

    def event(self, index: int, count: int, instruction: str, event: EventBody) -> None:
        """An event of one of `count` edits of a picture. index: from 0."""
        ...

    def repeated(self, event: EventBody) -> None:
        """An event of further samples of an edit whose words were shown before."""
        ...

    def revise(self, ready: InstructionReady) -> str | None:
        """The corrected expressive instruction of an edit that waits; None to go on as written."""
        ...

    def note(self, name: str, line: str, /, **values: Any) -> None:
        """A file written, an item done: `line` is for people, name and values are for scripts."""
        ...


class TextReporter:
    """Streams the expressive instruction and draws a progress bar with steps and ETA on stderr."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("", visible=False)
        self._is_writing = False
        self._shown = -1  # index of the edit whose words are shown

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ):
        self._progress.stop()
        self._end_line()

    def event(self, index: int, count: int, instruction: str, event: EventBody) -> None:
        """Show one event."""
        if count > 1 and self._shown != index and isinstance(event, InstructionDelta | InstructionReady):
            self._line(f"[{index + 1}/{count}] {instruction}")
            self._shown = index
        match event:
            case Queued() if event.position:
                self._line(f"waiting for {event.position} other edits")
            case StageChanged(stage=Stage.LOADING_MODEL):
                self._line("loading the model")
            case InstructionDelta():
                if not event.offset:
                    self._end_line()
                self._console.print(event.text, end="", markup=False, soft_wrap=True)
                self._is_writing = True
            case EditWarning():
                self._line(f"warning: {event.message}")
            case InstructionReady():
                self._ready(event)
            case Restarted():
                self._line("starting over")
            case _:
                self.repeated(event)

    def repeated(self, event: EventBody) -> None:
        """Show the steps only."""
        if isinstance(event, StepProgress):
            self._step(event)

    def revise(self, ready: InstructionReady) -> str | None:
        """Ask on the terminal."""
        self._end_line()
        if not ready.readings:
            return _asked("Enter to go on, or your own wording") or None
        for number, reading in enumerate(ready.readings, 1):
            self._line(f"  {number}: {reading.text} ({reading.probability:.0%})")
        answer = _asked("The number of what you mean, or your own wording; Enter for 1")
        if answer.isdecimal() and 1 <= int(answer) <= len(ready.readings):
            return ready.readings[int(answer) - 1].text
        return answer or None

    def note(self, name: str, line: str, /, **values: Any) -> None:
        """Print a line."""
        if line:
            self._line(line)

    def _ready(self, event: InstructionReady) -> None:
        self._end_line()
        if len(event.readings) > 1 and not event.is_held:
            first, *others = event.readings
            self._line(f"not sure what is meant; goes by ({first.probability:.0%}): {first.text}")
            for other in others:
                self._line(f"  it could mean ({other.probability:.0%}): {other.text}")

    def _step(self, event: StepProgress) -> None:
        if event.step == 1:
            self._progress.reset(self._task, total=event.num_steps, visible=True, description="painting")
            self._progress.start()
        self._progress.update(self._task, completed=event.step)
        if event.step == event.num_steps:
            self._progress.stop()

    def _line(self, text: str) -> None:
        self._end_line()
        self._console.print(text, markup=False, soft_wrap=True)

    def _end_line(self) -> None:
        if self._is_writing:
            self._console.print()
            self._is_writing = False


class JsonReporter:
    """Writes one JSON object per line on stdout; answers to held edits are read from stdin, a line each."""

    def __init__(self) -> None:
        self._started: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ):
        return None

    def event(self, index: int, count: int, instruction: str, event: EventBody) -> None:
        """Write one event."""
        if index not in self._started and not isinstance(event, Queued):
            self._started.add(index)
            self.note("region_started", "", index=index + 1, count=count, instruction=instruction)
        match event:
            case Queued():
                self.note("queued", "", position=event.position)
            case StageChanged():
                self.note("stage", "", stage=event.stage.name.lower())
            case InstructionDelta():
                self.note("instruction_delta", "", text=event.text, offset=event.offset)
            case InstructionReady():
                self._ready(index, event)
            case EditWarning():
                self.note("warning", "", reason=event.reason, message=event.message)
            case Restarted():
                self.note("restarted", "", reason=event.reason)
            case Declined():
                self.note("declined", "", message=event.message, suggestions=event.suggestions)
            case _:
                self.repeated(event)

    def repeated(self, event: EventBody) -> None:
        """Write the steps only."""
        if isinstance(event, StepProgress):
            self.note("step", "", step=event.step, steps=event.num_steps, eta_s=event.eta_s)

    def revise(self, ready: InstructionReady) -> str | None:
        """A line from stdin; an empty one goes on as written."""
        return sys.stdin.readline().strip() or None

    def note(self, name: str, line: str, /, **values: Any) -> None:
        """Write an event of another kind, in ASCII, which every pipe takes."""
        click.echo(json.dumps({"event": name, **values}))

    def _ready(self, index: int, event: InstructionReady) -> None:
        self.note(
            "instruction_ready",
            "",
            index=index + 1,
            expressive_instruction=event.text,
            is_corrected=event.is_corrected,
            is_held=event.is_held,
            readings=[{"text": r.text, "probability": r.probability} for r in event.readings],
        )


class SilentReporter:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ):
        return None

    def event(self, index: int, count: int, instruction: str, event: EventBody) -> None:
        """Nothing."""

    def repeated(self, event: EventBody) -> None:
        """Nothing."""

    def revise(self, ready: InstructionReady) -> str | None:
        """Go on as written."""
        return None

    def note(self, name: str, line: str, /, **values: Any) -> None:
        """Nothing."""


def _asked(question: str) -> str:
    return str(click.prompt(question, default="", show_default=False, err=True)).strip()
