"""One optimiser step of the published recipe on a random batch: the same weights trained, the same frozen."""

from __future__ import annotations

from collections.abc import Callable

import torch

from mgie.bench.random_model import random_networks
from mgie.model.config import ModelConfig
from mgie.train.config import ObjectiveConfig
from mgie.train.data.batch import Batch, TextBatch
from mgie.train.data.noise import Draws
from mgie.train.engine.objective import Objective

_TRAINED = ("language_model.model.embed_tokens.", "language_model.lm_head.", "edit_head.", "unet.")
_NUM_LABELS = 48  # of every answer
_NUM_TOKENS = 384  # of prompt and answer


def training_step(config: ModelConfig, device: torch.device, *, batch: int) -> Callable[[], object]:
    """A step that can be done again: AdamW, float32 weights, gradient checkpointing in the language model."""
    networks = random_networks(config, device, torch.float32)
    for name, weight in networks.named_parameters():
        weight.requires_grad_(name.startswith(_TRAINED))
    assert networks.language_model is not None
    model = networks.language_model  # older transformers have the older name only
    enable = getattr(model, "activation_checkpointing_enable", None) or model.gradient_checkpointing_enable
    enable({"use_reentrant": False})
    networks.language_model.train()
    trained = [weight for weight in networks.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=5e-4, weight_decay=0.0)
    objective, made = Objective(networks, ObjectiveConfig()), _batch(config, batch).to(device)

    def step() -> None:
        losses = objective(made)
        loss = losses.instruction / losses.num_labels + 0.5 * losses.edit / losses.num_samples
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def _batch(config: ModelConfig, size: int) -> Batch:
    tokens, vision = config.tokens, config.vision
    assert tokens is not None
    assert vision is not None
    generator = torch.Generator().manual_seed(0)

    def integers(high: int, *shape: int) -> torch.Tensor:
        return torch.randint(high, shape, generator=generator)

    side_px = config.native_size_px // 2  # as published: 256 for a model of 512
    latents = (size, 4, side_px // config.vae.scale_factor, side_px // config.vae.scale_factor)
    places = torch.arange(_NUM_TOKENS - _NUM_LABELS - 1, _NUM_TOKENS - 1)
    return Batch(
        draws=Draws(
            torch.randn(latents, generator=generator),
            torch.randn(latents, generator=generator),
            integers(config.scheduler.num_train_timesteps, size),
            torch.rand(size, generator=generator),
        ),
        text=TextBatch(
            input_ids=integers(tokens.num_pieces, size, _NUM_TOKENS),
            attention_mask=torch.ones(size, _NUM_TOKENS, dtype=torch.bool),
            image_start=torch.full((size,), 50),
            label_places=torch.cat([row * _NUM_TOKENS + places for row in range(size)]),
            label_ids=integers(tokens.num_pieces, size * _NUM_LABELS),
            window_start=torch.full((size,), _NUM_TOKENS - tokens.num_visual_tokens - 2),
        ),
        prompt_ids=None,
        vision_pixels=integers(256, size, 3, vision.image_size_px, vision.image_size_px).to(torch.uint8),
        image_features=None,
        pixels=integers(256, 2, size, 3, side_px, side_px).to(torch.uint8),
        image_latents=None,
        goal_mean=None,
        goal_std=None,
        num_bad=torch.tensor(0),
    )
