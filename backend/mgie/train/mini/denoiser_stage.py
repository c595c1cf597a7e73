"""Training the denoiser and what conditions it, with the language model frozen: its visual tokens are kept.

The language model is most of a small model's step and the denoiser's part shrinks with the picture, so that a
CPU sees many times more edits. For a model without language model the text encoder learns along.

`keep_pairs`     what the stage needs of all pairs, once
`train_denoiser` a generator, one yield per step; a killed run goes on from its newest checkpoint
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from accelerate import Accelerator
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from mgie.errors import BadOption
from mgie.model.networks import Networks
from mgie.train.config import ObjectiveConfig, OptimizerConfig
from mgie.train.data.batch import Batch
from mgie.train.data.examples import Collator, ExampleMaker, ExampleSet
from mgie.train.data.order import Place, seeded
from mgie.train.engine.objective import Objective, noise_scheduler, shift_timesteps
from mgie.train.engine.steps import Saving, resume, steps
from mgie.train.engine.train_state import TrainState
from mgie.train.mini.clock import ENDLESS, Clock, rate_at
from mgie.train.mini.pairs import KindExamples, MiniPairs

_NUM_WARMUP = 40  # steps over which the rate rises
_ENCODED_TOGETHER = 128  # pairs per pass of the frozen language model


class KeptPairs(NamedTuple):
    """What the stage needs of all pairs, N first."""

    # (N, 8, D) float16 states of the language model, or (N + 1, 40) ids, "" last; None: the plan alone
    conditions: Tensor | None
    image_latents: Tensor  # (N, 4, h, w) float16
    goal_latents: Tensor  # (N, 4, h, w) float16, posterior mean
    plan_keys: Tensor | None = None  # (N, MAX_KEYS) of the plans, where the model has codes for them


@dataclass(frozen=True, kw_only=True)
class DenoiserConfig:
    """How the denoiser is trained."""

    num_steps: int  # optimizer steps
    batch_size: int = 64  # pairs per step and process
    learning_rate: float = 1e-3  # of AdamW, cosine to 0
    condition_factor: float = 0.4  # the rate of edit head or text encoder is this times as high
    timestep_shift: float = 60.0  # towards pure noise, see `shift_timesteps`
    later_shift: float = 4.0  # of the others: what later steps of sampling meet
    later_share: float = 0.3  # of the pairs
    drop_text: float = 0.03  # share of pairs with the learned null
    pooling: int = 2  # latents are averaged over squares of this side, like a smaller picture; 1: as they are
    change_offset: float = 0.02  # a pair weighs 1 / (mean squared change + this): subtle edits count too
    ema_decay: float = 0.995
    save_every: int = 250  # steps between checkpoints; the last step has one too
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.num_steps, self.batch_size, self.pooling, self.save_every) < 1:
            raise BadOption(f"{self}: steps, batch_size, pooling and save_every are at least 1")


class DenoiserStep(NamedTuple):
    """What one step says, on this process."""

    step: int  # 1..num_steps
    edit_loss: float  # mean squared error of the velocity
    copy_loss: float  # mean squared change of the pairs: what leaving the picture alone would cost


class _Denoiser(nn.Module):
    """The denoiser and what conditions it (edit head, or text encoder) as one trainable module."""

    def __init__(self, networks: Networks, *, is_told: bool) -> None:
        super().__init__()
        self.head, self.text_encoder = networks.edit_head, networks.text_encoder
        self.plan_codes = networks.plan_codes
        self.is_told = is_told  # by the plans alone: the edit head answers alike to everything, and rests
        self.unet, self.emb = networks.unet, networks.emb

    @property
    def conditioners(self) -> list[nn.Parameter]:
        """Weights of what turns kept conditions into what the denoiser attends to."""
        modules = (None if self.is_told else self.head, self.text_encoder, self.plan_codes)
        return [weight for module in modules if module is not None for weight in module.parameters()]

    def forward(self, drawn: _Drawn) -> Tensor:
        """Velocity (B, 4, h, w)."""
        embeds = self._embeds(drawn)
        context = torch.where(drawn.is_null[:, None, None], embeds[-1:], embeds[:-1])
        return self.unet(drawn.latents, drawn.timesteps, context).sample

    def _embeds(self, drawn: _Drawn) -> Tensor:
        """(B + 1, Q, C): what the denoiser attends to, and last the answer to nothing."""
        if self.text_encoder is not None:
            return self.text_encoder(drawn.conditions).last_hidden_state  # the last row is the empty request
        assert self.head is not None
        assert self.emb is not None
        count = len(drawn.is_null)
        nothing = torch.zeros(1, *self.emb.shape, device=self.emb.device)
        if drawn.conditions is None:
            embeds = self.head(nothing, self.emb).expand(count + 1, -1, -1)
        else:
            embeds = self.head(torch.cat([drawn.conditions, nothing]), self.emb)
        if self.plan_codes is None or drawn.plan_keys is None:
            return embeds
        keys = torch.cat([drawn.plan_keys, torch.full_like(drawn.plan_keys[:1], -1)])
        return embeds + self.plan_codes(keys)


class _Drawn(NamedTuple):
    """One batch, B first."""

    conditions: Tensor | None  # (B, 8, D) or (B + 1, 40)
    plan_keys: Tensor | None  # (B, MAX_KEYS)
    is_null: Tensor  # (B,) bool
    latents: Tensor  # (B, 8, h, w) noisy goal and input
    timesteps: Tensor  # (B,) int64
    target: Tensor  # (B, 4, h, w) velocity
    changes: Tensor  # (B,) mean squared change from input to goal

    def to(self, device: torch.device) -> _Drawn:
        """The same on a device."""
        moved: list[Any] = [None if each is None else each.to(device) for each in self]
        return _Drawn(*moved)


def keep_pairs(networks: Networks, maker: ExampleMaker, pairs: MiniPairs) -> KeptPairs:
    """Run the frozen language model over all pairs, or tokenise all requests."""
    if networks.text_encoder is not None:
        conditions = _prompt_ids(maker, pairs)
    else:
        conditions = _states(networks, maker, pairs)
    image_latents, goal_latents = _latents(pairs)
    return KeptPairs(conditions, image_latents, goal_latents, _plan_keys(networks, pairs))


def keep_plans(networks: Networks, pairs: MiniPairs) -> KeptPairs:
    """The pairs for a painter that is told by the plans alone: no language model runs."""
    image_latents, goal_latents = _latents(pairs)
    return KeptPairs(None, image_latents, goal_latents, _plan_keys(networks, pairs))


def train_denoiser(
    networks: Networks,
    kept: KeptPairs,
    config: DenoiserConfig,
    accelerator: Accelerator,
    folder: Path,
    *,
    clock: Clock | None = None,
) -> Iterator[DenoiserStep]:
    """Train in place; the networks hold their averaged weights when the generator is used up.

    folder: of the checkpoints. clock: ends the stage in place of `num_steps`.
    """
    networks.requires_grad_(False)
    module = _Denoiser(networks, is_told=kept.conditions is None).requires_grad_(True).train()
    if module.is_told and module.head is not None:
        module.head.requires_grad_(False)
    conditioner_rate = config.learning_rate * config.condition_factor
    groups = [
        {"params": module.conditioners, "base_lr": conditioner_rate},
        {"params": [*module.unet.parameters()], "base_lr": config.learning_rate},
    ]
    state = TrainState(module, groups, OptimizerConfig(ema_decay=config.ema_decay), accelerator)
    noising = noise_scheduler(networks.config.scheduler)
    saving = Saving(folder=folder, every=config.save_every, keep=1)
    resumed = resume(state, folder)
    last, extra = (config.num_steps, dict) if clock is None else (ENDLESS, clock.extra)
    if clock is not None:
        clock.resume(resumed.extra)
    for step in steps(state, saving, first_step=resumed.first_step, num_steps=last, extra=extra):
        share = step / config.num_steps if clock is None else clock.share
        if share >= 1:
            break
        position = step * accelerator.num_processes + accelerator.process_index
        drawn = _draw(kept, config, noising, seeded(config.seed, position, "denoiser"))
        drawn = drawn.to(accelerator.device)
        with accelerator.autocast():
            velocity = state.model(drawn)
        errors = (velocity.float() - drawn.target).square().mean((1, 2, 3))
        importance = 1 / (drawn.changes + config.change_offset)
        accelerator.backward((errors * importance).sum() / importance.sum())
        state.set_rate(rate_at(share) * min(1.0, (step + 1) / _NUM_WARMUP))
        state.apply_gradients()
        yield DenoiserStep(step + 1, errors.mean().item(), drawn.changes.mean().item())
    assert state.ema is not None
    state.ema.settle()
    networks.eval()


def _plan_keys(networks: Networks, pairs: MiniPairs) -> Tensor | None:
    codes = networks.plan_codes
    if codes is None:
        return None
    return torch.cat([codes.keys(text.expressive_instruction) for text in pairs.texts])


def _latents(pairs: MiniPairs) -> Iterator[Tensor]:
    return (torch.from_numpy(array.copy()) for array in (pairs.image_latents, pairs.goal_latents))


@torch.no_grad()
def _states(networks: Networks, maker: ExampleMaker, pairs: MiniPairs) -> Tensor:
    """(N, 8, D) float16: what the frozen language model's states at the visual tokens are."""
    networks.derive_emb()
    networks.eval()
    objective = Objective(networks, ObjectiveConfig())
    places = [
        [Place(index, index) for index in range(i, min(i + _ENCODED_TOGETHER, len(pairs)))]
        for i in range(0, len(pairs), _ENCODED_TOGETHER)
    ]
    examples = ExampleSet(KindExamples(pairs, maker, pooling=None), maker, seed=0)
    batches = cast(
        "Iterator[Batch]", iter(DataLoader(examples, batch_sampler=places, collate_fn=Collator(maker)))
    )
    states: list[Tensor] = []
    for each in batches:
        batch = each.to(networks.unet.device)
        assert batch.text is not None
        states.append(objective.visual_tokens(objective.hidden_states(batch, batch.text), batch.text).half())
    return torch.cat(states)


