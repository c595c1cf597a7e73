"""MGIE, LGIE and InsPix2Pix behind the `Editor` protocol, and `run_edit`, a whole edit as one generator."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Literal

import torch
from PIL import Image
from torch import Tensor

from mgie.api.models import Model
from mgie.api.options import Options
from mgie.errors import BadOption
from mgie.model.config import ModelConfig
from mgie.model.diffusion_editor import DiffusionEditor, make_ready
from mgie.model.events import (
    EditDone,
    EditEvent,
    Editor,
    EditWarning,
    EncodingReady,
    InstructionDelta,
    SampleRequest,
    UNetEncoding,
)
from mgie.model.language_stage import LanguageStage, TextMode
from mgie.model.load_options import PlacementMode, Precision
from mgie.model.networks import Networks
from mgie.model.offload import Placement, cast_weights, memory_guard, place
from mgie.model.plan import declined
from mgie.model.prompt import check_instruction
from mgie.model.quantized import StoredLayers
from mgie.model.text_tokenizer import TextTokenizer
from mgie.model.tokenizer import Tokenizer

_FALLBACK = EditWarning(
    reason="VISUAL_TOKENS_FALLBACK",
    message="The language model did not finish its answer, so the edit may not follow the instruction; "
    "word it differently or correct the text.",
)


class MgieEditor(DiffusionEditor):
    """A language model that sees the picture writes what the instruction means; its states guide the UNet."""

    def __init__(
        self,
        config: ModelConfig,
        networks: Networks,
        tokenizer: Tokenizer,
        *,
        info: Model,
        placement: Placement,
        text_mode: TextMode = "guarded",
        precisions: Sequence[Precision] = (),
        stored: StoredLayers | None = None,
    ) -> None:
        super().__init__(
            config, networks, info=info, placement=placement, precisions=precisions, stored=stored
        )
        self._language = LanguageStage(
            config, networks, tokenizer, placement, text_mode=text_mode, graphs=self._new_graphs()
        )

    def use_less_memory(self) -> bool:
        """See `Editor.use_less_memory`."""
        self._language.forget()
        return super().use_less_memory()

    def encode(
        self,
        image: Image.Image,
        instruction: str,
        *,
        expressive_instruction: str | None = None,
        references: Sequence[Image.Image] = (),
    ) -> Generator[InstructionDelta | EditWarning, None, UNetEncoding]:
        """Write the expressive instruction, or read a given one, and make edit embeddings; see `Editor`."""
        return self._placement.beside_painting(self._encode(image, instruction, expressive_instruction))

    @torch.no_grad()
    def _encode(
        self, image: Image.Image, instruction: str, expressive_instruction: str | None
    ) -> Generator[InstructionDelta | EditWarning, None, UNetEncoding]:
        check_instruction(instruction)
        with memory_guard(self._placement.device):
            self._placement.enter("encode")
            if expressive_instruction is None:
                answer = yield from self._language.write(image, instruction)
            else:
                answer = self._language.read(image, instruction, expressive_instruction)
                yield InstructionDelta(text=answer.text)
            if answer.is_fallback:
                yield _FALLBACK
            self._placement.enter("encode")  # another edit may have painted since the last piece
            areas, embeds = self._language.edit_embeds(answer.visual_tokens, answer.text)
            return UNetEncoding(
                instruction=instruction,
                expressive_instruction=answer.text,
                raw_text=answer.raw_text,
                edit_embeds=_kept(embeds),
                areas=areas,
                negative_embeds=_kept(self._language.negative_embeds),
                visual_tokens=_kept(answer.visual_tokens),
                is_corrected=expressive_instruction is not None,
                warning=_FALLBACK if answer.is_fallback else None,
                readings=answer.readings,
                declined=declined(answer.text, self._config.plan),
                suggestions=self._suggestions(answer.text),
            )

    def _suggestions(self, text: str) -> tuple[str, ...]:
        """What can be asked for instead of what is declined."""
        plan = self._config.plan
        return plan.suggestions if plan is not None and declined(text, plan) else ()


class LgieEditor(MgieEditor):
    """The baseline whose language model reads the instruction only; everything else is MGIE's."""


