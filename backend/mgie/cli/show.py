"""What a running edit shows: text and a progress bar for people, one JSON event per line for scripts."""

from __future__ import annotations

import json
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Protocol, Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mgie.cli.perform import JobEvent, RegionStarted
from mgie.model.events import EditWarning, EncodingReady, InstructionDelta, Step


class Reporter(AbstractContextManager["Reporter"], Protocol):
    """Follows a job."""

    def event(self, event: JobEvent) -> None:
        """One event of `perform`."""
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ):
        self._progress.stop()
        self._end_line()

    def event(self, event: JobEvent) -> None:
        """Show one event."""
        match event:
            case RegionStarted() if event.count > 1:
                self._line(f"[{event.index}/{event.count}] {event.instruction}")
            case InstructionDelta():
                self._console.print(event.text, end="", markup=False, soft_wrap=True)
                self._is_writing = True
            case EditWarning():
                self._line(f"warning: {event.message}")
            case EncodingReady():
                self._end_line()
            case Step():
                self._step(event)
            case _:
                pass

    def note(self, name: str, line: str, /, **values: Any) -> None:
        """Print a line."""
        if line:
            self._line(line)

    def _step(self, event: Step) -> None:
        if event.index == 1:
            self._progress.reset(self._task, total=event.num_steps, visible=True, description="painting")
            self._progress.start()
        self._progress.update(self._task, completed=event.index)
        if event.index == event.num_steps:
            self._progress.stop()

    def _line(self, text: str) -> None:
        self._end_line()
        self._console.print(text, markup=False, soft_wrap=True)

    def _end_line(self) -> None:
        if self._is_writing:
            self._console.print()
            self._is_writing = False


class JsonReporter:
    """Writes one JSON object per line on stdout."""

    def __init__(self) -> None:
        self._started_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ):
        return None

    def event(self, event: JobEvent) -> None:
        """Write one event."""
        match event:
            case RegionStarted():
                values = {"index": event.index, "count": event.count, "instruction": event.instruction}
                self.note("region_started", "", **values)
            case InstructionDelta():
                self.note("instruction_delta", "", text=event.text)
            case EditWarning():
                self.note("warning", "", reason=event.reason, message=event.message)
            case EncodingReady():
                encoding = event.encoding
                self._started_s = time.monotonic()
                self.note(
                    "instruction_ready",
                    "",
                    expressive_instruction=encoding.expressive_instruction,
                    is_corrected=encoding.is_corrected,
                )
            case Step():
                self._step(event)

    def note(self, name: str, line: str, /, **values: Any) -> None:
        """Write an event of another kind."""
        click.echo(json.dumps({"event": name, **values}, ensure_ascii=False))

    def _step(self, event: Step) -> None:
        per_step_s = (time.monotonic() - self._started_s) / event.index
        eta_s = round(per_step_s * (event.num_steps - event.index), 1)
        self.note("step", "", step=event.index, steps=event.num_steps, eta_s=eta_s)
