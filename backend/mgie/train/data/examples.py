"""From a place in the stream to a batch: read, tokenise, resize, draw, and put together.

`ExampleSet` is what torch's data loading processes index; `Collator` joins the examples of a batch.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from mgie.model.config import ModelConfig
from mgie.model.tokenizer import Tokenizer
from mgie.model.vision import clip_pixels
from mgie.train.config import PicturesConfig, TextConfig
from mgie.train.data.batch import Batch, TextBatch
from mgie.train.data.noise import Draws, draw, stack
from mgie.train.data.order import Place
from mgie.train.data.pairs import EditPair, Fetched, PairSource, fetch
from mgie.train.data.pictures import channels_first, resize, square
from mgie.train.data.texts import TrainingText, training_text, window_start, without_expressive

log = logging.getLogger(__name__)

EncodePrompt = Callable[[str], list[int]]  # ids for the CLIP text encoder, of fixed length


class Pixels(NamedTuple):
    """Both pictures of a pair, at the sizes the networks take, or what frozen networks made of them."""

    vision_pixels: Tensor | None = None  # (3, S, S) uint8, what the vision tower sees
    image_features: Tensor | None = None  # (P, D), its output
    both: Tensor | None = None  # (2, 3, H, W) uint8, input and goal
    image_latents: Tensor | None = None  # (4, h, w) float32, posterior mean of the input, unscaled
    goal_mean: Tensor | None = None  # (4, h, w) float32, posterior mean of the goal, unscaled
    goal_std: Tensor | None = None  # (4, h, w) float32, posterior standard deviation of the goal


class Example(NamedTuple):
    """One pair, ready to be joined to a batch."""

    text: TrainingText | None
    prompt_ids: list[int] | None
    pixels: Pixels


class ExampleSource(Protocol):
    """Where examples come from: made from pairs, or read from a cache."""

    def __len__(self) -> int:
        """Number of pairs."""
        ...

    def __getitem__(self, index: int) -> Example:
        """Example `index`. Raises `BadPair`."""
        ...


class Drawn(NamedTuple):
    """An example with its draws and the messages of pairs that had to be skipped for it."""

    example: Example
    draws: Draws
    bad: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ExampleMaker:
    """Turns pairs into examples for one model."""

    model: ModelConfig
    pictures: PicturesConfig
    text: TextConfig
    tokenizer: Tokenizer | None = None  # MGIE, LGIE
    encode_prompt: EncodePrompt | None = None  # InsPix2Pix

    def __call__(self, pair: EditPair) -> Example:
        """Tokenise and resize one pair. Raises `BadPair`."""
        return self.joined(pair.instruction, pair.expressive_instruction, self.pixels(pair))

    def joined(self, instruction: str, expressive_instruction: str, pixels: Pixels) -> Example:
        """An example of texts and ready pixels."""
        text, prompt_ids = None, None
        if self.tokenizer is not None:
            text = training_text(self.tokenizer, self.model, self.text, instruction, expressive_instruction)
        if self.encode_prompt is not None:
            is_expressive = self.text.conditioning == "expressive"
            if is_expressive and not expressive_instruction.strip():
                raise without_expressive(instruction)
            prompt_ids = self.encode_prompt(expressive_instruction if is_expressive else instruction)
        return Example(text, prompt_ids, pixels)

    def pixels(self, pair: EditPair) -> Pixels:
        """Both pictures at the networks' sizes."""
        image, goal = (square(pixels, self.pictures.intermediate_px) for pixels in (pair.image, pair.goal))
        both = [channels_first(resize(picture, self.pictures.size_px)) for picture in (image, goal)]
        vision = None
        if self.model.vision is not None:
            vision = torch.from_numpy(channels_first(clip_pixels(image, self.model.vision)))
        return Pixels(vision_pixels=vision, both=torch.from_numpy(np.stack(both)))

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Of one picture's latents."""
        side = self.pictures.size_px // self.model.vae.scale_factor
        return (self.model.vae.latent_channels, side, side)


