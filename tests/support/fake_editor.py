"""A scripted editor: real arrays, no networks. How long steps take, and what goes wrong, is an argument.

Its tensors are numpy's: nothing between an editor and its own `preview` looks into them, and a server that
tests start and kill many times starts several times as fast without torch.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import numpy as np
from PIL import Image

from mgie.api.events import Reading
from mgie.api.models import Model
from mgie.api.options import Options, complete_options
from mgie.editors.pix2pix.kind import option_schemas
from mgie.errors import DeviceOutOfMemory, EmptyInstruction
from mgie.model.events import (
    EditWarning,
    Encoding,
    FloatImage,
    InstructionDelta,
    Sampled,
    SampleRequest,
    SamplingOptions,
    Step,
)

if TYPE_CHECKING:
    import torch

FAKE_SAMPLING = SamplingOptions(num_inference_steps=4, guidance_scale=1.0, image_guidance_scale=1.0)
FAKE_DIGEST = "f" * 64
_READINGS = (Reading(text="the sky is darker", probability=0.6), Reading(text="it is night", probability=0.4))


@dataclass(frozen=True, kw_only=True)
class Script:
    """What the editor does."""

    token_s: float = 0.0  # time of one word
    step_s: float = 0.0  # time of one denoising step
    num_oom: int = 0  # how many times sampling runs out of memory
    num_plans: int = 1  # how often the editor can use less of it
    native_size_px: int = 64


@dataclass
class Seen:
    """What was asked of the editor."""

    num_encoded: int = 0
    num_corrected: int = 0
    batch_sizes: list[int] = field(default_factory=list)
    step_times: list[float] = field(default_factory=list)  # monotonic seconds of every step
    num_frugal: int = 0
    num_closed: int = 0


class FakeEditor:
    """Writes a few words about the instruction, then brightens the picture a little more at every step.

    An instruction with "fail" in it fails while it is read; one with "crash" raises something unforeseen; one
    with "kill" kills the process; one with "decline" is declined; one with "unsure" may mean two things.
    """

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self.seen = Seen()
        self._num_oom = self.script.num_oom

    @property
    def info(self) -> Model:
        return Model(
            name="models/fake",
            kind="mgie",
            digest=FAKE_DIGEST,
            native_size_px=self.script.native_size_px,
            options=option_schemas(FAKE_SAMPLING),
            license="Apache-2.0",
        )

    def encode(
        self,
        image: Image.Image,
        instruction: str,
        *,
        expressive_instruction: str | None = None,
        references: Sequence[Image.Image] = (),
    ) -> Generator[InstructionDelta | EditWarning, None, Encoding]:
        if "fail" in instruction:
            raise EmptyInstruction("this instruction fails on purpose")
        if "crash" in instruction:
            raise ZeroDivisionError("a secret that clients must not see")
        if "kill" in instruction:
            time.sleep(0.3)  # what was reported so far is on the disk by then
            os.kill(os.getpid(), signal.SIGKILL)
        self.seen.num_encoded += 1
        self.seen.num_corrected += expressive_instruction is not None
        text = expressive_instruction or f"the picture would be like: {instruction}"
        pieces = [text] if expressive_instruction else [f"{word} " for word in text.split(" ")]
        for piece in pieces:
            time.sleep(self.script.token_s)
            yield InstructionDelta(text=piece)
        warning = None
        if "warn" in instruction:
            warning = EditWarning(reason="VISUAL_TOKENS_FALLBACK", message="worded too vaguely")
            yield warning
        return Encoding(
            instruction=instruction,
            expressive_instruction="".join(pieces),
            raw_text=text,
            is_corrected=expressive_instruction is not None,
            warning=warning,
            readings=_READINGS if "unsure" in instruction else (),
            declined="This model cannot do that." if "decline" in text else "",
            suggestions=("make it brighter",) if "decline" in text else (),
        )

    def sample(
        self, requests: Sequence[SampleRequest], options: Options
    ) -> Generator[Step, None, list[Sampled]]:
        if self._num_oom:
            self._num_oom -= 1
            raise DeviceOutOfMemory("the fake device is full")
        self.seen.batch_sizes.append(len(requests))
        num_steps = cast("int", complete_options(self.info.options, options)["num_inference_steps"])
        before = np.stack([_pixels(request.image) for request in requests])
        goals = np.array([_brightness(request) for request in requests], np.float32).reshape(-1, 1, 1, 1)
        denoised = before
        try:
            for index in range(1, num_steps + 1):
                time.sleep(self.script.step_s)
                self.seen.step_times.append(time.monotonic())
                denoised = (before + goals * index / num_steps).clip(0, 1)
                yield Step(index=index, num_steps=num_steps, denoised=_tensor(denoised))
        except GeneratorExit:
            self.seen.num_closed += 1
            raise
        return [
            Sampled(image, self.round_trip(request.image))
            for image, request in zip(self.decode(_tensor(denoised)), requests, strict=True)
        ]

    def preview(self, denoised: torch.Tensor) -> list[FloatImage]:
        return [np.ascontiguousarray(image[::4, ::4]) for image in _array(denoised)]

    def decode(self, denoised: torch.Tensor) -> list[FloatImage]:
        return [image.copy() for image in _array(denoised)]

    def round_trip(self, image: Image.Image) -> FloatImage:
        return _pixels(image)

    @property
    def memory_plan(self) -> str:
        return f"the fake plan after {min(self.seen.num_frugal, self.script.num_plans)} steps down"

    @property
    def notices(self) -> tuple[str, ...]:
        return ()

    @property
    def overlap_problem(self) -> str:
        return ""

    def use_less_memory(self) -> bool:
        self.seen.num_frugal += 1
        return self.seen.num_frugal <= self.script.num_plans


def _tensor(array: FloatImage) -> torch.Tensor:
    return cast("torch.Tensor", array)


def _array(tensor: torch.Tensor) -> FloatImage:
    return cast("FloatImage", tensor)


def _pixels(image: Image.Image) -> FloatImage:
    return np.asarray(image, np.float32) / 255.0


def _brightness(request: SampleRequest) -> float:
    """0.05..0.25, decided by seed and words."""
    text = f"{request.seed}/{request.encoding.expressive_instruction}"
    return 0.05 + hashlib.sha256(text.encode()).digest()[0] / 255 * 0.2
