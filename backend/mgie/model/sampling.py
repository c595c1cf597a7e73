"""Samplers as generators over diffusers' schedulers.

`make_scheduler` picks and sets one up, `initial_latents` draws the start, `denoise` walks the steps.
All noise comes from one CPU generator per edit, in float32: the same seed gives the same picture on any
device and next to any other edits of a batch.
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
    noise = torch.stack([torch.randn(*shape, generator=generator) for generator in generators])
    return noise * scheduler.init_noise_sigma


@torch.no_grad()
def denoise(
    denoiser: Denoiser, scheduler: Scheduler, latents: Tensor, generators: Sequence[torch.Generator]
) -> Generator[Denoised, None, None]:
    """Denoise `latents` (B, 4, h, w) step by step, yielding after every one.

    generators: where `latents` came from; they go on to give the noise of the ancestral steps.
    """
    for timestep in scheduler.timesteps:
        noise_pred = denoiser(scheduler.scale_model_input(latents, timestep), timestep)
        if isinstance(scheduler, EulerAncestralDiscreteScheduler):
            output = scheduler.step(noise_pred, timestep, latents, generator=list(generators))  # pyright: ignore[reportArgumentType]  # one generator per row is allowed
            denoised = output.pred_original_sample  # pyright: ignore[reportAttributeAccessIssue]  # a tuple only with return_dict=False
        else:
            output = scheduler.step(noise_pred, timestep, latents)  # pyright: ignore[reportArgumentType]  # the timestep may be a tensor
            denoised = scheduler.model_outputs[-1]
        latents = output.prev_sample  # pyright: ignore[reportAttributeAccessIssue]  # a tuple only with return_dict=False
        yield Denoised(latents, cast("Tensor", denoised))
