"""The reading and writing half of MGIE and LGIE: picture and instruction in, visual tokens out."""

from __future__ import annotations

from collections.abc import Generator
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

import torch
from PIL import Image
from torch import Tensor

from mgie.model.config import ModelConfig
from mgie.model.events import InstructionDelta
from mgie.model.expressive import CleanStream, published_clean_up
from mgie.model.generators import drain
from mgie.model.lru_cache import Recent
from mgie.model.mllm import Generated, embed, force, generate, visual_window
from mgie.model.networks import Networks
from mgie.model.offload import Placement
from mgie.model.prompt import answered_ids, prompt_ids
from mgie.model.tokenizer import Tokenizer
from mgie.model.vision import image_features, pixel_values

# "published": markers in the instruction act as tokens, and the clean-up is the published one.
TextMode: TypeAlias = Literal["guarded", "published"]

_NUM_REMEMBERED = 8  # pictures whose features are kept


class Answer(NamedTuple):
    """What the language model made of picture and instruction."""

    text: str  # the expressive instruction
    raw_text: str  # with everything that was cleaned away
    visual_tokens: Tensor  # (1, 8, D)
    is_fallback: bool = False  # the model wrote no complete row of visual tokens


class LanguageStage:
    """Runs vision tower, projector, language model and edit head of one model."""

    def __init__(
        self,
        config: ModelConfig,
        networks: Networks,
        tokenizer: Tokenizer,
        placement: Placement,
        *,
        text_mode: TextMode = "guarded",
    ) -> None:
        assert config.language is not None
        assert config.tokens is not None
        assert networks.language_model is not None
        assert networks.edit_head is not None
        self._config = config
        self._language, self._tokens = config.language, config.tokens
        self._networks = networks
        self._model, self._edit_head = networks.language_model, networks.edit_head
        self._tokenizer = tokenizer
        self._placement = placement
        self._text_mode = text_mode
        self._image_embeds: Recent[Tensor] = Recent(_NUM_REMEMBERED)

    def write(self, image: Image.Image, instruction: str) -> Generator[InstructionDelta, None, Answer]:
        """Let the model write the expressive instruction, yielding it piece by piece."""
        ids = prompt_ids(
            self._tokenizer, self._config, instruction, markers_act=self._text_mode == "published"
        )
        embeds = self._embed(ids, image)
        decoding = generate(self._model, embeds, ids, self._language, self._tokens)
        if self._text_mode == "published":
            generated = drain(decoding)
            text = published_clean_up(self._tokenizer.decode(generated.ids))
            yield InstructionDelta(text=text)
        else:
            generated, text = yield from self._stream(decoding)
        window = visual_window(generated, self._tokens)
        states = generated.hidden_states[window.start :][: self._tokens.num_visual_tokens]
        raw_text = self._tokenizer.decode(generated.answer_ids)
        return Answer(text, raw_text, states[None], window.is_fallback)

    def read(self, image: Image.Image, instruction: str, expressive_instruction: str) -> Answer:
        """Force a given expressive instruction through the model in one pass."""
        text = expressive_instruction.strip()
        ids = answered_ids(self._tokenizer, self._config, instruction, text)
        visual_tokens = force(self._model, self._embed(ids, image), self._tokens)
        return Answer(text, text, visual_tokens[None])

    def edit_embeds(self, visual_tokens: Tensor) -> Tensor:
        """What the UNet attends to, (B, 77, C), of visual tokens (B, 8, D)."""
        assert self._networks.emb is not None
        return self._edit_head(visual_tokens, self._networks.emb.to(visual_tokens))

    @cached_property
    def negative_embeds(self) -> Tensor:
        """(1, 77, C): the edit head's answer to no visual tokens at all, the same for every edit."""
        dtype = self._edit_head.query.dtype
        shape = (1, self._tokens.num_visual_tokens, self._language.hidden_size)
        return self.edit_embeds(torch.zeros(shape, dtype=dtype, device=self._placement.device))

    def _stream(
        self, decoding: Generator[int, None, Generated]
    ) -> Generator[InstructionDelta, None, tuple[Generated, str]]:
        answer_ids: list[int] = []
        clean = CleanStream()
        while True:
            try:
                answer_ids.append(next(decoding))
            except StopIteration as stop:
                generated: Generated = stop.value
                break
            if piece := clean.push(self._tokenizer.decode(answer_ids)):
                yield InstructionDelta(text=piece)
                self._placement.enter("encode")  # another edit may have painted meanwhile
        if piece := clean.finish(self._tokenizer.decode(answer_ids)):
            yield InstructionDelta(text=piece)
        return generated, clean.text

    def _embed(self, ids: list[int], image: Image.Image) -> Tensor:
        features = None
        if self._networks.vision_tower is not None:
            features = self._image_embeds.get(image, lambda: self._see(image))
        return embed(self._model, ids, features, self._tokens, device=self._placement.device)

    def _see(self, image: Image.Image) -> Tensor:
        """Projected features (N, D) of a picture."""
        tower, projector, vision = self._networks.vision_tower, self._networks.projector, self._config.vision
        assert tower is not None
        assert projector is not None
        assert vision is not None
        pixels = pixel_values(image.convert("RGB"), vision)[None]
        features = image_features(tower, pixels.to(self._placement.device, tower.dtype), vision)
        return projector(features)[0]
