"""Training the reader of requests: from words alone, in minutes on a CPU.

`with_reader`   a configuration whose model has a reader
`train_reader`  a generator, one yield per round over the requests
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from mgie.model.config import ModelConfig, ReaderConfig, SentenceEncoderConfig
from mgie.model.reader import Features, RequestReader, buckets_of
from mgie.synth import decisions
from mgie.synth.asking import Request
from mgie.synth.expressive import STRENGTH_WORDS
from mgie.synth.locals import REGIONS
from mgie.train.mini.clock import rate_at

_BUCKETS_BESIDE_ENCODER = 32768  # of the hashed features


@dataclass(frozen=True, kw_only=True)
class ReaderTraining:
    """How the reader is trained."""

    num_requests: int = 90_000  # per round; every round has new ones
    num_rounds: int = 3
    batch_size: int = 128
    learning_rate: float = 2e-2  # of Adam and the hashed features, see `clock.rate_at`
    head_rate: float = 2e-3  # of all else where there is an encoder
    encoder_rate: float = 6e-4  # of the encoder, which knows much already
    num_sorted: int = 32  # batches that are sorted by length together, so that little is padding
    forgotten: float = 0.1  # share of the pieces of words that are hidden from the encoder
    smoothing: float = 0.05  # share of every label that is spread over all others
    thinned: float = 0.7  # share of the requests of which some features are left out
    most_left_out: float = 0.3  # share of their features, at most
    seed: int = 0


class RequestSource(Protocol):
    """Requests by number."""

    def request(self, index: int) -> Request:
        """Request `index`."""
        ...


class Round(NamedTuple):
    """What one round over the requests says."""

    number: int
    loss: float  # of the last batch
    accuracy: float  # of the decision, on what is trained on


class _Batch(NamedTuple):
    features: Features
    labels: Tensor  # (B, 4)
    wishes: Tensor  # (B, decisions), 1 where a decision is one of those asked for


def with_reader(config: ModelConfig, encoder: SentenceEncoderConfig | None = None) -> ModelConfig:
    """The same model with a reader for everything that the engine asks for."""
    names = decisions.names()
    return replace(
        config,
        reader=ReaderConfig(
            decisions=tuple(decisions.texts()),
            declined=names.index(decisions.REFUSED),
            several=names.index(decisions.SEVERAL),
            strengths=tuple(STRENGTH_WORDS.values()),
            regions=("", *REGIONS.values()),
            num_buckets=ReaderConfig.num_buckets if encoder is None else _BUCKETS_BESIDE_ENCODER,
            encoder=encoder,
        ),
    )


def train_reader(reader: RequestReader, source: RequestSource, config: ReaderTraining) -> Iterator[Round]:
    """Train in place."""
    with torch.no_grad():
        reader.features.weight.normal_(std=0.05, generator=torch.Generator().manual_seed(config.seed))
    reader.train().requires_grad_(True)
    optimizer = torch.optim.Adam(_rates(reader, config))
    highest = [group["lr"] for group in optimizer.param_groups]
    num_batches = config.num_requests // config.batch_size
    generator = np.random.default_rng(config.seed)
    for number in range(config.num_rounds):
        num_right, loss = 0, torch.zeros(())
        batches = _batches(reader, source, config, generator, number * num_batches, num_batches)
        for index, batch in enumerate(batches):
            with torch.autocast("cpu", torch.bfloat16, enabled=reader.encoder is not None):
                scores = reader(batch.features)
            loss = reader_loss(scores, batch, config.smoothing)
            share = (number + index / num_batches) / config.num_rounds
            for group, rate in zip(optimizer.param_groups, highest, strict=True):
                group["lr"] = rate * rate_at(share)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            num_right += int((scores[0].argmax(1) == batch.labels[:, 0]).sum())
        yield Round(number + 1, loss.item(), num_right / (num_batches * config.batch_size))
    reader.eval().requires_grad_(False)


def reader_loss(scores: tuple[Tensor, ...], batch: _Batch, smoothing: float) -> Tensor:
    """The loss of one decision, and a third of that of the list of wishes."""
    *one_of_many, wishes = (each.float() for each in scores)
    listed = F.binary_cross_entropy_with_logits(wishes, batch.wishes, reduction="none").sum(1).mean()
    return decision_loss(one_of_many, batch.labels, smoothing) + listed / 3


def decision_loss(scores: Sequence[Tensor], labels: Tensor, smoothing: float) -> Tensor:
    """The decision's cross entropy, and a third of that of strength, region and exception.

    labels: (B, 4).
    """
    decision, *others = (
        F.cross_entropy(each, labels[:, column], label_smoothing=smoothing)
        for column, each in enumerate(scores)
    )
    return decision + torch.stack(others).sum() / 3


def _rates(reader: RequestReader, config: ReaderTraining) -> list[dict[str, Any]]:
    """Parameters and the highest learning rate of each."""
    if reader.encoder is None:
        return [{"params": [*reader.parameters()], "lr": config.learning_rate}]
    heads = [*reader.mixing.parameters(), *reader.heads.parameters()]
    return [
        {"params": [*reader.features.parameters()], "lr": config.learning_rate},
        {"params": heads, "lr": config.head_rate},
        {"params": [*reader.encoder.parameters()], "lr": config.encoder_rate},
    ]


def _batches(
    reader: RequestReader,
    source: RequestSource,
    config: ReaderTraining,
    generator: np.random.Generator,
    first: int,
    count: int,
) -> Iterator[_Batch]:
    """`count` batches from number `first` on; requests of about one length together."""
    for begin in range(0, count, config.num_sorted):
        here = min(config.num_sorted, count - begin)
        place = (first + begin) * config.batch_size
        requests = [source.request(place + each) for each in range(here * config.batch_size)]
        requests.sort(key=lambda request: len(request.text))
        for index in generator.permutation(here):
            yield _batch(
                reader, requests[index * config.batch_size :][: config.batch_size], config, generator
            )


def _batch(
    reader: RequestReader, requests: list[Request], config: ReaderTraining, generator: np.random.Generator
) -> _Batch:
    num_buckets = reader.config.num_buckets
    buckets = [_thinned(buckets_of(each.text, num_buckets), config, generator) for each in requests]
    pieces = None
    if reader.encoder is not None:
        pieces = [
            [0 if generator.random() < config.forgotten else piece for piece in row]
            for row in reader.encoder.split([each.text for each in requests])
        ]
    wishes = torch.zeros(len(requests), len(reader.config.decisions))
    for row, request in zip(wishes, requests, strict=True):
        row[[*decisions.wishes(request)]] = 1.0
    labels = torch.tensor([decisions.wanted(request) for request in requests])
    return _Batch(reader.gather(buckets, pieces), labels, wishes)


def _thinned(buckets: list[int], config: ReaderTraining, generator: np.random.Generator) -> list[int]:
    """Most of the features, so that no request hangs on a single one; at least one stays."""
    if generator.random() >= config.thinned:
        return buckets
    is_kept = generator.random(len(buckets)) >= config.most_left_out * generator.random()
    return [bucket for bucket, keep in zip(buckets, is_kept, strict=True) if keep] or buckets
