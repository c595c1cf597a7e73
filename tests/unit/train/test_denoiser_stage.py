"""The stage that trains the denoiser and what conditions it, the language model frozen."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator

from mgie.errors import BadOption
from mgie.model.networks import Networks, build_networks
from mgie.model.presets import MINI, MINI_INSPIX2PIX
from mgie.train.mini.denoiser_stage import DenoiserConfig, KeptPairs, train_denoiser
from mgie.train.mini.denoiser_start import start_unchanged


@pytest.fixture(name="networks")
def _networks() -> Networks:
    torch.set_num_threads(1)
    networks = build_networks(MINI)
    start_unchanged(networks.unet)
    return networks


def pairs(count: int = 8) -> KeptPairs:
    """Two opposite edits, told apart by the visual tokens alone."""
    generator = torch.Generator().manual_seed(0)
    sign = torch.tensor([1.0, -1.0]).repeat(count // 2)[:, None, None]
    states = sign * torch.randn(1, 8, 256, generator=generator).expand(count, -1, -1)
    image = torch.randn(count, 4, 8, 8, generator=generator)
    return KeptPairs(states.half(), image.half(), (image + 0.7 * sign[..., None]).half())


@pytest.mark.slow
def test_training_lowers_the_loss_below_leaving_the_picture_alone(networks: Networks, tmp_path: Path) -> None:
    config = DenoiserConfig(num_steps=30, batch_size=8, pooling=1, learning_rate=2e-3, timestep_shift=100.0)
    steps = list(train_denoiser(networks, pairs(), config, Accelerator(cpu=True), tmp_path))
    assert [step.step for step in steps] == list(range(1, 31))
    late = steps[-10:]
    assert sum(step.edit_loss for step in late) < 0.7 * sum(step.copy_loss for step in late)


def test_everything_but_edit_head_and_denoiser_stays_as_it_was(networks: Networks, tmp_path: Path) -> None:
    before = {name: weight.clone() for name, weight in networks.state_dict().items()}
    config = DenoiserConfig(num_steps=2, batch_size=4)
    list(train_denoiser(networks, pairs(), config, Accelerator(cpu=True), tmp_path))
    moved = {
        name.split(".")[0]
        for name, weight in networks.state_dict().items()
        if not torch.equal(weight, before[name])
    }
    assert moved == {"edit_head", "unet"}


def test_the_text_encoder_learns_where_there_is_no_language_model(tmp_path: Path) -> None:
    networks = build_networks(MINI_INSPIX2PIX)
    assert networks.text_encoder is not None
    assert networks.config.text_encoder is not None
    words = networks.text_encoder.get_input_embeddings().weight
    before = words.clone()
    generator = torch.Generator().manual_seed(0)
    latents = torch.randn(4, 4, 8, 8, generator=generator).half()
    ids = torch.randint(1600, (5, networks.config.text_encoder.max_length), generator=generator)
    config = DenoiserConfig(num_steps=2, batch_size=4, pooling=1)
    list(train_denoiser(networks, KeptPairs(ids, latents, -latents), config, Accelerator(cpu=True), tmp_path))
    assert not torch.equal(before, words)


@pytest.mark.slow
def test_a_stopped_run_goes_on_as_if_it_had_not_been_stopped(tmp_path: Path) -> None:
    config = DenoiserConfig(num_steps=4, batch_size=4, pooling=1, save_every=2)
    results: list[dict[str, torch.Tensor]] = []
    for name, stops in (("whole", []), ("stopped", [3])):
        for num_steps in [*stops, None]:
            networks = build_networks(MINI)
            start_unchanged(networks.unet)
            steps = train_denoiser(networks, pairs(), config, Accelerator(cpu=True), tmp_path / name)
            numbers = [step.step for step in islice(steps, num_steps)]
        assert numbers == ([1, 2, 3, 4] if name == "whole" else [3, 4])
        results.append(networks.state_dict())
    assert all(torch.equal(results[0][name], value) for name, value in results[1].items())


def test_no_steps_are_refused() -> None:
    with pytest.raises(BadOption, match="at least 1"):
        DenoiserConfig(num_steps=0)
