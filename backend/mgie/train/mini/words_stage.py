"""Teaching the language model to understand requests and to write plans, by the clock.

Most of a step's cost is the picture, and most of what there is to learn is in the words. So of some steps
one sees pictures, and the others only read a description and a request and write what is done: three times
as many requests in the same time. What only a picture can tell (repairs) is learned from pictures alone.

`Sentence`     one example: token ids, from where on they are learned, and perhaps what the tower sees
`Sentences`    examples from the engine, with or without pictures, the same in every run
`train_words`  a generator, one yield per step; a killed run goes on from its newest checkpoint
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from accelerate import Accelerator
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from mgie.model.config import ModelConfig
from mgie.model.networks import Networks
from mgie.model.prompt import prompt_pieces
from mgie.model.tokenizer import Tokenizer
from mgie.model.vision import clip_pixels
from mgie.synth.expressive import decided
from mgie.train.config import OptimizerConfig
from mgie.train.data.frozen import encode_vision
from mgie.train.data.synthetic import SyntheticSource
from mgie.train.engine.steps import Saving, resume, steps
from mgie.train.engine.train_state import TrainState
from mgie.train.mini.clock import ENDLESS, Clock, rate_at

_NUM_WARMUP = 20  # steps over which the rate rises


@dataclass(frozen=True, kw_only=True)
class WordsConfig:
    """How the words are trained."""

    seconds: float  # how long; 0: `num_steps` instead
    num_steps: int = 0
    batch_size: int = 16  # pairs of a step with pictures
    unseen_factor: int = 3  # a step without pictures has this times as many
    seen_every: int = 3  # one step in so many has pictures
    learning_rate: float = 5e-4  # of AdamW, see `clock.rate_at`
    ema_decay: float = 0.99
    save_every: int = 200  # steps between checkpoints
    num_workers: int = 0  # processes that make the examples; 0: none besides the training
    seed: int = 0


class WordsStep(NamedTuple):
    """What one step says."""

    step: int
    loss: float  # per token
    is_seen: bool  # whether it had pictures
    share: float  # of the time used


class Sentence(NamedTuple):
    """One example."""

    ids: list[int]
    num_prompt: int  # everything from here on is learned
    seen: np.ndarray | None  # (S, S, 3) uint8, what the vision tower sees


class Sentences:
    """Examples from the engine."""

    def __init__(self, source: SyntheticSource, model: ModelConfig, tokenizer: Tokenizer) -> None:
        self._source, self._config, self._tokenizer = source, model, tokenizer

    def seen(self, index: int) -> Sentence:
        """Pair `index` as the finished model meets it: picture and request in, plan and visual tokens out."""
        pair = self._source.synthetic(index)
        tokens, vision = self._config.tokens, self._config.vision
        assert tokens is not None
        question = prompt_pieces(self._config, pair.instruction)
        answer = [f" {pair.expressive_instruction} ", *tokens.visual_ids, tokens.eos_id]
        ids = self._tokenizer.encode_pieces([*question, *answer])
        picture = None
        if vision is not None:
            picture = np.asarray(clip_pixels(Image.fromarray(pair.input), vision))
        return Sentence(ids, len(self._tokenizer.encode_pieces(question)), picture)

    def unseen(self, index: int) -> Sentence:
        """Request `index` with a description instead of a picture; what is done is to be written."""
        asked = self._source.asked(index)
        assert self._config.prompt is not None
        question = self._config.prompt.replace("\n{image}", "").replace("{instruction}", asked.request.text)
        given = f"{question} {asked.description}"
        ids = self._tokenizer.encode_pieces([f"{given} {decided(asked.request)}"])
        return Sentence(ids, len(self._tokenizer.encode_pieces([given])), None)


def train_words(
    networks: Networks, sentences: Sentences, config: WordsConfig, accelerator: Accelerator, folder: Path
) -> Iterator[WordsStep]:
    """Train in place; the networks hold their averaged weights when the generator is used up.

    folder: of the checkpoints.
    """
    state = TrainState(
        _Words(networks),
        [{"params": _trained(networks), "base_lr": config.learning_rate}],
        OptimizerConfig(betas=(0.9, 0.98), ema_decay=config.ema_decay),
        accelerator,
    )
    resumed = resume(state, folder)
    clock = Clock(config.seconds)
    clock.resume(resumed.extra)
    saving = Saving(folder=folder, every=config.save_every, keep=1)
    batches = iter(
        DataLoader(
            _Batches(sentences, config),
            sampler=range(resumed.first_step, ENDLESS),
            batch_size=None,
            num_workers=config.num_workers,
            collate_fn=list,
        )
    )
    for step in steps(state, saving, first_step=resumed.first_step, num_steps=ENDLESS, extra=clock.extra):
        share = step / config.num_steps if config.num_steps else clock.share
        if share >= 1:
            break
        is_seen = step % config.seen_every == 0
        with accelerator.autocast():
            loss = state.model(next(batches))
        accelerator.backward(loss)
        state.set_rate(rate_at(share) * min(1.0, (step + 1) / _NUM_WARMUP))
        state.apply_gradients()
        yield WordsStep(step + 1, loss.item(), is_seen, share)
    assert state.ema is not None
    state.ema.settle()
    networks.derive_emb()
    networks.eval()


class _Words(nn.Module):
    """The networks with the loss as their forward pass."""

    def __init__(self, networks: Networks) -> None:
        super().__init__()
        self.networks = networks

    def forward(self, batch: Sequence[Sentence]) -> Tensor:
        """See `words_loss`."""
        return words_loss(self.networks, batch)


def words_loss(networks: Networks, batch: Sequence[Sentence]) -> Tensor:
    """Mean cross entropy of what is to be learned; all of the batch have a picture, or none."""
    model, tokens = networks.language_model, networks.config.tokens
    assert model is not None
    assert tokens is not None
    device = model.lm_head.weight.device
    length = max(len(each.ids) for each in batch)
    ids = torch.full((len(batch), length), tokens.pad_id)
    is_label = torch.zeros(ids.shape, dtype=torch.bool)
    for row, each in enumerate(batch):
        ids[row, : len(each.ids)] = torch.tensor(each.ids)
        is_label[row, each.num_prompt : len(each.ids)] = True
    ids, is_label = ids.to(device), is_label.to(device)
    embeds = model.model.embed_tokens(ids)
    if batch[0].seen is not None:
        starts = (ids == tokens.im_start_id).int().argmax(1) + 1
        assert networks.projector is not None
        features = networks.projector(_features(networks, batch))
        embeds = _spliced(embeds, starts, features.to(embeds.dtype))
    # Padding stands behind everything, where causal attention never looks: no mask is needed.
    states = model.model(inputs_embeds=embeds, use_cache=False).last_hidden_state
    scores = model.lm_head(states[:, :-1][is_label[:, 1:]]).float()
    return F.cross_entropy(scores, ids[:, 1:][is_label[:, 1:]])


@torch.no_grad()
def _features(networks: Networks, batch: Sequence[Sentence]) -> Tensor:
    """Features (B, N, D) of what the tower sees; the tower rests."""
    stacked = torch.from_numpy(np.stack([each.seen for each in batch if each.seen is not None]))
    return encode_vision(networks, stacked.permute(0, 3, 1, 2).to(networks.unet.device))


def _spliced(embeds: Tensor, starts: Tensor, features: Tensor) -> Tensor:
    """Embeddings (B, T, D) with features (B, N, D) in their places."""
    places = starts[:, None] + torch.arange(features.shape[1], device=embeds.device)
    return embeds.scatter(1, places[..., None].expand(-1, -1, embeds.shape[2]), features)


def _trained(networks: Networks) -> list[nn.Parameter]:
    """What the stage trains: language model and projector."""
    networks.requires_grad_(False)
    for part in (networks.language_model, networks.projector):
        if part is not None:
            part.requires_grad_(True)
    return [weight for weight in networks.parameters() if weight.requires_grad]


class _Batches(Dataset[list[Sentence]]):
    """The examples of every step; each has its own stretch of the source."""

    def __init__(self, sentences: Sentences, config: WordsConfig) -> None:
        self._sentences, self._config = sentences, config

    def __getitem__(self, step: int) -> list[Sentence]:
        config = self._config
        is_seen = step % config.seen_every == 0
        count = config.batch_size * (1 if is_seen else config.unseen_factor)
        first = step * config.batch_size * config.unseen_factor
        make = self._sentences.seen if is_seen else self._sentences.unseen
        return [make(config.seed + index) for index in range(first, first + count)]
