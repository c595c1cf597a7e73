"""Cheap pictures of latents: a linear map from latent channels to colours, fitted to the VAE at hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch import Tensor

from mgie.model.diffusion import encode_pixels, to_images
from mgie.model.events import FloatImage


class LatentToRgb(NamedTuple):
    """rgb = latents @ weight + bias, in -1..1, for the denoiser's (scaled) latents."""

    weight: Tensor  # (C, 3) float32, CPU
    bias: Tensor  # (3,)


@torch.no_grad()
def fit_latent_to_rgb(vae: AutoencoderKL, scale_factor: int, *, grid: int = 16) -> LatentToRgb:
    """Fit the map for the latents of one VAE; see `fit_linear`."""

    def encode(pixels: Tensor) -> Tensor:
        return encode_pixels(vae, pixels).float().cpu() * vae.config["scaling_factor"]

    return fit_linear(encode, scale_factor, grid=grid)


def fit_linear(encode: Callable[[Tensor], Tensor], scale_factor: int, *, grid: int = 16) -> LatentToRgb:
    """Fit the map by least squares on smooth colour fields of `grid` x `grid` latents.

    encode: pixels (4, 3, H, W), -1..1, to the denoiser's latents (4, C, h, w).
    scale_factor: pixels per latent. The fields are drawn from a fixed seed, so the fit is always the same.
    """
    generator = torch.Generator().manual_seed(0)
    coarse = 2 * torch.rand(4, 3, 5, 5, generator=generator) - 1
    pixels = F.interpolate(coarse, size=grid * scale_factor, mode="bicubic").clamp(-1, 1)
    latents = encode(pixels).float().cpu()
    colours = F.avg_pool2d(pixels, scale_factor).permute(0, 2, 3, 1).reshape(-1, 3)
    inputs = latents.permute(0, 2, 3, 1).reshape(-1, latents.shape[1])
    inputs = torch.cat([inputs, torch.ones(len(inputs), 1)], dim=1)
    # A little ridge keeps the map tame where channels hardly vary.
    gram = inputs.T @ inputs + 1e-4 * len(inputs) * torch.eye(inputs.shape[1])
    solution = torch.linalg.solve(gram, inputs.T @ colours)
    return LatentToRgb(solution[:-1], solution[-1])


def latents_to_rgb(latents: Tensor, fitted: LatentToRgb) -> list[FloatImage]:
    """Pictures (h, w, 3), one pixel per latent, of latents (B, C, h, w)."""
    colours = latents.float().cpu().permute(0, 2, 3, 1) @ fitted.weight + fitted.bias
    return to_images(colours.permute(0, 3, 1, 2))
