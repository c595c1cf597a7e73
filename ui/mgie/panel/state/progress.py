"""A running edit, seen from the panel: one frozen value, one transition.

Numbered messages are applied once, so that a stream resumed too early changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from mgie.api import events
from mgie.api.events import EditEvent, EventBody, Stage
from mgie.api.failure import Failure
from mgie.panel.state.messages import Created, Message, ResultFetched
from mgie.panel.state.pictures import Frame, ResultPicture, preview_frame


class Phase(Enum):
    """Where an edit stands: the backend's stages under their own names, and what lies around them."""

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
    DECLINED = "declined"  # beyond what the model can do
    CANCELLED = "cancelled"
    FAILED = "failed"


ENDED = frozenset({Phase.DONE, Phase.DECLINED, Phase.CANCELLED, Phase.FAILED})


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Everything to show about one edit."""

    job: str  # the panel's own id, sent as request_id
    edit: str = ""  # the backend's name, "" until it has taken the edit
    phase: Phase = Phase.READING
    sequence: int = 0  # of the last numbered message
    queue_position: int = 0
    text: str = ""  # the expressive instruction so far
    readings: tuple[events.Reading, ...] = ()  # what the request may mean, while the artist is to choose
    step: int = 0
    num_steps: int = 0
    eta_s: float | None = None
    previews: Mapping[int, Frame] = field(default_factory=dict[int, Frame])  # by variation
    results: tuple[ResultPicture, ...] = ()
    warnings: tuple[str, ...] = ()
    failure: Failure | None = None
    declined: events.Declined | None = None  # why nothing was changed, and what could be asked for instead
    is_stopping: bool = False  # asked to stop, not yet confirmed

    @property
    def has_ended(self) -> bool:
        """Whether no further message will come."""
        return self.phase in ENDED

    @property
    def can_keep(self) -> bool:
        """Whether there is a picture to stop at and keep."""
        return self.phase is Phase.SAMPLING and self.step > 0 and not self.is_stopping

    def after(self, message: Message) -> Progress:
        """The edit after one message."""
        sequence = message.sequence if isinstance(message, EditEvent | ResultFetched) else 0
        if self.has_ended or (sequence and sequence <= self.sequence):
            return self
        after = _apply(self, message)
        return replace(after, sequence=sequence) if sequence else after


def _apply(edit: Progress, message: Message) -> Progress:
    match message:
        case Created(edit=name):
            return replace(edit, edit=name, phase=Phase.QUEUED if edit.phase is Phase.SENDING else edit.phase)
        case ResultFetched(picture=picture):
            others = tuple(r for r in edit.results if r.index != picture.index)
            return replace(edit, results=tuple(sorted((*others, picture), key=lambda r: r.index)))
        case EditEvent(event=event):
            return _after_event(edit, event)


def _after_event(edit: Progress, event: EventBody) -> Progress:
    match event:
        case events.Queued(position=position):
            return replace(edit, phase=Phase.QUEUED, queue_position=position)
        case events.StageChanged(stage=stage):
            return _entered(edit, stage)
        case events.InstructionDelta(text=text, offset=offset):
            return replace(edit, phase=Phase.WRITING, text=edit.text[:offset] + text)
        case events.InstructionReady():
            return _written(edit, event)
        case events.StepProgress(step=step, num_steps=num_steps, eta_s=eta_s):
            return replace(edit, phase=Phase.SAMPLING, step=step, num_steps=num_steps, eta_s=eta_s)
        case events.Preview(index=index):
            return replace(edit, previews={**edit.previews, index: preview_frame(event)})
        case events.EditWarning(message=text):
            return replace(edit, warnings=(*edit.warnings, text))
        case events.Restarted():
            void = {"text": "", "readings": (), "step": 0, "eta_s": None, "previews": {}}
            return replace(edit, phase=Phase.PREPARING, **void)
        case _:
            return _ended(edit, event)


def _entered(edit: Progress, stage: Stage) -> Progress:
    entered = replace(edit, phase=Phase[stage.name])
    return replace(entered, step=0, eta_s=None) if stage is Stage.SAMPLING else entered


def _written(edit: Progress, ready: events.InstructionReady) -> Progress:
    phase = Phase.HELD if ready.is_held else Phase.SAMPLING
    return replace(edit, text=ready.text, phase=phase, readings=ready.readings if ready.is_held else ())


def _ended(edit: Progress, event: EventBody) -> Progress:
    ended = replace(edit, eta_s=None, readings=(), is_stopping=False)
    match event:
        case events.Finished():
            return replace(ended, phase=Phase.DONE)
        case events.Cancelled():
            return replace(ended, phase=Phase.CANCELLED)
        case events.Declined():
            return replace(ended, phase=Phase.DECLINED, declined=event)
        case Failure():
            return replace(ended, phase=Phase.FAILED, failure=event)
        case _:  # a result counts once its pixels are here
            return edit
