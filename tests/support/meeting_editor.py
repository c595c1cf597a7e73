"""A scripted editor whose painting can wait for words that another thread writes."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from typing import Any

from PIL import Image

from mgie.api.options import Options
from mgie.model.company import has_company
from mgie.model.events import EditWarning, Encoding, InstructionDelta, Sampled, SampleRequest, Step
from support.fake_editor import FakeEditor, Script

PATIENCE_S = 60.0  # for the other thread
WRITER = "mgie-words"  # what that thread is called


class MeetingEditor(FakeEditor):
    """Notes in which thread words are written, and whether it had company; may wait for the other thread."""

    def __init__(self, script: Script | None = None, *, meets: str = "") -> None:
        super().__init__(script)
        self.writers: dict[str, str] = {}  # by instruction: the thread
        self.had_company: list[bool] = []
        self.finished: list[str] = []  # instructions whose words were written to their end
        self._meets = meets  # painting goes on when words of this instruction are whole
        self._is_met = threading.Event()

    def encode(
        self, image: Image.Image, instruction: str, **given: Any
    ) -> Generator[InstructionDelta | EditWarning, None, Encoding]:
        self.writers[instruction] = threading.current_thread().name
        self.had_company.append(has_company())
        encoding = yield from super().encode(image, instruction, **given)
        self.finished.append(instruction)
        if instruction == self._meets:
            self._is_met.set()
        return encoding

    def sample(
        self, requests: Sequence[SampleRequest], options: Options
    ) -> Generator[Step, None, list[Sampled]]:
        sampling = super().sample(requests, options)
        while True:
            try:
                step = next(sampling)
            except StopIteration as stop:
                return stop.value
            yield step
            if self._meets and step.index == 1:
                assert self._is_met.wait(PATIENCE_S)