def _prompt_ids(maker: ExampleMaker, pairs: MiniPairs) -> Tensor:
    """(N + 1, 40) ids of every request and, last, of the empty one."""
    assert maker.encode_prompt is not None
    examples = KindExamples(pairs, maker, pooling=None)
    ids = [examples[index].prompt_ids for index in range(len(pairs))]
    return torch.tensor([*ids, maker.encode_prompt("")])


def _draw(
    kept: KeptPairs, config: DenoiserConfig, noising: DDPMScheduler, generator: torch.Generator
) -> _Drawn:
    """Pairs, noise and timesteps of one step."""
    rows = torch.randint(len(kept.image_latents), (config.batch_size,), generator=generator)
    image, goal = (
        F.avg_pool2d(latents[rows].float(), config.pooling)
        for latents in (kept.image_latents, kept.goal_latents)
    )
    conditions = kept.conditions
    if conditions is not None:
        chosen = conditions[rows]
        is_text = not conditions.is_floating_point()
        conditions = torch.cat([chosen, conditions[-1:]]) if is_text else chosen.float()
    noise = torch.randn(goal.shape, generator=generator)
    count = cast(int, noising.config["num_train_timesteps"])
    even = torch.randint(count, (config.batch_size,), generator=generator)
    num_later = int(config.batch_size * config.later_share)
    shifts = ((even[:num_later], config.later_shift), (even[num_later:], config.timestep_shift))
    timesteps = cast(torch.IntTensor, torch.cat([shift_timesteps(each, by, count) for each, by in shifts]))
    noisy = noising.add_noise(goal, noise, timesteps)
    return _Drawn(
        conditions=conditions,
        plan_keys=None if kept.plan_keys is None else kept.plan_keys[rows],
        is_null=torch.rand(config.batch_size, generator=generator) < config.drop_text,
        latents=torch.cat([noisy, image], 1),
        timesteps=timesteps,
        target=noising.get_velocity(goal, noise, timesteps),
        changes=(goal - image).square().mean((1, 2, 3)),
    )
