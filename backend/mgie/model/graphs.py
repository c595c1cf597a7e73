"""Rows of kernels, captured once and replayed: a device need not wait for Python between them.

A graph's first use is compared with the same computation done the ordinary way. Where capturing fails, or the
results differ beyond rounding, that part stays ordinary, and `Graphs.refused` says why.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

log = logging.getLogger(__name__)

_NUM_WARM_UPS = 2  # runs before a capture: libraries choose kernels and allocate workspaces in the first
_CAPACITY = 8  # graphs kept; all share one pool of memory
# Largest difference, as a share of the largest value: kernels for other shapes add up in another order.
_TOLERANCES = {torch.float32: 1e-3, torch.float16: 3e-2, torch.bfloat16: 1e-1}


class Captured(NamedTuple):
    """A row of kernels."""

    replay: Callable[[], None]
    output: Tensor  # written anew by every replay


class CaptureBackend(Protocol):
    """What can capture on one device."""

    def capture(self, function: Callable[[], Tensor]) -> Captured:
        """Capture what `function` does to tensors that stay where they are. Raises RuntimeError."""
        ...


class CudaCapture:
    """CUDA graphs that share one pool of memory. They must not be replayed at the same time."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._pool = torch.cuda.graph_pool_handle()

    def capture(self, function: Callable[[], Tensor]) -> Captured:
        """Run on a stream of its own until all is warm, then capture."""
        with torch.cuda.device(self._device):
            stream = torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                for _ in range(_NUM_WARM_UPS):
                    function()
            torch.cuda.current_stream().wait_stream(stream)
            graph = torch.cuda.CUDAGraph()
            # Other threads may ask the device for its memory meanwhile.
            with torch.cuda.graph(graph, self._pool, stream, capture_error_mode="thread_local"):
                output = function()
        return Captured(graph.replay, output)


class Graphs:
    """The graphs of one loaded model, least recently used ones dropped."""

    def __init__(self, backend: CaptureBackend | None, *, capacity: int = _CAPACITY) -> None:
        """backend: None where a device has none; then everything is done the ordinary way."""
        self._backend = backend
        self._capacity = capacity
        self._captured: OrderedDict[tuple[str, Hashable], Captured] = OrderedDict()
        self.refused: dict[str, str] = {}  # by name: why it stays ordinary

    @property
    def is_available(self) -> bool:
        """Whether anything is captured at all."""
        return self._backend is not None

    def run(
        self,
        name: str,
        owner: Hashable,
        function: Callable[[], Tensor],
        ordinary: Callable[[], Tensor],
    ) -> Tensor:
        """The output of `function`, replayed where it has been captured; valid until the next run.

        name: what is done, at which size, for people. owner: of the tensors that `function` reads and writes;
        they stay where they are. function: may be done again without harm. ordinary: the same by other
        means, what a graph is compared with and what stands in for it.
        """
        if self._backend is None or name in self.refused:
            return ordinary()
        key = (name, owner)
        if key not in self._captured:
            return self._first(self._backend, key, function, ordinary)
        self._captured.move_to_end(key)
        captured = self._captured[key]
        captured.replay()
        return captured.output

    def clear(self) -> None:
        """Forget all graphs, e.g. because weights have moved, and free their memory."""
        self._captured.clear()

    def stop(self) -> None:
        """Do everything the ordinary way from now on, because weights no longer stay where they are."""
        self.clear()
        self._backend = None

    def _first(
        self,
        backend: CaptureBackend,
        key: tuple[str, Hashable],
        function: Callable[[], Tensor],
        ordinary: Callable[[], Tensor],
    ) -> Tensor:
        golden = ordinary().clone()
        try:
            captured = backend.capture(function)
            captured.replay()
            difference = _difference(captured.output, golden)
            reason = "" if difference <= _tolerance(golden) else f"differs by {difference:.2g} of the largest"
        except RuntimeError as error:  # also the framework's own out of memory: without the graph it fits
            captured, reason = None, (str(error).splitlines() or [type(error).__name__])[0][:200]
        if captured is None or reason:
            self.refused[key[0]] = reason
            log.warning("no graph for %s, which stays slower: %s", key[0], reason)
            return ordinary()
        self._captured[key] = captured
        while len(self._captured) > self._capacity:
            self._captured.popitem(last=False)
        return golden


def graphs_for(device: torch.device) -> Graphs:
    """The graphs of a model on this device."""
    return Graphs(CudaCapture(device) if device.type == "cuda" and torch.version.hip is None else None)


def _difference(found: Tensor, golden: Tensor) -> float:
    """Largest difference as a share of the largest value; infinite where either is not finite."""
    found, golden = found.float(), golden.float()
    if not (torch.isfinite(found).all() and torch.isfinite(golden).all()):
        return torch.inf
    return float((found - golden).abs().max() / golden.abs().max().clamp(min=1e-6))


def _tolerance(golden: Tensor) -> float:
    return _TOLERANCES.get(golden.dtype, _TOLERANCES[torch.float32])
