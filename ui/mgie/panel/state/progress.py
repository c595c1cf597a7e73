"""A running edit, seen from the panel: one frozen value, one transition.

Numbered messages are applied once, so that a stream resumed too early changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from mgie.panel.state import messages as m
from mgie.panel.state.problem import Problem


class Phase(Enum):
    """Where an edit stands."""

    READING = "reading"  # pixels are being read from the host
    SENDING = "sending"  # on their way to the backend
    QUEUED = "queued"
    PREPARING = "preparing"
    LOADING_MODEL = "loading_model"
    WRITING = "writing"
    HELD = "held"  # waits for the artist's word
    SAMPLING = "sampling"
    FINISHING = "finishing"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


ENDED = frozenset({Phase.DONE, Phase.CANCELLED, Phase.FAILED})
_PHASE_OF_STAGE = {
    m.Stage.PREPARING: Phase.PREPARING,
    m.Stage.LOADING_MODEL: Phase.LOADING_MODEL,
    m.Stage.WRITING: Phase.WRITING,
    m.Stage.SAMPLING: Phase.SAMPLING,
    m.Stage.FINISHING: Phase.FINISHING,
}


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Everything to show about one edit."""

    job: str  # the panel's own id, sent as request_id
    edit: str = ""  # the backend's name, "" until it has taken the edit
    phase: Phase = Phase.READING
    sequence: int = 0  # of the last numbered message
    queue_position: int = 0
    text: str = ""  # the expressive instruction so far
    step: int = 0
    num_steps: int = 0
    eta_s: float | None = None
    previews: Mapping[int, m.Frame] = field(default_factory=dict[int, m.Frame])  # by variation
    results: tuple[m.ResultPicture, ...] = ()
    warnings: tuple[str, ...] = ()
    problem: Problem | None = None
    is_reconnecting: bool = False
    is_stopping: bool = False  # asked to stop, not yet confirmed

    @property
    def has_ended(self) -> bool:
        """Whether no further message will come."""
        return self.phase in ENDED

    @property
    def can_keep(self) -> bool:
        """Whether there is a picture to stop at and keep."""
        return self.phase is Phase.SAMPLING and self.step > 0 and not self.is_stopping

    def after(self, message: m.Message) -> Progress:
        """The edit after one message."""
        sequence = getattr(message, "sequence", None)
        if self.has_ended or (sequence and sequence <= self.sequence):
            return self
        after = _apply(replace(self, is_reconnecting=False), message)
        return replace(after, sequence=sequence) if sequence else after

    def failed(self, problem: Problem) -> Progress:
        """Ended by something on this side of the wire."""
        return (
            self if self.has_ended else replace(self, phase=Phase.FAILED, problem=problem, is_stopping=False)
        )


def _apply(edit: Progress, message: m.Message) -> Progress:
    match message:
        case m.StreamLost():
            return replace(edit, is_reconnecting=True)
        case m.Created(edit=name):
            return replace(edit, edit=name, phase=Phase.QUEUED if edit.phase is Phase.SENDING else edit.phase)
        case m.Queued(position=position):
            return replace(edit, phase=Phase.QUEUED, queue_position=position)
        case m.StageEntered(stage=stage):
            return _entered(edit, stage)
        case m.TextDelta(text=text, offset=offset):
            return replace(edit, phase=Phase.WRITING, text=edit.text[:offset] + text)
        case m.TextReady(text=text, is_held=is_held):
            return replace(edit, text=text, phase=Phase.HELD if is_held else Phase.SAMPLING)
        case m.StepDone(step=step, num_steps=num_steps, eta_s=eta_s):
            return replace(edit, phase=Phase.SAMPLING, step=step, num_steps=num_steps, eta_s=eta_s)
        case m.PreviewArrived(frame=frame, index=index):
            return replace(edit, previews={**edit.previews, index: frame})
        case _:
            return _ended(edit, message)


def _entered(edit: Progress, stage: m.Stage) -> Progress:
    entered = replace(edit, phase=_PHASE_OF_STAGE[stage])
    return replace(entered, step=0, eta_s=None) if stage is m.Stage.SAMPLING else entered


def _ended(edit: Progress, message: m.Message) -> Progress:
    match message:
        case m.ResultArrived(result=result):
            others = tuple(r for r in edit.results if r.index != result.index)
            return replace(edit, results=tuple(sorted((*others, result), key=lambda r: r.index)))
        case m.Restarted():
            return replace(edit, phase=Phase.PREPARING, text="", step=0, eta_s=None, previews={})
        case m.Warned(message=text):
            return replace(edit, warnings=(*edit.warnings, text))
        case m.Finished():
            return replace(edit, phase=Phase.DONE, eta_s=None, is_stopping=False)
        case m.Cancelled():
            return replace(edit, phase=Phase.CANCELLED, is_stopping=False)
        case m.Failed(problem=problem):
            return replace(edit, phase=Phase.FAILED, problem=problem, is_stopping=False)
        case _:
            return edit
