"""Low-rank adapters (Hu et al. 2021) by peft: put on before training, merged into the weights for export."""

from __future__ import annotations

import torch
from peft import LoraConfig as PeftConfig
from peft import inject_adapter_in_model
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn

from mgie.errors import BadOption
from mgie.model.networks import Networks
from mgie.train.config import LoraConfig

_UNET_TARGETS = ["to_q", "to_k", "to_v", "to_out.0"]
_LANGUAGE_TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj"]


def add_adapters(networks: Networks, config: LoraConfig, *, seed: int) -> None:
    """Put adapters on the attention projections. They change nothing until they are trained."""
    if config.language_model and networks.language_model is None:
        raise BadOption("lora.language_model is set, but a model of kind insp2p has no language model")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if config.unet:
            inject_adapter_in_model(_peft_config(config, _UNET_TARGETS), networks.unet)
        if config.language_model and networks.language_model is not None:
            inject_adapter_in_model(_peft_config(config, _LANGUAGE_TARGETS), networks.language_model)


def merge_adapters(networks: Networks) -> None:
    """Add every adapter to its weight and put the plain layer back, so that names are as published again."""
    adapted = [
        (name, module) for name, module in networks.named_modules() if isinstance(module, BaseTunerLayer)
    ]
    for name, module in adapted:
        module.merge()  # pyright: ignore[reportCallIssue]  # every layer peft injects has it
        parent, _, child = name.rpartition(".")
        plain = module.get_base_layer()
        assert isinstance(plain, nn.Module)
        networks.get_submodule(parent).register_module(child, plain)


def _peft_config(config: LoraConfig, targets: list[str]) -> PeftConfig:
    return PeftConfig(
        r=config.rank, lora_alpha=config.alpha, target_modules=targets, lora_dropout=0.0, bias="none"
    )
