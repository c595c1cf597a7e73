"""The small autoencoder starts from colour averages and ends with whitened latents."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mgie.errors import BadOption
from mgie.model.networks import build_networks
from mgie.model.presets import MINI
from mgie.train.mini.autoencoder import (
    AutoencoderConfig,
    draw_crops,
    linear_start,
    reconstruct,
    train_autoencoder,
    whiten_latents,
)
from support.synthetic_photos import photo

PHOTOS = np.stack([photo(index, 32) for index in range(6)])


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(name="vae")
def _vae():  # type: ignore[no-untyped-def]  # AutoencoderKL
    vae = build_networks(MINI).vae
    linear_start(vae)
    return vae.eval()


@torch.no_grad()
def test_at_the_start_flat_pictures_of_any_tone_pass_nearly_unharmed(vae) -> None:  # type: ignore[no-untyped-def]
    colours = torch.rand(6, 3, 1, 1, generator=torch.Generator().manual_seed(0)) * 2 - 1
    pictures = colours.expand(6, 3, 64, 64)
    inside = (reconstruct(vae, pictures) - pictures)[..., 24:40, 24:40]
    assert inside.abs().max() < 0.1  # of a range of 2


def test_training_lowers_the_loss(vae) -> None:  # type: ignore[no-untyped-def]
    config = AutoencoderConfig(num_steps=12, batch_size=2, crop_px=16, learning_rate=5e-4)
    losses = [step.loss for step in train_autoencoder(vae, PHOTOS, config)]
    assert len(losses) == 12
    assert sum(losses[-4:]) < sum(losses[:4])


@torch.no_grad()
def test_whitening_centres_the_latents_and_keeps_the_pictures(vae) -> None:  # type: ignore[no-untyped-def]
    pictures = torch.from_numpy(PHOTOS).permute(0, 3, 1, 2).float() / 127.5 - 1
    before = reconstruct(vae, pictures)
    whiten_latents(vae, PHOTOS)
    latents = vae.encode(pictures).latent_dist.mode()
    assert latents.mean(dim=(0, 2, 3)).abs().max() < 1e-3
    assert (latents.std(dim=(0, 2, 3)) - 1).abs().max() < 1e-2
    assert torch.allclose(reconstruct(vae, pictures), before, atol=1e-3)


def test_crops_are_pictures_between_0_and_1() -> None:
    config = AutoencoderConfig(num_steps=1, batch_size=4, crop_px=16)
    crops = draw_crops(PHOTOS, config, torch.Generator().manual_seed(0))
    assert crops.shape == (4, 3, 16, 16)
    assert 0 <= crops.min() <= crops.max() <= 1


def test_a_crop_that_is_no_multiple_of_eight_is_refused() -> None:
    with pytest.raises(BadOption, match="multiple of 8"):
        AutoencoderConfig(num_steps=1, crop_px=20)