class MadeExamples:
    """Examples made from pairs on the way."""

    def __init__(self, source: PairSource, maker: ExampleMaker) -> None:
        self._source, self._maker = source, maker

    def __len__(self) -> int:
        """Pairs of the source."""
        return len(self._source)

    def __getitem__(self, index: int) -> Example:
        """Read and prepare one pair."""
        return self._maker(self._source[index])


class ExampleSet(Dataset[Drawn]):
    """Indexed by places of the stream."""

    def __init__(self, source: ExampleSource, maker: ExampleMaker, *, seed: int) -> None:
        self._source, self._seed = source, seed
        self._latent_shape = maker.latent_shape
        self._num_timesteps = maker.model.scheduler.num_train_timesteps

    def __len__(self) -> int:
        """Pairs of the source."""
        return len(self._source)

    def __getitem__(self, place: Place) -> Drawn:
        """The example at a place; a bad pair is replaced by the next good one."""
        found: Fetched[Example] = fetch(self._source.__getitem__, place.item, len(self._source))
        draws = draw(self._seed, place.position, self._latent_shape, self._num_timesteps)
        return Drawn(found.item, draws, found.bad)


class Collator:
    """Joins examples to a batch."""

    def __init__(self, maker: ExampleMaker) -> None:
        self._model, self._encode_prompt = maker.model, maker.encode_prompt

    def __call__(self, drawn: Sequence[Drawn]) -> Batch:
        """A batch on the CPU. Bad pairs are logged here, in the process that met them."""
        bad = [message for item in drawn for message in item.bad]
        for message in bad:
            log.warning("pair skipped error=%s", message)
        examples = [item.example for item in drawn]
        pixels = Pixels(*map(_stacked, zip(*(example.pixels for example in examples), strict=True)))
        texts = [example.text for example in examples if example.text is not None]
        return Batch(
            draws=stack([item.draws for item in drawn]),
            text=self._text_batch(texts) if texts else None,
            prompt_ids=self._prompt_batch([example.prompt_ids for example in examples]),
            vision_pixels=pixels.vision_pixels,
            image_features=pixels.image_features,
            pixels=None if pixels.both is None else pixels.both.transpose(0, 1).contiguous(),
            image_latents=pixels.image_latents,
            goal_mean=pixels.goal_mean,
            goal_std=pixels.goal_std,
            num_bad=torch.tensor(len(bad)),
        )

    def _text_batch(self, texts: Sequence[TrainingText]) -> TextBatch:
        tokens = self._model.tokens
        assert tokens is not None
        length = max(len(text.ids) for text in texts)
        input_ids = torch.full((len(texts), length), tokens.pad_id)
        for row, text in zip(input_ids, texts, strict=True):
            row[: len(text.ids)] = torch.tensor(text.ids)
        labels = [(i, k) for i, text in enumerate(texts) for k in range(text.num_prompt, len(text.ids))]
        is_start = tokens.im_start_id
        has_image = self._model.vision is not None
        return TextBatch(
            input_ids=input_ids,
            attention_mask=input_ids != tokens.pad_id,  # as published: <unk> inside a text is masked too
            image_start=torch.tensor([text.ids.index(is_start) + 1 if has_image else 0 for text in texts]),
            label_places=torch.tensor([i * length + k - 1 for i, k in labels], dtype=torch.int64),
            label_ids=torch.tensor([texts[i].ids[k] for i, k in labels], dtype=torch.int64),
            window_start=torch.tensor([window_start(text, self._model, length) for text in texts]),
        )

    def _prompt_batch(self, prompts: Sequence[list[int] | None]) -> Tensor | None:
        """Ids of every instruction and, last, of the empty one, whose states are the null condition."""
        if self._encode_prompt is None:
            return None
        return torch.tensor([*prompts, self._encode_prompt("")])


def _stacked(values: Sequence[Tensor | None]) -> Tensor | None:
    """One tensor, or None when the batch has none of them."""
    present = [value for value in values if value is not None]
    if not present:
        return None
    if len(present) != len(values):
        raise ValueError("a batch mixes examples with and without tensors computed ahead")
    return torch.stack(present)
