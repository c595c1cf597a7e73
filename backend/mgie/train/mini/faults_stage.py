"""Training what tells a picture's faults: from photographs that the engine damages, in a minute on a CPU.

`train_faults`  a generator, one yield per round over the pictures
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from mgie.model.faults import PictureFaults, tone_statistics
from mgie.synth.degradations import REPAIRS
from mgie.synth.engine import edit_photograph
from mgie.synth.operation import Operation
from mgie.train.mini.clock import rate_at

_NOTHING_WRONG = (
    "bring the flat tones back to life",
    "bring the pale colours back",
)  # what it is then taken for


@dataclass(frozen=True, kw_only=True)
class FaultsTraining:
    """How it is trained."""

    num_pictures: int = 16_000
    sound_share: float = 0.1  # of the pictures are left alone: who asks for better then wants more of it
    pooling: int = 2  # pictures are averaged over squares of this side
    num_rounds: int = 40
    batch_size: int = 256
    learning_rate: float = 3e-3  # of AdamW, see `clock.rate_at`
    weight_decay: float = 0.02
    seed: int = 0


class FaultsRound(NamedTuple):
    """What one round says."""

    number: int
    accuracy: float  # on what is trained on


def train_faults(
    faults: PictureFaults, photos: npt.NDArray[np.uint8], config: FaultsTraining
) -> Iterator[FaultsRound]:
    """Train in place. photos: (N, H, W, 3)."""
    generator = np.random.default_rng(config.seed)
    drawn = [_damaged(photos, faults.repairs, config, generator) for _ in range(config.num_pictures)]
    features = torch.stack([tone_statistics(picture) for picture, _ in drawn])
    labels = torch.tensor([label for _, label in drawn])
    faults.train().requires_grad_(True)
    optimizer = torch.optim.AdamW(
        faults.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    order = torch.Generator().manual_seed(config.seed)
    for number in range(config.num_rounds):
        num_right = 0
        for rows in torch.randperm(len(labels), generator=order).split(config.batch_size):
            logits = faults.layers(features[rows])
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * rate_at(number / config.num_rounds)
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(logits, labels[rows]).backward()
            optimizer.step()
            num_right += int((logits.argmax(1) == labels[rows]).sum())
        yield FaultsRound(number + 1, num_right / len(labels))
    faults.eval().requires_grad_(False)


def _damaged(
    photos: npt.NDArray[np.uint8],
    repairs: Sequence[str],
    config: FaultsTraining,
    generator: np.random.Generator,
) -> tuple[Tensor, int]:
    """A picture (3, h, w), -1..1, and which repair it needs."""
    photo = photos[int(generator.integers(len(photos)))]
    side = config.pooling
    photo = np.ascontiguousarray(photo[::side, ::side])
    if generator.random() < config.sound_share:
        action = _NOTHING_WRONG[int(generator.integers(len(_NOTHING_WRONG)))]
    else:
        operation = _of(repairs[int(generator.integers(len(repairs)))])
        photo, _ = edit_photograph(photo, operation, "medium", generator)
        action = operation.action
    pixels = torch.from_numpy(photo).permute(2, 0, 1) / 127.5 - 1
    return pixels, repairs.index(action)


def _of(action: str) -> Operation:
    return next(operation for operation in REPAIRS if f"I'll {operation.action}".endswith(action))
