"""Training the masks of regions: from single pixels with the engine's own masks, in a minute on a CPU.

`train_masks`  a generator, one yield per step
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F

from mgie.model.areas import RegionMasks
from mgie.synth.light import to_linear, to_pixels
from mgie.synth.locals import REGIONS
from mgie.synth.masks import region
from mgie.train.mini.clock import rate_at

_STOPS = (0.5, 0.15)  # deviations of another exposure and of single channels: unseen colours
_SHARPNESS = 3.0  # weight of the absolute error beside the cross entropy


@dataclass(frozen=True, kw_only=True)
class MasksTraining:
    """How the masks are trained."""

    num_steps: int = 8000
    num_photos: int = 1400  # at most
    pixels_per_photo: int = 600
    batch_size: int = 4096  # pixels
    learning_rate: float = 3e-3  # of Adam, see `clock.rate_at`
    seed: int = 0


class MasksStep(NamedTuple):
    """What one step says."""

    step: int
    error: float  # mean absolute error of all masks, on what is trained on


def train_masks(
    masks: RegionMasks, photos: npt.NDArray[np.uint8], config: MasksTraining
) -> Iterator[MasksStep]:
    """Train in place. photos: (N, H, W, 3)."""
    generator = np.random.default_rng(config.seed)
    chosen = generator.permutation(len(photos))[: config.num_photos]
    drawn = [_pixels(photos[index], config.pixels_per_photo, generator) for index in chosen]
    seen, goals = (torch.from_numpy(np.concatenate(each)) for each in zip(*drawn, strict=True))
    masks.train().requires_grad_(True)
    optimizer = torch.optim.Adam(masks.parameters(), lr=config.learning_rate)
    rows = torch.Generator().manual_seed(config.seed)
    for step in range(config.num_steps):
        picked = torch.randint(len(seen), (config.batch_size,), generator=rows)
        logits = masks.layers(seen[picked].T[None, :, :, None])[0, :, :, 0].T
        error = F.l1_loss(logits.sigmoid(), goals[picked])
        loss = F.binary_cross_entropy_with_logits(logits, goals[picked]) + _SHARPNESS * error
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * rate_at(step / config.num_steps)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        yield MasksStep(step + 1, error.item())
    masks.eval().requires_grad_(False)


def _pixels(
    photo: npt.NDArray[np.uint8], count: int, generator: np.random.Generator
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """(count, 5) what `RegionMasks` sees of some pixels, half the time in another light; (count, regions)."""
    linear = to_linear(photo)
    if generator.random() < 0.5:
        stops = generator.normal(0, _STOPS[0]) + generator.normal(0, _STOPS[1], 3)
        photo = to_pixels(linear * np.exp2(stops).astype(np.float32))
        linear = to_linear(photo)
    goals = np.stack([region(linear, name) for name in REGIONS], axis=-1)
    height, width = photo.shape[:2]
    down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    seen = np.concatenate([photo / 127.5 - 1, across[..., None], down[..., None]], axis=-1)
    picked = generator.choice(height * width, min(count, height * width), replace=False)
    return seen.reshape(-1, 5)[picked].astype(np.float32), goals.reshape(-1, len(REGIONS))[picked]
