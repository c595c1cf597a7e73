"""Guided denoising steps as graphs, one per batch and size.

A graph reads from tensors that stay where they are. What is constant while an edit runs is copied there once,
the latents and the timestep in every step.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mgie.model.conditioning import ContextKeyValues, KeyValue
from mgie.model.diffusion import GuidedDenoiser
from mgie.model.graphs import Graphs

_NUM_SLOTS = 4  # sizes whose tensors are kept


class StepGraphs:
    """Makes the denoisers of one UNet use graphs."""

    def __init__(self, graphs: Graphs) -> None:
        self._graphs = graphs
        self._slots: OrderedDict[tuple[int, ...], _Slot] = OrderedDict()

    def denoiser(self, plain: GuidedDenoiser) -> GuidedDenoiser:
        """The same denoiser by graphs, or itself where there are none."""
        if not self._graphs.is_available:
            return plain
        values = {name: getattr(plain, name) for name in plain.__dataclass_fields__}
        return GraphedDenoiser(**values, graphs=self._graphs, slot=self._slot(plain))

    def clear(self) -> None:
        """Free the tensors of all sizes."""
        self._slots.clear()

    def _slot(self, plain: GuidedDenoiser) -> _Slot:
        key = (plain.num_branches, *plain.image_latents.shape, plain.contexts.shape[1])
        if key not in self._slots:
            self._slots[key] = _Slot(plain)
        self._slots.move_to_end(key)
        while len(self._slots) > _NUM_SLOTS:
            _, dropped = self._slots.popitem(last=False)
            self._graphs.forget(dropped)
        return self._slots[key]


@dataclass(frozen=True, kw_only=True)
class GraphedDenoiser(GuidedDenoiser):
    """Predicts by replaying what one prediction of its size launches."""

    graphs: Graphs
    slot: _Slot

    def predict(self, latents: Tensor, timestep: Tensor) -> Tensor:
        """See `GuidedDenoiser.predict`."""
        self.slot.fill(self, latents, timestep)
        rows, _, height, width = self.image_latents.shape
        name = f"one step of {rows} pictures of {width}x{height} latents"
        ordinary = super().predict
        output = self.graphs.run(name, self.slot, self.slot.predict, lambda: ordinary(latents, timestep))
        return output.clone()  # the next replay writes over it


class _Slot:
    """Where the graph of one size reads from."""

    def __init__(self, plain: GuidedDenoiser) -> None:
        self._kept = replace(
            plain,
            contexts=plain.contexts.clone(),
            context_kv=_cloned(plain.context_kv),
            image_latents=plain.image_latents.clone(),
        )
        batch = len(plain.image_latents) // plain.num_branches
        self._latents = torch.zeros_like(plain.image_latents[:batch])
        self._timestep = torch.zeros((), device=plain.image_latents.device)
        self._owner: object = None  # whose constants are there

    def fill(self, denoiser: GuidedDenoiser, latents: Tensor, timestep: Tensor) -> None:
        """Bring what the next prediction reads."""
        if self._owner is not denoiser:
            self._kept.contexts.copy_(denoiser.contexts)
            self._kept.image_latents.copy_(denoiser.image_latents)
            for name, kept in self._kept.context_kv.items():
                kept.key.copy_(denoiser.context_kv[name].key)
                kept.value.copy_(denoiser.context_kv[name].value)
            self._owner = denoiser
        self._latents.copy_(latents)
        self._timestep.copy_(timestep)

    def predict(self) -> Tensor:
        """Noise (R, 4, h, w) of what is there."""
        return GuidedDenoiser.predict(self._kept, self._latents, self._timestep)


def _cloned(context_kv: ContextKeyValues) -> ContextKeyValues:
    return {name: KeyValue(kv.key.clone(), kv.value.clone()) for name, kv in context_kv.items()}
