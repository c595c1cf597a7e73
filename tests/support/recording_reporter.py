"""A reporter that keeps what it is given, and answers edits that wait as a test says."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from mgie.api.events import EventBody, InstructionReady


class RecordingReporter:
    """Events with the index of their edit, and notes."""

    def __init__(
        self, answer: str | None = None, on_event: Callable[[EventBody], None] | None = None
    ) -> None:
        self.events: list[tuple[int, EventBody]] = []
        self.started: list[str] = []  # instructions, in the order of their first event
        self.repetitions: list[EventBody] = []
        self.asked: list[InstructionReady] = []
        self.notes: list[tuple[str, str, dict[str, Any]]] = []
        self._answer = answer
        self._on_event = on_event

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ):
        return None

    def event(self, index: int, count: int, instruction: str, event: EventBody) -> None:
        if index not in {number for number, _ in self.events}:
            self.started.append(instruction)
        self.events.append((index, event))
        if self._on_event is not None:
            self._on_event(event)

    def repeated(self, event: EventBody) -> None:
        self.repetitions.append(event)

    def revise(self, ready: InstructionReady) -> str | None:
        self.asked.append(ready)
        return self._answer

    def note(self, name: str, line: str, /, **values: Any) -> None:
        self.notes.append((name, line, values))

    def bodies(self) -> list[EventBody]:
        """All events without their indices."""
        return [event for _, event in self.events]
