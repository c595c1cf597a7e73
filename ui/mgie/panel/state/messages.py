"""What the backend says about a running edit, in the panel's own words.

The link converts protobuf to these; the transitions in `progress` consume them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from mgie.api.rect import Rect
from mgie.host.types import HostMask, HostPicture
from mgie.panel.state.problem import Problem


class Stage(Enum):
    """What the backend is doing right now."""

    PREPARING = "preparing"
    LOADING_MODEL = "loading_model"
    WRITING = "writing"  # the language model reads the picture and writes
    SAMPLING = "sampling"
    FINISHING = "finishing"  # transfer to the full resolution


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A small picture: 8-bit sRGB, row by row, and where it lies on the canvas."""

    width: int
    height: int
    rgb: bytes
    place: Rect  # what it covers on the canvas
    coverage: bytes = b""  # how much of each pixel shows, one byte each; empty: all of it


@dataclass(frozen=True, kw_only=True)
class ResultPicture:
    """Finished pixels in the document's own format, and their thumbnail for the grid."""

    index: int  # which variation or region, from 0
    seed: int
    picture: HostPicture
    frame: Frame  # what the panel shows of it
    weight: HostMask | None = None  # how much of the edit each pixel takes; not in `picture`
    provenance: str = ""  # JSON record of how it was made


@dataclass(frozen=True, kw_only=True)
class Created:
    """The backend has taken the edit; nothing can be lost from here on."""

    edit: str  # the backend's name for it
    sequence: int = 0


@dataclass(frozen=True, kw_only=True)
class Queued:
    """Others are first."""

    sequence: int
    position: int  # edits ahead


@dataclass(frozen=True, kw_only=True)
class StageEntered:
    """A new stage began."""

    sequence: int
    stage: Stage


@dataclass(frozen=True, kw_only=True)
class TextDelta:
    """A further piece of the expressive instruction."""

    sequence: int
    text: str
    offset: int  # where the piece begins in the whole text, characters


@dataclass(frozen=True, kw_only=True)
class TextReady:
    """The whole expressive instruction."""

    sequence: int
    text: str
    is_held: bool  # the backend waits for the artist


@dataclass(frozen=True, kw_only=True)
class StepDone:
    """One denoising step is done."""

    sequence: int
    step: int  # 1..num_steps
    num_steps: int
    eta_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class PreviewArrived:
    """The picture so far. Not numbered: previews may be dropped."""

    frame: Frame
    index: int = 0  # which variation


@dataclass(frozen=True, kw_only=True)
class ResultArrived:
    """One variation is done."""

    sequence: int
    result: ResultPicture


@dataclass(frozen=True, kw_only=True)
class Warned:
    """Something to know although the edit goes on."""

    sequence: int
    reason: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Restarted:
    """It starts over: words and steps so far are void, results so far stay."""

    sequence: int


@dataclass(frozen=True, kw_only=True)
class Finished:
    """All results have come."""

    sequence: int


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    """Stopped as asked."""

    sequence: int


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The edit ended without a result."""

    sequence: int
    problem: Problem


@dataclass(frozen=True, kw_only=True)
class StreamLost:
    """The stream broke; the link is calling again and will resume."""


Message: TypeAlias = (
    Created
    | Queued
    | StageEntered
    | TextDelta
    | TextReady
    | StepDone
    | PreviewArrived
    | ResultArrived
    | Warned
    | Restarted
    | Finished
    | Cancelled
    | Failed
    | StreamLost
)
