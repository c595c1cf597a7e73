"""Which networks stand on the device while which half of an edit runs.

"resident": all of them, always. "staged": either those that read and write or those that paint, never both.
"layered": as staged, and the language model one layer at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal, TypeAlias

import torch
from accelerate import cpu_offload
from accelerate.hooks import CpuOffload, UserCpuOffloadHook
from torch import nn

from mgie.errors import DeviceOutOfMemory
from mgie.model.networks import Networks

log = logging.getLogger(__name__)

PlacementMode: TypeAlias = Literal["resident", "staged", "layered"]
Stage: TypeAlias = Literal["encode", "sample"]

_WORKSPACE_BYTES = 1 << 30  # activations and the framework itself, roughly


class Placement:
    """Moves the networks of one model to where they are needed."""

    def __init__(self, networks: Networks, device: torch.device, mode: PlacementMode) -> None:
        self.device = device
        self.mode = mode
        self._networks = networks
        self._hooks: dict[Stage, UserCpuOffloadHook] = {}
        if mode == "resident":
            networks.to(device)
        else:
            self._stage()

    def enter(self, stage: Stage) -> None:
        """Bring what the stage needs to the device, after taking away what it does not."""
        if self._hooks:
            hook = self._hooks[stage]
            hook.hook.pre_forward(hook.model)

    def use_less_memory(self) -> bool:
        """Go on to the next more frugal mode; False when this is the last."""
        if self.mode == "layered" or (self.mode == "staged" and self._networks.language_model is None):
            return False
        self.mode = "staged" if self.mode == "resident" else "layered"
        self._stage()
        log.info("placement mode=%s device=%s", self.mode, self.device)
        return True

    def _stage(self) -> None:
        networks = self._networks.to("cpu")
        reading: list[nn.Module | None] = [
            networks.vision_tower,
            networks.projector,
            networks.edit_head,
            networks.text_encoder,
        ]
        if self.mode == "layered" and networks.language_model is not None:
            cpu_offload(networks.language_model, execution_device=self.device)
        else:
            reading.append(networks.language_model)
        modules: dict[Stage, nn.Module] = {
            "encode": nn.ModuleList([module for module in reading if module is not None]),
            "sample": nn.ModuleList([networks.unet, networks.vae]),
        }
        self._hooks = {
            stage: UserCpuOffloadHook(module, CpuOffload(self.device)) for stage, module in modules.items()
        }
        self._hooks["encode"].hook.prev_module_hook = self._hooks["sample"]
        self._hooks["sample"].hook.prev_module_hook = self._hooks["encode"]


def choose_mode(networks: Networks, free_bytes: int | None) -> PlacementMode:
    """The fastest mode that fits into so much device memory; None means there is no limit to mind."""
    if free_bytes is None:
        return "resident"
    painting = num_bytes(networks.unet) + num_bytes(networks.vae)
    reading = num_bytes(networks) - painting
    if painting + reading + _WORKSPACE_BYTES <= free_bytes:
        return "resident"
    return "staged" if max(painting, reading) + _WORKSPACE_BYTES <= free_bytes else "layered"


def free_memory(device: torch.device) -> int | None:
    """Free bytes of a device of its own memory; None for the CPU."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return None


def num_bytes(module: nn.Module) -> int:
    """Size of all weights."""
    return sum(parameter.numel() * parameter.element_size() for parameter in module.parameters())


def cast_weights(networks: Networks, dtype: torch.dtype) -> None:
    """Give every weight one dtype; small computed tables (rotary frequencies) stay in float32."""
    for parameter in networks.parameters():
        parameter.data = parameter.data.to(dtype)
    if networks.emb is not None:
        networks.emb = networks.emb.to(dtype)


@contextmanager
def memory_guard(device: torch.device) -> Generator[None]:
    """Turn the framework's out-of-memory errors into ours."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not _is_out_of_memory(error):
            raise
        raise DeviceOutOfMemory(
            f"{device} has too little free memory; close other programs or choose a smaller picture"
        ) from error


def _is_out_of_memory(error: RuntimeError | MemoryError) -> bool:
    """CUDA has an error of its own; the CPU and Apple's GPU only say it in words."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return any(words in str(error) for words in ("can't allocate memory", "MPS backend out of memory"))
