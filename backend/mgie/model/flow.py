"""Sampling of flow-matching models: the schedule, Euler steps, and squares of latents as tokens."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor


class FlowState(NamedTuple):
    """Where sampling stands after a step."""

    latents: Tensor  # (B, C, h, w) float32
    denoised: Tensor  # (B, C, h, w) float32, predicted clean latents


def flow_sigmas(num_inference_steps: int, mu: float) -> Tensor:
    """Falling noise levels (num_inference_steps + 1,), float32, from 1 to 0, shifted by e^mu (FLUX)."""
    shift = math.exp(mu)
    sigmas = torch.linspace(1, 1 / num_inference_steps, num_inference_steps, dtype=torch.float64)
    shifted = shift / (shift + 1 / sigmas - 1)
    return torch.cat([shifted, torch.zeros(1, dtype=torch.float64)]).float()


def stretch_sigmas(sigmas: Tensor, last_sigma: float) -> Tensor:
    """Noise levels from 1 to 0, stretched so that the last one above 0 is `last_sigma` (LTX-Video)."""
    levels = sigmas[:-1].double()
    if len(levels) < 2:  # nothing between the first, 1, and the last
        return sigmas
    stretched = 1 - (1 - levels) * (1 - last_sigma) / (1 - levels[-1])
    return torch.cat([stretched, torch.zeros(1, dtype=torch.float64)]).float()


def initial_noise(generators: Sequence[torch.Generator], shape: torch.Size) -> Tensor:
    """Pure noise (B, *shape), float32, on the CPU: each row from its own generator."""
    return torch.cat([torch.randn((1, *shape), generator=generator) for generator in generators])


def denoise_flow(
    predict: Callable[[Tensor, float], Tensor], sigmas: Tensor, latents: Tensor
) -> Generator[FlowState]:
    """Euler steps along the predicted velocity, yielding after each (Lipman et al., 2023).

    predict: velocity (B, C, h, w) of noisy latents (B, C, h, w) at a noise level 0..1.
    """
    levels: list[float] = sigmas.tolist()
    for sigma, next_sigma in pairwise(levels):
        velocity = predict(latents, sigma).float()
        denoised = latents - sigma * velocity
        latents = latents + (next_sigma - sigma) * velocity
        yield FlowState(latents, denoised)


def pack(latents: Tensor) -> Tensor:
    """Latents (B, C, h, w) as tokens (B, h/2 * w/2, 4C): a square of 2x2 latents each, row by row."""
    batch, channels, height, width = latents.shape
    squares = latents.view(batch, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5)
    return squares.reshape(batch, height // 2 * (width // 2), 4 * channels)


def unpack(tokens: Tensor, height: int, width: int) -> Tensor:
    """The latents (B, C, height, width) that `pack` made tokens of."""
    batch, _, size = tokens.shape
    squares = tokens.view(batch, height // 2, width // 2, size // 4, 2, 2).permute(0, 3, 1, 4, 2, 5)
    return squares.reshape(batch, size // 4, height, width)
