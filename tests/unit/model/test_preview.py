"""The linear latent-to-RGB map fits the VAE it was fitted to."""

from __future__ import annotations

import numpy as np
import torch

from mgie.model.diffusion import encode_pixels, to_pixels
from mgie.model.networks import Networks
from mgie.model.preview import LatentToRgb, fit_latent_to_rgb, latents_to_rgb
from support.tiny import tiny_networks, tiny_picture


class LinearVae:
    """An autoencoder whose latents are the mean colours and their sum: the fit must find its inverse."""

    device, dtype = torch.device("cpu"), torch.float32
    config = {"scaling_factor": 0.5}  # noqa: RUF012  # read-only stand-in for diffusers' config

    def encode(self, pixels: torch.Tensor) -> LinearVae:
        colours = torch.nn.functional.avg_pool2d(pixels, 8)
        self._latents = torch.cat([colours * 2 + 1, colours.sum(1, keepdim=True)], dim=1)
        return self

    @property
    def latent_dist(self) -> LinearVae:
        return self

    def mode(self) -> torch.Tensor:
        return self._latents


def test_a_linear_autoencoder_is_inverted() -> None:
    vae, picture = LinearVae(), tiny_picture(64, 48)
    fitted = fit_latent_to_rgb(vae, 8)
    latents = encode_pixels(vae, to_pixels([picture])) * 0.5
    (preview,) = latents_to_rgb(latents, fitted)
    golden = np.asarray(picture.reduce(8), np.float32) / 255
    assert np.abs(preview - golden).max() < 0.02


def test_the_fit_is_always_the_same_and_finite() -> None:
    networks: Networks = tiny_networks()
    first, second = (fit_latent_to_rgb(networks.vae, 8) for _ in range(2))
    assert isinstance(first, LatentToRgb)
    assert torch.equal(first.weight, second.weight)
    assert first.weight.isfinite().all()
    assert first.weight.shape == (4, 3)
