"""Teaching a fresh text encoder to read requests, in the place of CLIP's training on a web of captions.

`train_text_encoder`  a generator, one yield per step
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import CLIPTextModel

from mgie.model.text_tokenizer import TextTokenizer
from mgie.synth import decisions
from mgie.synth.expressive import STRENGTH_WORDS
from mgie.synth.locals import REGIONS
from mgie.train.data.synthetic import SyntheticSource
from mgie.train.mini.clock import rate_at
from mgie.train.mini.reader_stage import decision_loss

_NUM_WARMUP = 40  # steps over which the rate rises


@dataclass(frozen=True, kw_only=True)
class ReadingConfig:
    """How it is trained."""

    num_requests: int
    batch_size: int = 64
    learning_rate: float = 1e-3  # of AdamW, see `clock.rate_at`
    smoothing: float = 0.05  # share of every label that is spread over all others
    seed: int = 0


class ReadingStep(NamedTuple):
    """What one step says."""

    step: int
    loss: float
    accuracy: float  # of the decision, on what is trained on


def train_text_encoder(
    encoder: CLIPTextModel, source: SyntheticSource, tokenizer: TextTokenizer, config: ReadingConfig
) -> Iterator[ReadingStep]:
    """Train in place to tell decision, strength, region and exception from the mean of its states."""
    places = len(REGIONS) + 1
    sizes = [len(decisions.names()), len(STRENGTH_WORDS), places, places]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        heads = nn.Linear(encoder.config.hidden_size, sum(sizes))  # left behind when all is read
    weights = [*encoder.parameters(), *heads.parameters()]
    encoder.train().requires_grad_(True)
    optimizer = torch.optim.AdamW(weights, lr=config.learning_rate, weight_decay=0.01)
    num_steps = -(-config.num_requests // config.batch_size)
    for step in range(num_steps):
        first = step * config.batch_size
        requests = [source.request(first + each) for each in range(config.batch_size)]
        ids = _trimmed(torch.tensor([tokenizer.encode(request.text) for request in requests]))
        labels = torch.tensor([decisions.wanted(request) for request in requests])
        scores = heads(encoder(input_ids=ids).last_hidden_state.mean(1)).split(sizes, dim=1)
        loss = decision_loss(scores, labels, config.smoothing)
        for group in optimizer.param_groups:
            group["lr"] = (
                config.learning_rate * rate_at(step / num_steps) * min(1.0, (step + 1) / _NUM_WARMUP)
            )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        right = (scores[0].argmax(1) == labels[:, 0]).float().mean()
        yield ReadingStep(step + 1, loss.item(), right.item())
    encoder.eval().requires_grad_(False)


def _trimmed(ids: Tensor) -> Tensor:
    """Without the columns that all rows are filled up with; causal attention never looks behind itself."""
    is_filling = (ids == ids[:, -1:]).all(0)
    num_words = int((~is_filling).nonzero().max()) + 1
    return ids[:, : num_words + 1]