class InsPix2PixEditor(DiffusionEditor):
    """The baseline whose UNet attends to the CLIP text embedding of the instruction itself."""

    def __init__(
        self,
        config: ModelConfig,
        networks: Networks,
        tokenizer: TextTokenizer,
        *,
        info: Model,
        placement: Placement,
    ) -> None:
        super().__init__(config, networks, info=info, placement=placement)
        assert networks.text_encoder is not None
        self._text_encoder = networks.text_encoder
        self._tokenizer = tokenizer

    def encode(
        self,
        image: Image.Image,
        instruction: str,
        *,
        expressive_instruction: str | None = None,
        references: Sequence[Image.Image] = (),
    ) -> Generator[InstructionDelta | EditWarning, None, UNetEncoding]:
        """Embed the instruction; this editor writes no text of its own and takes none."""
        return self._placement.beside_painting(self._encode(instruction, expressive_instruction))

    @torch.no_grad()
    def _encode(
        self, instruction: str, expressive_instruction: str | None
    ) -> Generator[InstructionDelta | EditWarning, None, UNetEncoding]:
        check_instruction(instruction)
        if expressive_instruction is not None:
            raise BadOption(f"{self.info.id} writes no expressive instruction, so there is none to correct")
        yield from ()  # a generator like the others, although it writes nothing
        with memory_guard(self._placement.device):
            self._placement.enter("encode")
            return UNetEncoding(
                instruction=instruction,
                expressive_instruction="",
                raw_text="",
                edit_embeds=_kept(self._embed(instruction)),
                negative_embeds=_kept(self._embed("")),
                visual_tokens=None,
            )

    def _embed(self, text: str) -> Tensor:
        ids = torch.tensor([self._tokenizer.encode(text)], device=self._placement.device)
        return self._text_encoder(input_ids=ids).last_hidden_state


def make_editor(
    config: ModelConfig,
    networks: Networks,
    tokenizer: Tokenizer | TextTokenizer,
    *,
    info: Model,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    placement: PlacementMode | Literal["auto"] = "auto",
    tiles_pictures: bool = False,
    precisions: Sequence[Precision] = (),
    stored: StoredLayers | None = None,
    text_mode: TextMode = "guarded",
) -> Editor:
    """The editor of a model's kind, its networks cast to `dtype` and placed on `device`.

    tiles_pictures: encode and decode pictures beyond the native size tile by tile. precisions, stored:
    see `DiffusionEditor`.
    """
    device = torch.device(device)
    cast_weights(networks, dtype)
    if tiles_pictures:
        networks.vae.enable_tiling()
    make_ready(networks, device)
    placed = place(networks.halves, device, placement)
    if config.kind == "insp2p":
        assert not isinstance(tokenizer, Tokenizer)
        return InsPix2PixEditor(config, networks, tokenizer, info=info, placement=placed)
    assert isinstance(tokenizer, Tokenizer)
    editor = MgieEditor if config.kind == "mgie" else LgieEditor
    return editor(
        config,
        networks,
        tokenizer,
        info=info,
        placement=placed,
        text_mode=text_mode,
        precisions=precisions,
        stored=stored,
    )


def run_edit(
    editor: Editor,
    image: Image.Image,
    instruction: str,
    *,
    seed: int,
    options: Options | None = None,
    expressive_instruction: str | None = None,
) -> Generator[EditEvent]:
    """One edit from instruction to picture, as a generator of events; closing it cancels.

    options: those that differ from the model's own. A declined request ends with `EncodingReady`.
    """
    encoding = yield from editor.encode(image, instruction, expressive_instruction=expressive_instruction)
    yield EncodingReady(encoding=encoding)
    if encoding.declined:
        return
    request = SampleRequest(image=image, encoding=encoding, seed=seed)
    (sampled,) = yield from editor.sample([request], options or {})
    yield EditDone(encoding=encoding, sampled=sampled, seed=seed)


def _kept(tensor: Tensor) -> Tensor:
    """As an `Encoding` carries it: float32, on the CPU, so that it outlives the device."""
    return tensor.float().cpu()
