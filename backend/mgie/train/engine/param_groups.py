"""Which weights move, and how fast."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

from torch import nn

from mgie.errors import BadOption
from mgie.model.networks import Networks
from mgie.train.config import LearningRates, LoraConfig, TrainConfig

# Start of a weight's name -> field of LearningRates. First match wins; what matches nothing stays frozen.
_PARTS = (
    ("language_model.model.embed_tokens.", "embeddings"),
    ("language_model.lm_head.", "embeddings"),
    ("language_model.", "language_model"),
    ("projector.", "projector"),
    ("vision_tower.", "vision_tower"),
    ("edit_head.", "edit_head"),
    ("unet.", "unet"),
    ("text_encoder.", "text_encoder"),
)


_VISION_LAYER = re.compile(r"vision_tower\..*encoder\.layers\.(\d+)\.")


def part_of(name: str) -> str | None:
    """The field of `LearningRates` that rules a weight; None: always frozen (the VAE)."""
    return next((part for prefix, part in _PARTS if name.startswith(prefix)), None)


def parameter_groups(networks: Networks, config: TrainConfig) -> list[dict[str, Any]]:
    """Set what is trained and return the optimizer's groups, each with its base learning rate.

    Low-rank adapters must be in place already (see `lora.add_adapters`).
    """
    _check_parts(networks, config)
    groups: dict[str, dict[str, Any]] = {}
    for name, weight in networks.named_parameters():
        group, rate = _group(name, config.learning_rates, config.lora)
        if _is_unreached(name, networks):
            rate = 0.0
        weight.requires_grad_(rate > 0)
        if rate > 0:
            groups.setdefault(group, {"name": group, "params": [], "base_lr": rate})
            groups[group]["params"].append(weight)
    return list(groups.values())


def trained(module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Name and weight of everything that is trained."""
    return ((name, weight) for name, weight in module.named_parameters() if weight.requires_grad)


def _group(name: str, rates: LearningRates, lora: LoraConfig | None) -> tuple[str, float]:
    if ".lora_" in name:
        return "lora", lora.learning_rate if lora else 0.0
    part = part_of(name)
    if part is None or (lora and _is_adapted(part, lora)):
        return str(part), 0.0
    return part, getattr(rates, part)


def _is_adapted(part: str, lora: LoraConfig) -> bool:
    return (part == "unet" and lora.unet) or (part == "language_model" and lora.language_model)


def _is_unreached(name: str, networks: Networks) -> bool:
    """True for the vision tower's layers behind the one that is read: no gradient ever arrives there."""
    vision = networks.config.vision
    if vision is None or not name.startswith("vision_tower."):
        return False
    layer = _VISION_LAYER.match(name)
    return "post_layernorm" in name or (layer is not None and int(layer[1]) >= vision.num_used_layers)


def _check_parts(networks: Networks, config: TrainConfig) -> None:
    """Refuse a rate for a part that the model lacks, or that no loss reaches."""
    present = {part_of(name) for name, _ in networks.named_parameters()}
    for part in dataclasses.fields(config.learning_rates):
        if getattr(config.learning_rates, part.name) and part.name not in present:
            kind = networks.config.kind
            raise BadOption(f"learning_rates.{part.name} is set, but a model of kind {kind} has no such part")
    if config.objective.edit_weight == 0 and (config.learning_rates.unet or config.learning_rates.edit_head):
        raise BadOption("objective.edit_weight is 0: set learning_rates.unet and edit_head to 0 as well")
