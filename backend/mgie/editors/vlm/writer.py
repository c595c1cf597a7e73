"""`VlmWriter`: a chat vision-language model behind the `Editor` protocol; only `encode` does something."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, NoReturn

import torch
from PIL import Image
from torch import Tensor

from mgie.api.models import Model
from mgie.api.options import Options
from mgie.editors.vlm.config import VlmConfig
from mgie.editors.vlm.token_stream import stream_tokens
from mgie.errors import BadOption
from mgie.model.events import (
    EditWarning,
    Encoding,
    FloatImage,
    InstructionDelta,
    Sampled,
    SampleRequest,
    Step,
)
from mgie.model.expressive import CleanStream
from mgie.model.offload import Placement, memory_guard
from mgie.model.prompt import check_instruction


class VlmWriter:
    """Writes what an instruction means for a picture."""

    def __init__(
        self, config: VlmConfig, model: Any, processor: Any, *, info: Model, placement: Placement
    ) -> None:
        self._config = config
        self._model = model
        self._processor = processor
        self._info = info
        self._placement = placement

    @property
    def info(self) -> Model:
        """The loaded model."""
        return self._info

    def use_less_memory(self) -> bool:
        """Keep less on the device from now on; False when there is nothing left to do."""
        return self._placement.use_less_memory()

    @property
    def overlap_problem(self) -> str:
        """See `Overlapping.overlap_problem`."""
        return self._placement.overlap_problem

    def encode(
        self,
        image: Image.Image,
        instruction: str,
        *,
        expressive_instruction: str | None = None,
        references: Sequence[Image.Image] = (),
    ) -> Generator[InstructionDelta | EditWarning, None, Encoding]:
        """Write the expressive instruction, or take a given one; see `Editor.encode`."""
        return self._placement.beside_painting(self._encode(image, instruction, expressive_instruction))

    @torch.no_grad()
    def _encode(
        self, image: Image.Image, instruction: str, expressive_instruction: str | None
    ) -> Generator[InstructionDelta | EditWarning, None, Encoding]:
        check_instruction(instruction)
        if expressive_instruction is not None:
            text = raw_text = expressive_instruction.strip()
            yield InstructionDelta(text=text)
        else:
            with memory_guard(self._placement.device):
                text, raw_text = yield from self._write(image, instruction)
        return Encoding(
            instruction=instruction,
            expressive_instruction=text,
            raw_text=raw_text,
            is_corrected=expressive_instruction is not None,
        )

    @torch.no_grad()
    def answer(self, text: str, images: Sequence[Image.Image], *, max_new_tokens: int) -> str:
        """What the model says to any words about some pictures, greedy; nothing is cleaned up."""
        with memory_guard(self._placement.device):
            self._placement.enter("encode")
            inputs = self.inputs(images, text)
            return self._decode([*stream_tokens(self._model, inputs, max_new_tokens=max_new_tokens)])

    def inputs(self, images: Sequence[Image.Image], text: str) -> dict[str, Tensor]:
        """What the network reads: pictures and then words, by the model's own chat template."""
        content: list[dict[str, Any]] = [{"type": "image", "image": image.convert("RGB")} for image in images]
        content.append({"type": "text", "text": text})
        inputs = self._processor.apply_chat_template(
            [{"role": "user", "content": content}],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
        )
        moved = inputs.to(self._placement.device)
        return {
            name: tensor.to(self._model.dtype) if tensor.is_floating_point() else tensor
            for name, tensor in moved.items()
        }

    def _write(
        self, image: Image.Image, instruction: str
    ) -> Generator[InstructionDelta, None, tuple[str, str]]:
        self._placement.enter("encode")
        clean = CleanStream()
        answer_ids: list[int] = []
        question = self._config.question.replace("{instruction}", instruction)
        tokens = stream_tokens(
            self._model, self.inputs([image], question), max_new_tokens=self._config.max_new_tokens
        )
        try:
            for token in tokens:
                answer_ids.append(token)
                if piece := clean.push(self._decode(answer_ids)):
                    yield InstructionDelta(text=piece)
        finally:
            tokens.close()
        answer = self._decode(answer_ids)
        if piece := clean.finish(answer):
            yield InstructionDelta(text=piece)
        return clean.text, answer

    def _decode(self, ids: list[int]) -> str:
        return self._processor.tokenizer.decode(ids, skip_special_tokens=True)

    def sample(
        self, requests: Sequence[SampleRequest], options: Options
    ) -> Generator[Step, None, list[Sampled]]:
        """Refused: it paints nothing."""
        self._refuse()

    def preview(self, denoised: Tensor) -> list[FloatImage]:
        """Refused: it paints nothing."""
        self._refuse()

    def decode(self, denoised: Tensor) -> list[FloatImage]:
        """Refused: it paints nothing."""
        self._refuse()

    def round_trip(self, image: Image.Image) -> FloatImage:
        """Refused: it paints nothing."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        name = self.info.id
        raise BadOption(f"{name} only writes; choose it together with a painter, as {name}+PAINTER")
