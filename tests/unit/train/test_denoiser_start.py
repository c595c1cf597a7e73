"""The small denoiser starts at "nothing changes"."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from mgie.errors import BadOption
from mgie.model.networks import Networks, build_networks
from mgie.model.presets import MINI
from mgie.train.mini.denoiser_start import start_unchanged


@torch.no_grad()
def test_the_velocity_is_minus_the_image_latents_whatever_their_tone() -> None:
    torch.set_num_threads(1)
    unet = build_networks(MINI).unet
    start_unchanged(unet)
    generator = torch.Generator().manual_seed(0)
    noisy = torch.randn(2, 4, 16, 16, generator=generator)
    image_latents = (
        torch.randn(2, 4, 16, 16, generator=generator) + torch.tensor([1.5, -1, 0.5, 0])[:, None, None]
    )
    context = torch.randn(2, 16, 128, generator=generator)
    velocity = unet(torch.cat([noisy, image_latents], 1), torch.tensor([999, 500]), context).sample
    assert (velocity + image_latents).abs().mean() < 0.06  # of a deviation of 1
    assert (velocity + image_latents).mean(dim=(2, 3)).abs().max() < 0.15


def test_every_weight_still_learns() -> None:
    unet = build_networks(MINI).unet
    start_unchanged(unet)
    assert all(weight.requires_grad for weight in unet.parameters())


def test_groups_too_narrow_to_carry_the_latents_are_refused() -> None:
    config = replace(MINI, unet=replace(MINI.unet, norm_num_groups=16))
    with pytest.raises(BadOption, match="use fewer groups"):
        start_unchanged(Networks(config).unet)
