"""What moves while training, on one process or many, and its way to a checkpoint and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import torch
from accelerate import Accelerator
from accelerate.optimizer import AcceleratedOptimizer
from accelerate.utils import DistributedType
from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)

from mgie.errors import BadCheckpoint
from mgie.train.config import OptimizerConfig
from mgie.train.engine.checkpoints import Snapshot
from mgie.train.engine.ema import Ema
from mgie.train.engine.param_groups import trained

# Full tensors on the CPU, whatever way the weights are spread; only what is trained.
_FULL = StateDictOptions(full_state_dict=True, cpu_offload=True, ignore_frozen_params=True)
_FULL_LOAD = StateDictOptions(full_state_dict=True, strict=False)


class TrainState:
    """A module, its optimizer and the averages of its weights."""

    def __init__(
        self,
        module: nn.Module,
        groups: Sequence[Mapping[str, Any]],
        config: OptimizerConfig,
        accelerator: Accelerator,
        *,
        prefix: str = "",
    ) -> None:
        """groups: each with `params` and `base_lr`; prefix: of all names, left out in checkpoints."""
        self.accelerator = accelerator
        self._prefix = prefix
        optimizer = torch.optim.AdamW(
            [{**group, "lr": group["base_lr"]} for group in groups],
            betas=config.betas,
            eps=config.eps,
            weight_decay=config.weight_decay,
        )
        self._clip_norm = config.clip_norm
        self.model, self.optimizer = cast(
            tuple[nn.Module, AcceleratedOptimizer], accelerator.prepare(module, optimizer)
        )
        self.trained = dict(trained(self.model))
        self.trained_names = [name.removeprefix("module.").removeprefix(prefix) for name in self.trained]
        self.ema = Ema(self.trained, config.ema_decay) if config.ema_decay is not None else None

    @property
    def is_sharded(self) -> bool:
        """Whether weights are spread over the processes (FSDP)."""
        return self.accelerator.distributed_type == DistributedType.FSDP

    def set_rate(self, factor: float) -> None:
        """Set every group's learning rate to its base rate times `factor`."""
        for group in self.optimizer.param_groups:
            group["lr"] = group["base_lr"] * factor

    def apply_gradients(self) -> Tensor:
        """One optimizer step. Returns the norm of all gradients before clipping."""
        norm = self.accelerator.clip_grad_norm_(self.trained.values(), self._clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.ema is not None:
            self.ema.update()
        return cast(Tensor, norm)

    def snapshot(self, step: int) -> Snapshot:
        """The state after `step` steps. Every process must call this."""
        averages = None
        extra: dict[str, Any] = {}
        weights = self.weights()
        if self.ema is not None:
            with self.ema.applied():
                averages = self.weights()
            extra["ema_updates"] = self.ema.num_updates
        if self.accelerator.scaler is not None:
            extra["scaler"] = self.accelerator.scaler.state_dict()
        optimizer = get_optimizer_state_dict(self.model, self.optimizer.optimizer, options=_FULL)
        return Snapshot(step, weights, optimizer, averages, extra)

    def weights(self) -> dict[str, Tensor]:
        """Trained weights, whole, on the CPU, without the prefix; empty but in the main process.

        Every process must call this.
        """
        state = get_model_state_dict(self.model, options=_FULL)
        named = {name.removeprefix(self._prefix): cast(Tensor, value) for name, value in state.items()}
        return {name: named[name].clone() for name in self.trained_names if name in named}

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot. Raises BadCheckpoint when it belongs to another configuration."""
        odd = sorted(set(snapshot.weights) ^ set(self.trained_names))
        if odd:
            raise BadCheckpoint(f"the checkpoint trains other weights than the configuration, e.g. {odd[0]}")
        if self.ema is not None and snapshot.averages is not None:
            self._load(snapshot.averages)
            self.ema.take()
            self.ema.num_updates = int(snapshot.extra["ema_updates"])
        self._load(snapshot.weights)
        set_optimizer_state_dict(
            self.model,
            self.optimizer.optimizer,
            snapshot.optimizer,
            options=StateDictOptions(full_state_dict=True),
        )
        if self.accelerator.scaler is not None:
            self.accelerator.scaler.load_state_dict(snapshot.extra["scaler"])

    def _load(self, weights: dict[str, Tensor]) -> None:
        state: dict[str, Any] = {f"{self._prefix}{name}": value for name, value in weights.items()}
        set_model_state_dict(self.model, state, options=_FULL_LOAD)
