"""What an edit says while it runs: the events that cross the wire, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, TypeAlias

from mgie.api.edit import EditResult
from mgie.api.failure import Failure
from mgie.api.rect import Rect
from mgie.errors import BadOption

PreviewFormat: TypeAlias = Literal["rgb8", "jpeg", "png"]


class Stage(IntEnum):
    """What is being done to an edit, in order."""

    PREPARING = 1  # reading the picture and fitting it to the model
    LOADING_MODEL = 2
    WRITING = 3  # the language model reads the picture and writes
    SAMPLING = 4  # the diffusion model removes noise
    FINISHING = 5  # carrying the result to full resolution


@dataclass(frozen=True, kw_only=True)
class Queued:
    """The edit waits."""

    position: int  # edits that run before it


@dataclass(frozen=True, kw_only=True)
class StageChanged:
    """A stage began."""

    stage: Stage
    expected_stages: tuple[Stage, ...] = ()  # those still to come, in order


@dataclass(frozen=True, kw_only=True)
class InstructionDelta:
    """A further piece of the expressive instruction."""

    text: str
    offset: int  # where it begins in the whole text, characters; 0 begins anew


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One meaning of a request."""

    text: str  # the expressive instruction of this meaning
    probability: float  # 0..1


@dataclass(frozen=True, kw_only=True)
class InstructionReady:
    """The expressive instruction is whole."""

    text: str
    is_held: bool = False  # the edit waits for `ReviseInstruction`
    is_corrected: bool = False  # the text was given, not written
    is_reused: bool = False  # an earlier encoding was used again
    readings: tuple[Reading, ...] = ()  # where the model is not sure, the likeliest first


@dataclass(frozen=True, kw_only=True)
class StepProgress:
    """One denoising step is done."""

    step: int  # 1..num_steps
    num_steps: int
    eta_s: float | None = None  # to the end of the sampling; None before the second step
    first_index: int = 0  # of the results this step belongs to
    num_indices: int = 1  # how many results are sampled together


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The estimate after a step, small. Never numbered: it may be dropped."""

    index: int  # which result, from 0
    step: int  # 1..num_steps
    place: Rect  # what it covers on the canvas
    width: int  # of the image, px
    height: int
    format: PreviewFormat = "rgb8"
    data: bytes = b""


@dataclass(frozen=True, kw_only=True)
class EditWarning:
    """Something to know although the edit goes on."""

    reason: str  # stable, UPPER_SNAKE
    message: str  # one sentence


@dataclass(frozen=True, kw_only=True)
class Restarted:
    """It starts over: text and steps so far are void, results so far stay."""

    reason: str = ""  # UPPER_SNAKE


@dataclass(frozen=True, kw_only=True)
class Finished:
    """All results are done. The last event."""

    seconds: float  # from the edit's start on the device to its end


@dataclass(frozen=True, kw_only=True)
class Declined:
    """The request is beyond what the model can do; nothing was changed. The last event."""

    message: str
    suggestions: tuple[str, ...] = ()  # requests it could carry out instead


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    """It was cancelled. The last event."""


EventBody: TypeAlias = (
    Queued
    | StageChanged
    | InstructionDelta
    | InstructionReady
    | StepProgress
    | Preview
    | EditResult
    | EditWarning
    | Restarted
    | Finished
    | Failure
    | Cancelled
    | Declined
)
LAST_EVENTS = (Finished, Failure, Cancelled, Declined)


@dataclass(frozen=True, kw_only=True)
class EditEvent:
    """One thing that happened to an edit."""

    event: EventBody
    sequence: int = 0  # 1, 2, 3 ... without gaps; 0 for previews and queue positions
    time: float | None = None  # seconds since the epoch

    @property
    def is_last(self) -> bool:
        """Whether no further event will come."""
        return isinstance(self.event, LAST_EVENTS)


@dataclass(frozen=True, kw_only=True)
class BatchEvent:
    """One thing that happened to an edit of a batch."""

    index: int  # which edit, from 0
    edit: str  # "edits/{id}"
    event: EditEvent


@dataclass(frozen=True, kw_only=True)
class PreviewOptions:
    """Which previews a watcher wants."""

    max_side_px: int = 256  # 16..1024
    max_rate_hz: float = 10.0  # above 0 up to 60, for each result
    every_num_steps: int = 1  # 1..1000
    format: PreviewFormat = "rgb8"

    def __post_init__(self) -> None:
        if not 16 <= self.max_side_px <= 1024:
            raise BadOption(f"max_side_px is {self.max_side_px}; choose 16 to 1024")
        if not 0 < self.max_rate_hz <= 60:  # also refuses NaN
            raise BadOption(f"max_rate_hz is {self.max_rate_hz}; choose above 0 up to 60")
        if not 1 <= self.every_num_steps <= 1000:
            raise BadOption(f"every_num_steps is {self.every_num_steps}; choose 1 to 1000")
