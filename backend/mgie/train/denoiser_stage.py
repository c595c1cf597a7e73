"""Training edit head and denoiser alone, on visual tokens that a frozen language model wrote once.

A stage between learning the language and learning end to end. The language model is most of a small model's
step and the denoiser's part shrinks with the picture, so that a CPU sees many times more edits:

    python -m mgie.train.mini denoiser --config FILE --model runs/language --out runs/denoiser

`encode_pairs` runs the language model once over a cache; `train_denoiser` is a generator, one yield per step.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
from accelerate import Accelerator
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from torch import Tensor, nn
from torch.nn import functional as F

from mgie.errors import BadOption
from mgie.model.networks import Networks
from mgie.train.batch import Batch
from mgie.train.ema import Ema
from mgie.train.objective import Objective, noise_scheduler, shift_timesteps


class VisualTokens(NamedTuple):
    """What the stage needs of all pairs, N first."""

    states: Tensor  # (N, 8, D) float16, the language model's states
    image_latents: Tensor  # (N, 4, h, w) float16
    goal_latents: Tensor  # (N, 4, h, w) float16, posterior mean


@dataclass(frozen=True, kw_only=True)
class DenoiserConfig:
    """How edit head and denoiser are trained."""

    num_steps: int  # optimizer steps
    batch_size: int = 64  # pairs per step and process
    learning_rate: float = 1e-3  # of AdamW, cosine to 0
    head_factor: float = 0.4  # the edit head's rate is this times as high
    timestep_shift: float = 60.0  # towards pure noise, see `shift_timesteps`
    drop_text: float = 0.03  # share of pairs with the learned null
    pooling: int = 2  # latents are averaged over squares of this side, like a smaller picture; 1: as they are
    change_offset: float = 0.05  # a pair weighs 1 / (mean squared change + this): subtle edits count too
    ema_decay: float = 0.995
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.num_steps, self.batch_size, self.pooling) < 1:
            raise BadOption(f"{self}: steps, batch_size and pooling are at least 1")


class DenoiserStep(NamedTuple):
    """What one step says, on this process."""

    step: int  # 1..num_steps
    edit_loss: float  # mean squared error of the velocity
    copy_loss: float  # mean squared change of the pairs: what leaving the picture alone would cost


class _Denoiser(nn.Module):
    """Edit head and denoiser as one trainable module."""

    def __init__(self, networks: Networks) -> None:
        super().__init__()
        assert networks.edit_head is not None
        assert networks.emb is not None
        self.head, self.unet = networks.edit_head, networks.unet
        self.emb = networks.emb

    def forward(self, states: Tensor, is_null: Tensor, latents: Tensor, timesteps: Tensor) -> Tensor:
        """Velocity (B, 4, h, w) of noisy and image latents (B, 8, h, w)."""
        embeds = self.head(torch.cat([states, torch.zeros_like(states[:1])]), self.emb)
        context = torch.where(is_null[:, None, None], embeds[-1:], embeds[:-1])
        return self.unet(latents, timesteps, context).sample


class _Drawn(NamedTuple):
    """One batch, B first."""

    states: Tensor  # (B, 8, D)
    is_null: Tensor  # (B,) bool
    latents: Tensor  # (B, 8, h, w) noisy goal and input
    timesteps: Tensor  # (B,) int64
    target: Tensor  # (B, 4, h, w) velocity
    changes: Tensor  # (B,) mean squared change from input to goal


@torch.no_grad()
def encode_pairs(networks: Networks, objective: Objective, batches: Iterator[Batch]) -> VisualTokens:
    """Run the frozen language model over batches with precomputed latents."""
    networks.derive_emb()
    parts: list[VisualTokens] = []
    for batch in batches:
        if batch.text is None or batch.image_latents is None or batch.goal_mean is None:
            raise BadOption("this stage needs a language model and a cache with latents (`cache:`)")
        states = objective.visual_tokens(objective.hidden_states(batch, batch.text), batch.text)
        parts.append(VisualTokens(states.half(), batch.image_latents.half(), batch.goal_mean.half()))
    return VisualTokens(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))


def train_denoiser(
    networks: Networks, tokens: VisualTokens, config: DenoiserConfig, accelerator: Accelerator
) -> Iterator[DenoiserStep]:
    """Train edit head and UNet in place; they hold their averaged weights when the generator is used up."""
    networks.requires_grad_(False)
    module = _Denoiser(networks).requires_grad_(True).train()
    weights = dict(module.named_parameters())
    groups = [
        {"params": list(module.head.parameters()), "base_lr": config.learning_rate * config.head_factor},
        {"params": list(module.unet.parameters()), "base_lr": config.learning_rate},
    ]
    optimizer = torch.optim.AdamW(groups, lr=config.learning_rate, weight_decay=0.0)
    model, optimizer = accelerator.prepare(module, optimizer)
    ema = Ema(weights, config.ema_decay)
    noising = noise_scheduler(networks.config.scheduler)
    generator = torch.Generator().manual_seed(config.seed + 1000 * accelerator.process_index)
    for step in range(1, config.num_steps + 1):
        drawn = _draw(tokens, config, noising, generator)
        with accelerator.autocast():
            velocity = model(drawn.states, drawn.is_null, drawn.latents, drawn.timesteps)
        errors = (velocity.float() - drawn.target).square().mean((1, 2, 3))
        importance = 1 / (drawn.changes + config.change_offset)
        accelerator.backward((errors * importance).sum() / importance.sum())
        rate = 0.5 * (1 + math.cos(math.pi * step / config.num_steps)) * min(1.0, step / 40)
        for group in optimizer.param_groups:
            group["lr"] = group["base_lr"] * rate
        accelerator.clip_grad_norm_(weights.values(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        ema.update()
        yield DenoiserStep(step, errors.mean().item(), drawn.changes.mean().item())
    with torch.no_grad():
        for name, average in ema.averages.items():
            weights[name].copy_(average)
    networks.eval()


def _draw(
    tokens: VisualTokens, config: DenoiserConfig, noising: DDPMScheduler, generator: torch.Generator
) -> _Drawn:
    """Pairs, noise and timesteps of one step."""
    rows = torch.randint(len(tokens.states), (config.batch_size,), generator=generator)
    states, image, goal = (tensor[rows].float() for tensor in tokens)
    image, goal = (F.avg_pool2d(latents, config.pooling) for latents in (image, goal))
    noise = torch.randn(goal.shape, generator=generator)
    count = cast(int, noising.config["num_train_timesteps"])
    even = torch.randint(count, (config.batch_size,), generator=generator)
    timesteps = cast(torch.IntTensor, shift_timesteps(even, config.timestep_shift, count))
    noisy = noising.add_noise(goal, noise, timesteps)
    return _Drawn(
        states=states,
        is_null=torch.rand(config.batch_size, generator=generator) < config.drop_text,
        latents=torch.cat([noisy, image], 1),
        timesteps=timesteps,
        target=noising.get_velocity(goal, noise, timesteps),
        changes=(goal - image).square().mean((1, 2, 3)),
    )
