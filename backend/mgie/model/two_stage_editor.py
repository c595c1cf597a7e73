"""Two models as one editor: the first writes the expressive instruction, the second paints what it says.

With MGIE's language model and an InsPix2Pix these are the ablations FZ and FT (MGIE, Table 3): the text goes
to the painter as words, in place of visual tokens and edit head. In FZ the painter is frozen as published, in
FT it was trained on such texts.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mgie.api.models import Model, join
from mgie.api.options import Options
from mgie.model.events import (
    Editor,
    EditWarning,
    Encoding,
    FloatImage,
    InstructionDelta,
    Overlapping,
    Placed,
    Sampled,
    SampleRequest,
    Step,
)

if TYPE_CHECKING:  # so that two models can be described together without loading torch
    from PIL import Image
    from torch import Tensor


class TwoStageEditor:
    """An `Editor` whose `encode` is the writer's and then the painter's; everything else is the painter's."""

    def __init__(self, writer: Editor, painter: Editor) -> None:
        """Raises BadOption unless the two go together; see `mgie.api.models.join`."""
        self._writer = writer
        self._painter = painter
        self._info = join(writer.info, painter.info)

    @property
    def info(self) -> Model:
        """Both models: the writer's kind, the painter's size and options."""
        return self._info

    def encode(
        self,
        image: Image.Image,
        instruction: str,
        *,
        expressive_instruction: str | None = None,
        references: Sequence[Image.Image] = (),
    ) -> Generator[InstructionDelta | EditWarning, None, Encoding]:
        """Write the expressive instruction, or take a given one, and embed it for the painter.

        Where the writer finds nothing to say, the painter gets the instruction itself.
        """
        written = None
        if expressive_instruction is None:
            written = yield from self._writer.encode(image, instruction)
            if written.declined:
                return written
            text = written.expressive_instruction
        else:
            text = expressive_instruction.strip()
            yield InstructionDelta(text=text)
        painted = yield from self._painter.encode(image, text or instruction, references=references)
        return replace(
            painted,
            instruction=instruction,
            expressive_instruction=text,
            raw_text=written.raw_text if written else text,
            is_corrected=written is None,
            warning=written.warning if written else None,
            readings=written.readings if written else (),
        )

    def sample(
        self, requests: Sequence[SampleRequest], options: Options
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

    @property
    def memory_plan(self) -> str:
        """See `Placed.memory_plan`."""
        return "; ".join(editor.memory_plan for editor in self._placed)

    @property
    def notices(self) -> tuple[str, ...]:
        """See `Placed.notices`."""
        return tuple(notice for editor in self._placed for notice in editor.notices)

    @property
    def overlap_problem(self) -> str:
        """See `Overlapping.overlap_problem`."""
        for editor in (self._writer, self._painter):
            if not isinstance(editor, Overlapping):
                return f"{editor.info.id} does not say whether its halves can"
            if editor.overlap_problem:
                return f"{editor.info.id}: {editor.overlap_problem}"
        return ""

    @property
    def _placed(self) -> list[Placed]:
        return [editor for editor in (self._writer, self._painter) if isinstance(editor, Placed)]

    def round_trip(self, image: Image.Image) -> FloatImage:
        """The picture through the painter's encoder and decoder."""
        return self._painter.round_trip(image)
