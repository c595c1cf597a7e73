"""The networks of an edit as a run trains them: which weights move, in what precision, under which loss."""

from __future__ import annotations

import torch
from accelerate import Accelerator

from mgie.model.networks import Networks
from mgie.train.config import TrainConfig
from mgie.train.engine.objective import Objective
from mgie.train.engine.param_groups import parameter_groups
from mgie.train.engine.train_state import TrainState

_PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class Session(TrainState):
    """The state of a run; weights are named as in `Networks`."""

    def __init__(self, networks: Networks, config: TrainConfig, accelerator: Accelerator) -> None:
        self.networks = networks
        groups = parameter_groups(networks, config)
        prepare_networks(networks, config)
        objective = Objective(networks, config.objective)
        super().__init__(objective, groups, config.optimizer, accelerator, prefix="networks.")


def set_modes(networks: Networks) -> None:
    """Training mode, but for what is never trained."""
    networks.train()
    networks.vae.eval()


def prepare_networks(networks: Networks, config: TrainConfig) -> None:
    """Modes, memory and precision: train what is trained, freeze and shrink the rest."""
    set_modes(networks)
    dtype = _PRECISIONS[config.run.precision]
    for name, weight in networks.named_parameters():
        if weight.requires_grad:
            weight.data = weight.data.float()  # master weights, whatever precision the file had
        elif not name.startswith("vae."):
            weight.data = weight.data.to(dtype)
    networks.vae.float()  # encoding in half precision would move every target
    if config.run.gradient_checkpointing:
        if networks.language_model is not None:
            networks.language_model.activation_checkpointing_enable({"use_reentrant": False})
        networks.unet.enable_gradient_checkpointing()
