"""Samplers as generators over diffusers' schedulers.

`make_scheduler` picks and sets one up, `initial_latents` draws the start, `denoise` walks the steps.
All noise comes from one CPU generator per edit, in float32: the same seed gives the same picture on any
device and next to any other edits of a batch. On a GPU nothing waits within a step: noise is drawn while the
device computes, and the host runs at most one step ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

import torch
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from diffusers.schedulers.scheduling_euler_ancestral_discrete import EulerAncestralDiscreteScheduler
from diffusers.schedulers.scheduling_unipc_multistep import UniPCMultistepScheduler
from torch import Tensor

from mgie.errors import BadOption
from mgie.model.config import SchedulerConfig
from mgie.model.events import SamplerName

Scheduler: TypeAlias = EulerAncestralDiscreteScheduler | DPMSolverMultistepScheduler | UniPCMultistepScheduler
Denoiser: TypeAlias = Callable[[Tensor, Tensor], Tensor]  # (scaled latents, timestep) -> noise


class Denoised(NamedTuple):
    """What one step leaves."""

    latents: Tensor  # (B, 4, h, w), still noisy except after the last step
    denoised: Tensor  # (B, 4, h, w), predicted clean latents


def make_scheduler(name: SamplerName, config: SchedulerConfig, num_inference_steps: int) -> Scheduler:
    """A scheduler ready for `denoise`.

    euler_a: Euler-ancestral (Karras et al. 2022, as in k-diffusion), the published one; noise in every step.
    dpmpp_2m: DPM-Solver++ 2M (Lu et al. 2022). unipc: UniPC (Zhao et al. 2023). Both need fewer steps.
    """
    shared: dict[str, Any] = {
        "num_train_timesteps": config.num_train_timesteps,
        "beta_start": config.beta_start,
        "beta_end": config.beta_end,
        "beta_schedule": "scaled_linear",
        "prediction_type": config.prediction_type,
        "timestep_spacing": config.timestep_spacing,
        "rescale_betas_zero_snr": config.rescale_betas_zero_snr,
    }
    if name != "euler_a" and num_inference_steps >= config.num_train_timesteps:
        raise BadOption(
            f"{name} needs fewer than {config.num_train_timesteps} steps, not {num_inference_steps}; "
            "20 to 30 are usual"
        )
    if name == "euler_a":
        scheduler = EulerAncestralDiscreteScheduler(**shared)
    elif name == "dpmpp_2m":
        scheduler = DPMSolverMultistepScheduler(**shared, algorithm_type="dpmsolver++", solver_order=2)
    else:
        scheduler = UniPCMultistepScheduler(**shared, solver_order=2)
    scheduler.set_timesteps(num_inference_steps)
    return scheduler


def initial_latents(
    scheduler: Scheduler, generators: Sequence[torch.Generator], shape: Sequence[int]
) -> Tensor:
    """Pure noise (B, *shape) at the scheduler's first noise level, one generator per edit; float32, CPU."""
    return _draw(generators, shape) * scheduler.init_noise_sigma


@torch.no_grad()
def denoise(
    denoiser: Denoiser, scheduler: Scheduler, latents: Tensor, generators: Sequence[torch.Generator]
) -> Generator[Denoised, None, None]:
    """Denoise `latents` (B, 4, h, w) step by step, yielding after every one.

    generators: where `latents` came from; they go on to give the noise of the ancestral steps.
    """
    timesteps = scheduler.timesteps.to(latents.device)
    pace = _Pace(latents.device)
    for index, timestep in enumerate(scheduler.timesteps):
        if isinstance(scheduler, EulerAncestralDiscreteScheduler):
            noise_pred = denoiser(latents / ((scheduler.sigmas[index] ** 2 + 1) ** 0.5), timesteps[index])
            noise = _to_device(_draw(generators, latents.shape[1:]), latents.device)
            latents, denoised = _ancestral_step(scheduler, index, noise_pred, latents, noise)
        else:
            noise_pred = denoiser(scheduler.scale_model_input(latents, timestep), timesteps[index])
            output = scheduler.step(noise_pred, timestep, latents)  # pyright: ignore[reportArgumentType]  # the timestep may be a tensor
            latents = output.prev_sample  # pyright: ignore[reportAttributeAccessIssue]  # a tuple only with return_dict=False
            denoised = cast("Tensor", scheduler.model_outputs[-1])
        pace.keep()
        yield Denoised(latents, denoised)


def _ancestral_step(
    scheduler: EulerAncestralDiscreteScheduler, index: int, noise_pred: Tensor, latents: Tensor, noise: Tensor
) -> Denoised:
    """One step of Euler-ancestral sampling, as diffusers computes it, with noise that is already there."""
    sigma, following = scheduler.sigmas[index], scheduler.sigmas[index + 1]  # on the CPU
    if scheduler.config["prediction_type"] == "epsilon":
        denoised = latents - sigma * noise_pred
    else:
        denoised = noise_pred * (-sigma / (sigma**2 + 1) ** 0.5) + (latents / (sigma**2 + 1))
    up = (following**2 * (sigma**2 - following**2) / sigma**2) ** 0.5
    down = (following**2 - up**2) ** 0.5
    derivative = (latents - denoised) / sigma
    return Denoised(latents + derivative * (down - sigma) + noise * up, denoised)


def _draw(generators: Sequence[torch.Generator], shape: Sequence[int]) -> Tensor:
    """Noise (B, *shape), float32, CPU, one generator per row."""
    return torch.stack([torch.randn(*shape, generator=generator) for generator in generators])


def _to_device(noise: Tensor, device: torch.device) -> Tensor:
    """Send noise on its way, without waiting for what the device is still doing."""
    if device.type != "cuda":
        return noise.to(device)
    return noise.pin_memory().to(device, non_blocking=True)


class _Pace:
    """Keeps the host at most one step ahead of a GPU, so that progress and cancelling mean something."""

    def __init__(self, device: torch.device) -> None:
        self._last: torch.cuda.Event | None = None
        self._device = device

    def keep(self) -> None:
        """Wait for the step before the one that has just been launched."""
        if self._device.type != "cuda":
            return
        if self._last is not None:
            self._last.synchronize()
        self._last = torch.cuda.Event()
        self._last.record(torch.cuda.current_stream(self._device))
