"""Which networks stand on the device while which half of an edit runs.

"resident": all of them, always. "staged": either those that read and write or those that paint, never both;
both use the same device memory (`mgie.model.staging`). "layered": as staged, and the largest one layer
at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

import torch
from accelerate import cpu_offload
from torch import nn

from mgie.errors import DeviceOutOfMemory
from mgie.model.load_options import WORKSPACE_BYTES, PlacementMode
from mgie.model.staging import Stage, Stages

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, eq=False)
class Halves:
    """The networks of a model by the half of an edit that needs them."""

    encode: tuple[nn.Module, ...]  # read and write
    sample: tuple[nn.Module, ...]  # paint
    layered: tuple[nn.Module, ...] = ()  # those of both that can stand on the device layer by layer

    def to(self, device: torch.device | str) -> None:
        """Move all of them."""
        for module in (*self.encode, *self.sample):
            module.to(device)

    def without_layered(self) -> Halves:
        """The networks that are moved as a whole even where the others are not."""
        encode, sample = (
            tuple(module for module in half if not any(module is other for other in self.layered))
            for half in (self.encode, self.sample)
        )
        return Halves(encode=encode, sample=sample)


class Placement:
    """Moves the networks of one model to where they are needed."""

    mode: PlacementMode

    def __init__(self, halves: Halves, device: torch.device, mode: PlacementMode) -> None:
        self.device = device
        self.mode = mode
        self._halves = halves
        self._stages: Stages | None = None
        if mode == "resident":
            halves.to(device)
        else:
            self._stage()

    def enter(self, stage: Stage) -> None:
        """Bring what the stage needs to the device, over what it does not."""
        if self._stages is not None:
            self._stages.enter(stage)

    def use_less_memory(self) -> bool:
        """Go on to the next more frugal mode; False when this is the last."""
        if self.mode == "layered" or (self.mode == "staged" and not self._halves.layered):
            return False
        self.use("staged" if self.mode == "resident" else "layered")
        return True

    def use(self, mode: PlacementMode) -> None:
        """Place the networks anew, e.g. because some were replaced. "layered" is for good."""
        self.leave()
        self.mode = mode
        if mode == "resident":
            self._halves.to(self.device)
        else:
            self._stage()
        log.info("placement mode=%s device=%s", mode, self.device)

    def leave(self) -> None:
        """Take staged weights back to the main memory; resident ones stay."""
        if self._stages is not None:
            self._stages.leave()
            self._stages = None

    @property
    def num_copied_bytes(self) -> int:
        """What was copied to the device to stage halves, since they were placed."""
        return self._stages.num_copied_bytes if self._stages is not None else 0

    @property
    def is_still(self) -> bool:
        """Whether weights are always at the same place on the device when they are used."""
        return self.mode != "layered"

    @property
    def overlap_problem(self) -> str:
        """See `Overlapping`."""
        if self.mode != "resident":
            return "its halves take turns on the device"
        if self.device.type == "cpu" or (self.device.type == "cuda" and torch.version.hip is None):
            return ""
        return "two rows of work at once were never tried on such a device"

    def beside_painting(self, reading: Generator[Item, None, Result]) -> Generator[Item, None, Result]:
        """Run what reads and writes in a row of work of its own, where a device has rows and both halves.

        So another thread can paint meanwhile; whatever reading keeps for later is used in that row only. What
        it returns lies on the CPU: when it has ended, or was closed, the row is empty.
        """
        if self.device.type != "cuda" or self.overlap_problem:
            return (yield from reading)
        stream = self._stream
        stream.wait_stream(torch.cuda.current_stream(self.device))
        try:
            while True:
                try:
                    with torch.cuda.stream(stream):
                        item = next(reading)
                except StopIteration as stop:
                    return stop.value
                yield item
        finally:
            with torch.cuda.stream(stream):
                reading.close()
            stream.synchronize()

    @cached_property
    def _stream(self) -> torch.cuda.Stream:
        return torch.cuda.Stream(self.device)

    def _stage(self) -> None:
        self._halves.to("cpu")
        halves = self._halves
        if self.mode == "layered":
            halves = halves.without_layered()
            for module in self._halves.layered:
                cpu_offload(module, execution_device=self.device, offload_buffers=True)
        if self.device.type != "cpu":
            self._stages = Stages({"encode": halves.encode, "sample": halves.sample}, self.device)


def place(halves: Halves, device: torch.device, placement: PlacementMode | Literal["auto"]) -> Placement:
    """Put a model on a device. Raises DeviceOutOfMemory where it does not fit."""
    mode = choose_mode(halves, free_memory(device)) if placement == "auto" else placement
    with memory_guard(device):
        return Placement(halves, device, mode)


def choose_mode(halves: Halves, free_bytes: int | None) -> PlacementMode:
    """The fastest mode that fits into so much device memory; None means there is no limit to mind."""
    if free_bytes is None:
        return "resident"
    reading, painting = (sum(map(num_bytes, half)) for half in (halves.encode, halves.sample))
    if painting + reading + WORKSPACE_BYTES <= free_bytes:
        return "resident"
    return "staged" if max(painting, reading) + WORKSPACE_BYTES <= free_bytes else "layered"


def free_memory(device: torch.device, *, spare_bytes: int = 0) -> int | None:
    """Free bytes of a device of its own memory; None for the CPU.

    spare_bytes: more that would be freed first; below 0, that would be taken.
    """
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0] + spare_bytes
    if device.type == "mps":
        free_bytes = torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
        return free_bytes + spare_bytes
    return None


def num_bytes(module: nn.Module) -> int:
    """Size of all weights."""
    return sum(tensor.numel() * tensor.element_size() for tensor in (*module.parameters(), *module.buffers()))


def cast_weights(module: nn.Module, dtype: torch.dtype) -> None:
    """Give every stored number one dtype; small computed tables (rotary frequencies) stay in float32."""
    for tensor in module.state_dict(keep_vars=True).values():
        if tensor.is_floating_point():
            tensor.data = tensor.data.to(dtype)


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
