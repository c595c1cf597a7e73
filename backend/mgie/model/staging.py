"""Two halves of a model that use the same device memory in turn.

Each half lies in the main memory as one block, page-locked for a GPU, so that entering it is one copy at the
full speed of the bus. On the device it always lies at the same addresses: graphs captured there stay right.
What the smaller half does not write over stays there, so that the larger one is copied whole only once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

import torch
from torch import Tensor, nn

log = logging.getLogger(__name__)

Stage: TypeAlias = Literal["encode", "sample"]

_ALIGNMENT = 256  # bytes between the beginnings of two tensors, as allocators have it


class Stages:
    """The halves, and which of them is on the device."""

    def __init__(self, halves: Mapping[Stage, Sequence[nn.Module]], device: torch.device) -> None:
        """The modules stand in the main memory; their weights are moved into blocks."""
        blocks = {stage: _Block(modules, device) for stage, modules in halves.items() if modules}
        room = torch.empty(
            max(len(block.memory) for block in blocks.values()), dtype=torch.uint8, device=device
        )
        self._blocks, self._room = blocks, room
        self._present: Stage | None = None
        # What is to be copied of each half: bytes from its beginning on; the rest is still on the device.
        self._missing = {stage: len(block.memory) for stage, block in blocks.items()}
        self.num_copied_bytes = 0  # to the device, so far

    def enter(self, stage: Stage) -> None:
        """Copy what is missing of a half to the device, over the other one."""
        if stage == self._present or stage not in self._blocks:
            return
        if self._present is not None:
            self._blocks[self._present].point_to_memory()
        block = self._blocks[stage]
        block.copy_to(self._room, self._missing[stage])
        self.num_copied_bytes += self._missing[stage]
        for other, there in self._blocks.items():
            written_over = min(len(block.memory), len(there.memory))
            self._missing[other] = max(self._missing[other], written_over)
        self._missing[stage] = 0
        self._present = stage

    def leave(self) -> None:
        """Take everything back to the main memory."""
        if self._present is not None:
            self._blocks[self._present].point_to_memory()
            self._present = None


class _Place(NamedTuple):
    """One weight of a half."""

    owner: nn.Module
    name: str
    is_parameter: bool
    offset: int  # in the block, bytes
    shape: torch.Size
    stride: tuple[int, ...]
    dtype: torch.dtype

    def point_to(self, block: Tensor) -> None:
        """Make the weight a view of a block."""
        size = sum((length - 1) * step for length, step in zip(self.shape, self.stride, strict=True)) + 1
        view = block[self.offset :][: size * self.dtype.itemsize].view(self.dtype)
        view = view.as_strided(self.shape, self.stride)
        if self.is_parameter:
            setattr(self.owner, self.name, nn.Parameter(view, requires_grad=False))
        else:
            setattr(self.owner, self.name, view)


class _Block:
    """All weights of one half, one behind the other in the main memory."""

    def __init__(self, modules: Sequence[nn.Module], device: torch.device) -> None:
        self._places: list[_Place] = []
        found = list(_weights(modules))
        offsets: dict[int, int] = {}  # by the identity of a tensor: some have two names
        end = 0
        for _, _, tensor, _ in found:
            if id(tensor) not in offsets:
                offsets[id(tensor)] = end
                end += -(-tensor.numel() * tensor.element_size() // _ALIGNMENT) * _ALIGNMENT
        self.memory = _main_memory(end, device)
        found.reverse()
        while found:  # what has been copied is freed at once: a half may fill much of the memory
            owner, name, tensor, is_parameter = found.pop()
            place = _Place(
                owner,
                name,
                is_parameter,
                offsets[id(tensor)],
                tensor.shape,
                tensor.stride(),
                tensor.dtype,
            )
            place.point_to(self.memory)
            getattr(owner, name).data.copy_(tensor)
            self._places.append(place)

    def copy_to(self, room: Tensor, num_bytes: int) -> None:
        """Bring the half to the device, where all but its first `num_bytes` are already."""
        room[:num_bytes].copy_(self.memory[:num_bytes], non_blocking=True)
        for place in self._places:
            place.point_to(room)

    def point_to_memory(self) -> None:
        """Let the weights be those in the main memory."""
        for place in self._places:
            place.point_to(self.memory)


def _main_memory(num_bytes: int, device: torch.device) -> Tensor:
    """A block of main memory, page-locked for a GPU where the system allows as much."""
    if device.type == "cuda":
        try:
            return torch.empty(num_bytes, dtype=torch.uint8, pin_memory=True)
        except RuntimeError as error:
            log.warning(
                "main memory is not page-locked, so staging is slower: %s", str(error).splitlines()[0]
            )
    return torch.empty(num_bytes, dtype=torch.uint8)


def _weights(modules: Sequence[nn.Module]) -> Iterator[tuple[nn.Module, str, Tensor, bool]]:
    """Every stored tensor: who owns it, its name there, itself, and whether it is a parameter."""
    for module in modules:
        for owner in module.modules():
            for name, parameter in owner.named_parameters(recurse=False):
                yield owner, name, parameter, True
            for name, buffer in owner.named_buffers(recurse=False):
                yield owner, name, buffer, False
