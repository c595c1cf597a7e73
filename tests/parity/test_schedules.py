"""Timesteps, sigmas and step sizes of Euler-ancestral, against the published scheduler."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mgie.model.sampling import denoise, initial_latents, make_scheduler
from support import parity_pack

SCHEDULES = parity_pack.read_arrays("schedules.npz")
COUNTS = sorted(int(name.rpartition("_")[2]) for name in SCHEDULES if name.startswith("timesteps_"))


@pytest.mark.parametrize("num_steps", COUNTS)
def test_timesteps_and_sigmas(num_steps: int) -> None:
    scheduler = make_scheduler("euler_a", parity_pack.config().scheduler, num_steps)
    np.testing.assert_allclose(scheduler.timesteps, SCHEDULES[f"timesteps_{num_steps}"], rtol=1e-6)
    np.testing.assert_allclose(scheduler.sigmas, SCHEDULES[f"sigmas_{num_steps}"], rtol=1e-5)
    golden = SCHEDULES[f"init_noise_sigma_{num_steps}"]
    np.testing.assert_allclose(scheduler.init_noise_sigma, golden, rtol=1e-6)


@pytest.mark.parametrize("num_steps", COUNTS)
def test_every_step_goes_down_and_up_by_the_published_amounts(num_steps: int) -> None:
    """With a predicted noise of 1 and known draws, a step is eps * (down - sigma) + draw * up."""
    scheduler = make_scheduler("euler_a", parity_pack.config().scheduler, num_steps)
    generator, replay = torch.Generator().manual_seed(1), torch.Generator().manual_seed(1)
    latents = initial_latents(scheduler, [generator], (1, 2, 2))
    torch.randn(1, 2, 2, generator=replay)
    sigmas, ups, downs = (SCHEDULES[f"{name}_{num_steps}"] for name in ("sigmas", "sigma_up", "sigma_down"))
    before = latents
    states = denoise(lambda x, _t: torch.ones_like(x), scheduler, latents, [generator])
    for state, sigma, up, down in zip(states, sigmas[:-1], ups, downs, strict=True):
        draw = torch.randn(1, 1, 2, 2, generator=replay)
        expected = before + float(down - sigma) + float(up) * draw
        np.testing.assert_allclose(state.latents, expected, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(state.denoised, before - float(sigma), rtol=1e-4, atol=1e-4)
        before = state.latents


def test_the_training_schedule() -> None:
    scheduler = make_scheduler("euler_a", parity_pack.config().scheduler, 4)
    np.testing.assert_allclose(scheduler.alphas_cumprod, SCHEDULES["alphas_cumprod"], rtol=1e-5)
