"""Training the reader of requests: from words alone, in minutes on a CPU.

`with_reader`   a configuration whose model has a reader
`train_reader`  a generator, one yield per round over the requests
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from mgie.model.config import ModelConfig, ReaderConfig
from mgie.model.reader import RequestReader, buckets_of
from mgie.synth import decisions
from mgie.synth.asking import Request
from mgie.synth.expressive import STRENGTH_WORDS
from mgie.synth.locals import REGIONS
from mgie.train.data.synthetic import SyntheticSource
from mgie.train.mini.clock import rate_at


@dataclass(frozen=True, kw_only=True)
class ReaderTraining:
    """How the reader is trained."""

    num_requests: int = 90_000  # per round; every round has new ones
    num_rounds: int = 3
    batch_size: int = 128
    learning_rate: float = 2e-2  # of Adam, see `clock.rate_at`
    smoothing: float = 0.05  # share of every label that is spread over all others
    thinned: float = 0.7  # share of the requests of which some features are left out
    most_left_out: float = 0.3  # share of their features, at most
    seed: int = 0


class Round(NamedTuple):
    """What one round over the requests says."""

    number: int
    loss: float  # of the last batch
    accuracy: float  # of the decision, on what is trained on


class _Batch(NamedTuple):
    buckets: Tensor
    starts: Tensor
    labels: Tensor  # (B, 4)


def with_reader(config: ModelConfig) -> ModelConfig:
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
        ),
    )


def train_reader(reader: RequestReader, source: SyntheticSource, config: ReaderTraining) -> Iterator[Round]:
    """Train in place."""
    with torch.no_grad():
        reader.features.weight.normal_(std=0.05, generator=torch.Generator().manual_seed(config.seed))
    reader.train().requires_grad_(True)
    optimizer = torch.optim.Adam(reader.parameters(), lr=config.learning_rate)
    num_batches = config.num_requests // config.batch_size
    generator = np.random.default_rng(config.seed)
    for number in range(config.num_rounds):
        num_right, loss = 0, torch.zeros(())
        for index in range(num_batches):
            first = (number * num_batches + index) * config.batch_size
            requests = [source.request(first + each) for each in range(config.batch_size)]
            batch = _batch(reader, requests, config, generator)
            scores = reader(batch.buckets, batch.starts)
            loss = reader_loss(scores, batch.labels, config.smoothing)
            share = (number + index / num_batches) / config.num_rounds
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * rate_at(share)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            num_right += int((scores[0].argmax(1) == batch.labels[:, 0]).sum())
        yield Round(number + 1, loss.item(), num_right / (num_batches * config.batch_size))
    reader.eval().requires_grad_(False)


def reader_loss(scores: tuple[Tensor, ...], labels: Tensor, smoothing: float) -> Tensor:
    """The decision's cross entropy, and a third of that of strength, region and exception."""
    decision, *others = (
        F.cross_entropy(each, labels[:, column], label_smoothing=smoothing)
        for column, each in enumerate(scores)
    )
    return decision + torch.stack(others).sum() / 3


def _batch(
    reader: RequestReader, requests: list[Request], config: ReaderTraining, generator: np.random.Generator
) -> _Batch:
    num_buckets = reader.config.num_buckets
    buckets = [_thinned(buckets_of(each.text, num_buckets), config, generator) for each in requests]
    starts = torch.tensor([0, *(len(each) for each in buckets[:-1])]).cumsum(0)
    labels = torch.tensor([decisions.wanted(request) for request in requests])
    flat = torch.tensor([bucket for each in buckets for bucket in each])
    return _Batch(flat, starts, labels)


def _thinned(buckets: list[int], config: ReaderTraining, generator: np.random.Generator) -> list[int]:
    """Most of the features, so that no request hangs on a single one; at least one stays."""
    if generator.random() >= config.thinned:
        return buckets
    is_kept = generator.random(len(buckets)) >= config.most_left_out * generator.random()
    return [bucket for bucket, keep in zip(buckets, is_kept, strict=True) if keep] or buckets
