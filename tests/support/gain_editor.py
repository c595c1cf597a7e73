"""A small real editor that brightens: for tests of what happens around a model."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from mgie.api.models import Model
from mgie.api.options import Options, complete_options
from mgie.editors.pix2pix.kind import option_schemas
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
from mgie.model.presets import TINY
from mgie.weights.checkpoint import save_model
from support import tiny


class GainEditor:
    """Multiplies by 1.2 plus a little that depends on the seed; its words are the instruction backwards."""

    def __init__(self, *, digest: str = "ab" * 32) -> None:
        self._info = Model(
            name="models/gain",
            kind="mgie",
            digest=digest,
            native_size_px=64,
            options=option_schemas(SamplingOptions(num_inference_steps=3)),
            license="Apache-2.0",
        )
        self.num_encodings = 0

    @property
    def info(self) -> Model:
        return self._info

    def encode(
        self,
        image: Image.Image,
        instruction: str,
        *,
        expressive_instruction: str | None = None,
        references: Sequence[Image.Image] = (),
    ) -> Generator[InstructionDelta | EditWarning, None, Encoding]:
        self.num_encodings += 1
        text = expressive_instruction or instruction[::-1]
        yield InstructionDelta(text=text)
        yield EditWarning(reason="TEST", message="only a test")
        return Encoding(
            instruction=instruction,
            expressive_instruction=text,
            raw_text=text,
            is_corrected=expressive_instruction is not None,
        )

    def sample(
        self, requests: Sequence[SampleRequest], options: Options
    ) -> Generator[Step, None, list[Sampled]]:
        num_steps = complete_options(self.info.options, options)["num_inference_steps"]
        for index in range(1, num_steps + 1):
            yield Step(index=index, num_steps=num_steps, denoised=torch.zeros(1, 4, 8, 8))
        return [self._sampled(request) for request in requests]

    def preview(self, denoised: torch.Tensor) -> list[FloatImage]:
        return self.decode(denoised)

    def decode(self, denoised: torch.Tensor) -> list[FloatImage]:
        return [np.zeros((64, 64, 3), np.float32) for _ in denoised]

    def _sampled(self, request: SampleRequest) -> Sampled:
        shown = (np.asarray(request.image, np.float32) / np.float32(255)).astype(np.float32)
        gain = np.float32(1.2 + 0.01 * (request.seed % 10))
        return Sampled(image=np.clip(shown * gain, 0, 1), round_trip=shown)


class AlphaEditor(GainEditor):
    """Its results are transparent at the left, opaque at the right, and half of both between."""

    def _sampled(self, request: SampleRequest) -> Sampled:
        sampled = super()._sampled(request)
        height, width = sampled.image.shape[:2]
        ramp = np.clip(np.linspace(-1, 2, width, dtype=np.float32), 0, 1)
        return sampled._replace(alpha=np.tile(ramp, (height, 1)))


def save_tiny_model(folder: Path) -> Path:
    """A model folder that `mgie edit --model` can load."""
    save_model(
        folder,
        TINY,
        tiny.tiny_networks(),
        tokenizer_files=[tiny.TOKENIZER_FILE],
        name="tiny",
        license="Apache-2.0",
        source="a test",
    )
    return folder
