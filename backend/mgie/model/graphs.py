"""Rows of kernels, captured once and replayed: a device need not wait for Python between them.

A graph's first use is compared with the same computation done the ordinary way. Where capturing fails, or the
results differ beyond rounding, that part stays ordinary, and `Graphs.refused` says why.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from mgie.model.company import has_company

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

    def start_anew(self) -> None:
        """All that was captured has been dropped."""
        ...


_capturing = threading.Lock()  # one capture at a time in a process
_broken_off: list[torch.cuda.CUDAGraph] = []  # kept, because torch's allocators may still ask them


class CudaCapture:
    """CUDA graphs that share one pool of memory. They must not be replayed at the same time."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)  # one: libraries keep a workspace for every stream
        self._pool = torch.cuda.graph_pool_handle()
        self._has_broken_off = False

    def capture(self, function: Callable[[], Tensor]) -> Captured:
        """Run on a stream of its own until all is warm, then capture."""
        if self._has_broken_off:
            raise RuntimeError("an earlier capture broke off")
        with _capturing, torch.cuda.device(self._device):
            current = torch.cuda.current_stream()
            self._stream.wait_stream(current)
            with torch.cuda.stream(self._stream):
                for _ in range(_NUM_WARM_UPS):
                    function()
            current.wait_stream(self._stream)
            torch.cuda.synchronize()
            torch.cuda.empty_cache()
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.stream(self._stream):
                output = self._captured(graph, function)
        return Captured(graph.replay, output)

    def start_anew(self) -> None:
        """A pool that no graph uses any more cannot be shared by another one."""
        self._pool = torch.cuda.graph_pool_handle()

    def _captured(self, graph: torch.cuda.CUDAGraph, function: Callable[[], Tensor]) -> Tensor:
        """Capture, and clean up after a capture that broke off, which `torch.cuda.graph` does not."""
        problem: RuntimeError | None = None
        output: Tensor | None = None
        # Other threads may ask the device for its memory meanwhile.
        graph.capture_begin(self._pool, capture_error_mode="thread_local")
        try:
            output = function()
        except RuntimeError as error:
            problem = error
        try:
            graph.capture_end()
        except RuntimeError as error:
            self._has_broken_off = True
            _broken_off.append(graph)
            allocator: Any = torch._C  # pyright: ignore[reportPrivateUsage]  # nothing public ends it
            device = torch.cuda.current_device()
            with suppress(RuntimeError):  # it may know already that nothing is captured any more
                allocator._cuda_endAllocateToPool(device, self._pool)
                allocator._cuda_releasePool(device, self._pool)
            raise problem or error from None
        if problem is not None:
            raise problem
        assert output is not None
        return output


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
            if has_company():
                return ordinary()  # it is captured another time
            return self._first(self._backend, key, function, ordinary)
        self._captured.move_to_end(key)
        captured = self._captured[key]
        captured.replay()
        return captured.output

    def clear(self) -> None:
        """Forget all graphs, e.g. because weights have moved, and free their memory."""
        self._captured.clear()
        self.refused.clear()  # what lacked memory may find it now
        self._start_anew()

    def forget(self, owner: Hashable) -> None:
        """Drop the graphs of an owner, which would keep its tensors."""
        for key in [key for key in self._captured if key[1] == owner]:
            del self._captured[key]
        self._start_anew()

    def stop(self) -> None:
        """Do everything the ordinary way from now on, because weights no longer stay where they are."""
        self.clear()
        self._backend = None

    def _start_anew(self) -> None:
        """Where no graph is left, none can share the pool of those that are gone."""
        if self._backend is not None and not self._captured:
            self._backend.start_anew()

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
            del captured
            self._start_anew()
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
