"""The stage that trains edit head and denoiser on kept visual tokens."""

from __future__ import annotations

import pytest
import torch
from accelerate import Accelerator

from mgie.errors import BadOption
from mgie.model.networks import Networks, build_networks
from mgie.model.presets import MINI
from mgie.train.denoiser_stage import DenoiserConfig, VisualTokens, train_denoiser
from mgie.train.denoiser_start import start_unchanged


@pytest.fixture(name="networks")
def _networks() -> Networks:
    torch.set_num_threads(1)
    networks = build_networks(MINI)
    start_unchanged(networks.unet)
    return networks


def pairs(count: int = 8) -> VisualTokens:
    """Two opposite edits, told apart by the visual tokens alone."""
    generator = torch.Generator().manual_seed(0)
    sign = torch.tensor([1.0, -1.0]).repeat(count // 2)[:, None, None]
    states = sign * torch.randn(1, 8, 128, generator=generator).expand(count, -1, -1)
    image = torch.randn(count, 4, 8, 8, generator=generator)
    return VisualTokens(states.half(), image.half(), (image + 0.7 * sign[..., None]).half())


def test_training_lowers_the_loss_below_leaving_the_picture_alone(networks: Networks) -> None:
    config = DenoiserConfig(num_steps=60, batch_size=8, pooling=1, learning_rate=2e-3, timestep_shift=100.0)
    steps = list(train_denoiser(networks, pairs(), config, Accelerator(cpu=True)))
    assert [step.step for step in steps] == list(range(1, 61))
    late = steps[-10:]
    assert sum(step.edit_loss for step in late) < 0.7 * sum(step.copy_loss for step in late)


def test_everything_but_edit_head_and_denoiser_stays_as_it_was(networks: Networks) -> None:
    before = {name: weight.clone() for name, weight in networks.state_dict().items()}
    list(train_denoiser(networks, pairs(), DenoiserConfig(num_steps=2, batch_size=4), Accelerator(cpu=True)))
    moved = {
        name.split(".")[0]
        for name, weight in networks.state_dict().items()
        if not torch.equal(weight, before[name])
    }
    assert moved == {"edit_head", "unet"}


def test_no_steps_are_refused() -> None:
    with pytest.raises(BadOption, match="at least 1"):
        DenoiserConfig(num_steps=0)
