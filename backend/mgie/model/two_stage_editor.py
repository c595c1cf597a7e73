"""Two models as one editor: the first writes the expressive instruction, an InsPix2Pix paints what it says.

The ablations FZ and FT (MGIE, Table 3): the text of a trained language model goes to an InsPix2Pix as words,
in place of visual tokens and edit head. In FZ the painter is frozen as published, in FT it was trained on
such texts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from dataclasses import replace

from PIL import Image
from torch import Tensor

from mgie.errors import BadOption
from mgie.model.events import (
    Editor,
    EditWarning,
    Encoding,
    FloatImage,
    InstructionDelta,
    ModelInfo,
    Sampled,
    SampleRequest,
    SamplingOptions,
    Step,
)


class ComposedEditor:
    """An `Editor` whose `encode` is the writer's and then the painter's; everything else is the painter's."""

    def __init__(self, writer: Editor, painter: Editor) -> None:
        """writer: of kind mgie or lgie. painter: of kind insp2p."""
        if writer.info.kind == "insp2p" or painter.info.kind != "insp2p":
            raise BadOption(
                f"{writer.info.name} is of kind {writer.info.kind} and {painter.info.name} of kind "
                f"{painter.info.kind}; compose a writer (mgie or lgie) and a painter (insp2p), in this order"
            )
        self._writer = writer
        self._painter = painter
        self._info = _joined(writer.info, painter.info)

    @property
    def info(self) -> ModelInfo:
        """Both models: the writer's kind, the painter's size and sampling."""
        return self._info

    def encode(
        self, image: Image.Image, instruction: str, *, expressive_instruction: str | None = None
    ) -> Generator[InstructionDelta | EditWarning, None, Encoding]:
        """Write the expressive instruction, or take a given one, and embed it for the painter.

        Where the writer finds nothing to say, the painter gets the instruction itself.
        """
        written = None
        if expressive_instruction is None:
            written = yield from self._writer.encode(image, instruction)
            text = written.expressive_instruction
        else:
            text = expressive_instruction.strip()
            yield InstructionDelta(text=text)
        painted = yield from self._painter.encode(image, text or instruction)
        return replace(
            painted,
            instruction=instruction,
            expressive_instruction=text,
            raw_text=written.raw_text if written else text,
            is_corrected=written is None,
            warning=written.warning if written else None,
        )

    def sample(
        self, requests: Sequence[SampleRequest], options: SamplingOptions
    ) -> Generator[Step, None, list[Sampled]]:
        """Denoise all requests as one batch."""
        return self._painter.sample(requests, options)

    def preview(self, denoised: Tensor) -> list[FloatImage]:
        """Cheap pictures of predicted clean latents."""
        return self._painter.preview(denoised)

    def decode(self, denoised: Tensor) -> list[FloatImage]:
        """Full pictures of predicted clean latents."""
        return self._painter.decode(denoised)

    def use_less_memory(self) -> bool:
        """Keep less of both on the device; False when there is nothing left to do."""
        return self._writer.use_less_memory() or self._painter.use_less_memory()

    def round_trip(self, image: Image.Image) -> FloatImage:
        """The picture through the painter's encoder and decoder."""
        return self._painter.round_trip(image)


def _joined(writer: ModelInfo, painter: ModelInfo) -> ModelInfo:
    licenses = sorted({writer.license, painter.license})
    return ModelInfo(
        name=f"{writer.name}+{painter.name}",
        kind=writer.kind,
        digest=hashlib.sha256(f"{writer.digest}+{painter.digest}".encode()).hexdigest(),
        native_size_px=painter.native_size_px,
        default_sampling=painter.default_sampling,
        license=" AND ".join(licenses),
    )
