"""What a lane and its driver report about edits, in plain values; `convert` makes events of them.

They carry no torch, so that a lane may live in another process or on another machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from mgie.errors import MgieError
from mgie.server.order import RawPixels

FloatImage: TypeAlias = npt.NDArray[np.float32]  # (H, W, 3), sRGB, 0..1


class Stage(Enum):
    """What is being done to an edit, in order."""

    PREPARING = 1
    LOADING_MODEL = 2
    WRITING = 3
    SAMPLING = 4
    FINISHING = 5


@dataclass(frozen=True, kw_only=True)
class StageEntered:
    """A stage began."""

    edit: str
    stage: Stage


@dataclass(frozen=True, kw_only=True)
class TextPiece:
    """A further piece of the expressive instruction."""

    edit: str
    text: str
    offset: int  # where it begins, characters; 0 begins anew


@dataclass(frozen=True, kw_only=True)
class TextWhole:
    """The expressive instruction is there. A held edit leaves the lane here."""

    edit: str
    text: str
    is_held: bool
    is_corrected: bool
    is_reused: bool  # an earlier encoding served


@dataclass(frozen=True, kw_only=True)
class StepDone:
    """One denoising step of some results is done."""

    edit: str
    step: int  # 1..num_steps
    num_steps: int
    eta_s: float | None
    first_index: int
    num_indices: int


@dataclass(frozen=True, kw_only=True)
class PreviewMade:
    """The estimate of one result, at the size the model has it for nothing."""

    edit: str
    index: int
    step: int
    image: FloatImage


@dataclass(frozen=True, kw_only=True)
class SampleMade:
    """One result at the model's size, still to be carried to the document's."""

    edit: str
    index: int
    seed: int
    image: FloatImage
    round_trip: FloatImage
    text: str  # the words it was made with
    is_corrected: bool  # whether they were given rather than written
    device: str
    steps: int  # done; fewer than asked for where it was kept early
    is_partial: bool


@dataclass(frozen=True, kw_only=True)
class Warned:
    """Something to know although the edit goes on."""

    edit: str
    reason: str
    message: str


@dataclass(frozen=True, kw_only=True)
class EditFailed:
    """One edit ended with an error; the others of its ticket go on."""

    edit: str
    error: MgieError


@dataclass(frozen=True, kw_only=True)
class EditStopped:
    """One edit ended because it was asked to."""

    edit: str


@dataclass(frozen=True, kw_only=True)
class Measured:
    """How long the parts of one run on a device took, for estimates."""

    edit: str
    model: str
    device: str
    encode_s: float | None  # None where an encoding was reused
    step_s: float | None  # one step of one picture
    peak_bytes: int  # of the device, 0 where unknown


@dataclass(frozen=True, kw_only=True)
class FinishedPicture:
    """One result, stored."""

    raw: RawPixels
    digest: str
    weight_digest: str
    change_digest: str
    provenance_json: str
    measures: Mapping[str, float]


Happening: TypeAlias = (
    StageEntered
    | TextPiece
    | TextWhole
    | StepDone
    | PreviewMade
    | SampleMade
    | Warned
    | EditFailed
    | EditStopped
    | Measured
)
