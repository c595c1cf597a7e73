"""The published objective, L = L_ins + 0.5 L_edit (MGIE, section 3.3), on one batch.

`Objective`       the networks with a forward pass from batch to losses
`Losses.total`    the weighted sum; means are taken over the whole step, all processes included

Departures from the published code, on purpose: means over the step instead of per process, so that a
step does not depend on how it is split; scores only where there is a label; both pictures through the
encoder at once; the learned null once per batch.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from torch import Tensor, nn
from torch.nn import functional as F

from mgie.model.config import SchedulerConfig
from mgie.model.networks import Networks
from mgie.train.config import ObjectiveConfig
from mgie.train.data.batch import Batch, TextBatch
from mgie.train.data.frozen import features, latents
from mgie.train.data.noise import dropped


class Losses(NamedTuple):
    """Sums over one batch, so that batches can be added before the mean is taken."""

    instruction: Tensor  # () cross entropy summed over the labels
    num_labels: Tensor  # ()
    edit: Tensor  # () mean squared error of each sample, summed
    num_samples: Tensor  # ()


class Objective(nn.Module):
    """Networks under training. Frozen networks stay in evaluation mode."""

    def __init__(self, networks: Networks, config: ObjectiveConfig) -> None:
        super().__init__()
        self.networks = networks
        self.config = config
        self.noising = noise_scheduler(networks.config.scheduler)

    def forward(self, batch: Batch) -> Losses:
        """Losses of one batch."""
        zero = torch.zeros((), device=batch.draws.timestep.device)
        count = zero + batch.num_pairs
        if batch.text is None:
            return Losses(zero, zero, self._edit_loss(batch, *self._clip_context(batch)), count)
        hidden_states = self.hidden_states(batch, batch.text)
        instruction = self._instruction_loss(hidden_states, batch.text)
        num_labels = zero + len(batch.text.label_ids)
        if self.config.edit_weight == 0:
            return Losses(instruction, num_labels, zero, count)
        context = self._edit_context(hidden_states, batch.text)
        return Losses(instruction, num_labels, self._edit_loss(batch, *context), count)

    def hidden_states(self, batch: Batch, text: TextBatch) -> Tensor:
        """Last states of the language model after the final norm, (B, T, D)."""
        model = self.networks.language_model
        assert model is not None
        embeds = model.model.embed_tokens(text.input_ids)
        if self.networks.projector is not None:
            spliced = self.networks.projector(features(self.networks, batch))
            places = text.image_start[:, None] + torch.arange(spliced.shape[1], device=spliced.device)
            embeds = embeds.scatter(
                1, places[..., None].expand(-1, -1, embeds.shape[2]), spliced.to(embeds.dtype)
            )
        mask = text.attention_mask
        return model.model(inputs_embeds=embeds, attention_mask=mask, use_cache=False).last_hidden_state

    def _instruction_loss(self, hidden_states: Tensor, text: TextBatch) -> Tensor:
        model = self.networks.language_model
        assert model is not None
        rows = hidden_states.flatten(0, 1).index_select(0, text.label_places)
        return F.cross_entropy(model.lm_head(rows).float(), text.label_ids, reduction="sum")

    def visual_tokens(self, hidden_states: Tensor, text: TextBatch) -> Tensor:
        """The states that predict [IMG0], [IMG1], ... of every row, (B, 8, D)."""
        tokens = self.networks.config.tokens
        assert tokens is not None
        places = text.window_start[:, None] + torch.arange(
            tokens.num_visual_tokens, device=hidden_states.device
        )
        return hidden_states.gather(1, places[..., None].expand(-1, -1, hidden_states.shape[2]))

    def _edit_context(self, hidden_states: Tensor, text: TextBatch) -> tuple[Tensor, Tensor]:
        """Edit embeddings (B, 77, C) and the learned null (1, 77, C), both with gradient."""
        model, head, tokens = (
            self.networks.language_model,
            self.networks.edit_head,
            self.networks.config.tokens,
        )
        assert model is not None
        assert head is not None
        assert tokens is not None
        visual_tokens = self.visual_tokens(hidden_states, text)
        emb = model.model.embed_tokens.weight[tokens.visual_ids[0] : tokens.visual_ids[-1] + 1]
        both = head(torch.cat([visual_tokens, torch.zeros_like(visual_tokens[:1])]), emb)
        return both[:-1], both[-1:]

    def _clip_context(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """CLIP's text states of the instructions (B, 77, C) and, from the last row, of nothing (1, 77, C)."""
        encoder = self.networks.text_encoder
        assert encoder is not None
        assert batch.prompt_ids is not None
        states = encoder(batch.prompt_ids).last_hidden_state
        return states[:-1], states[-1:]

    def _edit_loss(self, batch: Batch, context: Tensor, null: Tensor) -> Tensor:
        draws = batch.draws
        encoded = latents(self.networks, batch)
        gone = dropped(draws.drop, self.config)
        context = torch.where(gone.text[:, None, None], null, context)
        image_latents = encoded.image.masked_fill(gone.image[:, None, None, None], 0.0)
        shifted = shift_timesteps(
            draws.timestep, self.config.timestep_shift, self.networks.config.scheduler.num_train_timesteps
        )
        timesteps = cast(torch.IntTensor, shifted)  # as diffusers spells any integer tensor
        goal = encoded.goal_mean + encoded.goal_std * draws.posterior_noise
        goal = goal * self.networks.config.vae.scaling_factor
        noisy = self.noising.add_noise(goal, draws.noise, timesteps)
        target = draws.noise
        if self.networks.config.scheduler.prediction_type == "v_prediction":
            target = self.noising.get_velocity(goal, draws.noise, timesteps)
        pred = self.networks.unet(torch.cat([noisy, image_latents], 1), shifted, context).sample
        return F.mse_loss(pred.float(), target, reduction="none").mean((1, 2, 3)).sum()


def shift_timesteps(timesteps: Tensor, shift: float, num_train_timesteps: int) -> Tensor:
    """Move evenly drawn timesteps towards the noisy end: u becomes shift u / (1 + (shift - 1) u).

    timesteps: (B,) int64, 0..num_train_timesteps-1; comes back unchanged for a shift of 1.
    """
    if shift == 1.0:
        return timesteps
    even = (timesteps.double() + 0.5) / num_train_timesteps
    return (shift * even / (1 + (shift - 1) * even) * num_train_timesteps).long()


def noise_scheduler(config: SchedulerConfig) -> DDPMScheduler:
    """The forward process of training."""
    return DDPMScheduler(
        num_train_timesteps=config.num_train_timesteps,
        beta_start=config.beta_start,
        beta_end=config.beta_end,
        beta_schedule="scaled_linear",
        prediction_type=config.prediction_type,
        rescale_betas_zero_snr=config.rescale_betas_zero_snr,
        clip_sample=False,
    )
