"""A batch: every tensor that one forward pass needs, made on the CPU by the data loading processes.

Nothing is drawn, looked up or counted on the accelerator: positions and counts come along as tensors,
so that a step never waits for a value to travel back.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import torch
from torch import Tensor

from mgie.train.data.noise import Draws


class TextBatch(NamedTuple):
    """What the language model reads and should write (MGIE, LGIE)."""

    input_ids: Tensor  # (B, T) int64, padded on the right
    attention_mask: Tensor  # (B, T) bool
    image_start: Tensor  # (B,) int64, place of the first image feature; 0 where there is no picture
    label_places: Tensor  # (L,) int64, places in the flattened (B * T) states that predict a label
    label_ids: Tensor  # (L,) int64, what they should predict
    window_start: Tensor  # (B,) int64, first of the states that become the visual tokens


class Batch(NamedTuple):
    """One forward pass. Pictures or what was computed from them ahead; never both."""

    draws: Draws
    text: TextBatch | None  # None: InsPix2Pix
    prompt_ids: Tensor | None  # (B, N) int64 for the CLIP text encoder; None: MGIE, LGIE
    vision_pixels: Tensor | None  # (B, 3, S, S) uint8, what the vision tower sees
    image_features: Tensor | None  # (B, P, D), its output
    pixels: Tensor | None  # (2, B, 3, H, W) uint8, input and goal
    image_latents: Tensor | None  # (B, 4, h, w) unscaled mode of the input
    goal_mean: Tensor | None  # (B, 4, h, w) unscaled posterior of the goal
    goal_std: Tensor | None  # (B, 4, h, w)
    num_bad: Tensor  # () int64, pairs that could not be read and were replaced

    @property
    def num_pairs(self) -> int:
        """Number of pairs."""
        return len(self.draws.timestep)

    def to(self, device: torch.device) -> Batch:
        """A copy on another device; from pinned memory without waiting."""
        return cast(Batch, _moved(self, device))


def _moved(value: Any, device: torch.device) -> Any:
    if isinstance(value, Tensor):
        return value.to(device, non_blocking=True)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_moved(item, device) for item in value))
    return value
