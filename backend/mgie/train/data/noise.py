"""Everything random about one training sample, drawn ahead of the step.

Published order per sample: posterior noise of the goal, noise, timestep, which conditions are dropped.
Each sample has its own generator, seeded by its place in the stream. So the draws do not depend on batch
size, number of processes or where a run was resumed, and the step itself draws nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import torch

from mgie.train.config import ObjectiveConfig
from mgie.train.data.order import seeded


class Draws(NamedTuple):
    """The draws of one sample, or, stacked, of a batch (B first)."""

    posterior_noise: torch.Tensor  # (4, h, w) float32, standard normal; picks the goal's latents
    noise: torch.Tensor  # (4, h, w) float32, standard normal; added to them
    timestep: torch.Tensor  # () int64, 0..num_train_timesteps-1
    drop: torch.Tensor  # () float32, uniform in [0, 1); see `dropped`


class Dropped(NamedTuple):
    """Which conditions of each sample are taken away. Both (B,) bool."""

    text: torch.Tensor
    image: torch.Tensor


def draw(seed: int, position: int, latent_shape: tuple[int, int, int], num_train_timesteps: int) -> Draws:
    """The draws of the sample at `position` of the stream."""
    generator = seeded(seed, position, "draws")
    return Draws(
        torch.randn(latent_shape, generator=generator),
        torch.randn(latent_shape, generator=generator),
        torch.randint(num_train_timesteps, (), generator=generator),
        torch.rand((), generator=generator),
    )


def stack(draws: list[Draws]) -> Draws:
    """The draws of a batch."""
    return Draws(*(torch.stack(values) for values in zip(*draws, strict=True)))


def dropped(drop: torch.Tensor, config: ObjectiveConfig) -> Dropped:
    """Text alone, both, image alone, in this order from 0 upwards; nothing for the rest. drop: (B,)."""
    text_only = config.drop_text
    both = text_only + config.drop_both
    image_only = both + config.drop_image
    return Dropped(text=drop < both, image=(drop >= text_only) & (drop < image_only))
