"""What a lane reports about an edit: events of the vocabulary, arrays on their way to a result, measurements.

They carry no torch, so that a lane may live in another process or on another machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from mgie.api.events import (
    Declined,
    EditWarning,
    InstructionDelta,
    InstructionReady,
    StageChanged,
    StepProgress,
)
from mgie.api.failure import Failure
from mgie.model.events import Sampled  # without torch

FloatImage: TypeAlias = npt.NDArray[np.float32]  # (H, W, 3), sRGB, 0..1


@dataclass(frozen=True, kw_only=True)
class PreviewImage:
    """The estimate of one tile of a result, at the size the model has it for nothing."""

    index: int  # of the result
    tile: int
    step: int
    image: FloatImage


@dataclass(frozen=True, kw_only=True)
class SampleReady:
    """All tiles of one result, still to be carried to the document."""

    index: int
    seed: int
    answers: Mapping[int, Sampled]  # by tile, as the model gave them
    text: str  # the expressive instruction it was made with
    device: str
    memory_plan: str  # see `Placed.memory_plan`, "" where the editor does not say
    num_steps: int  # done; fewer than asked for where it was kept early
    is_partial: bool


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """How long the parts of one run on a device took, for estimates."""

    model: str
    device: str
    encode_s: float | None  # None where an encoding was reused
    step_s: float | None  # one step of one picture
    peak_bytes: int  # of the device, 0 where unknown


LaneEvent: TypeAlias = (
    StageChanged | InstructionDelta | InstructionReady | StepProgress | EditWarning | Failure | Declined
)
LaneBody: TypeAlias = LaneEvent | PreviewImage | SampleReady | Measurement


@dataclass(frozen=True, kw_only=True)
class LaneReport:
    """Something that happened to an edit in a lane."""

    edit: str  # id
    body: LaneBody
