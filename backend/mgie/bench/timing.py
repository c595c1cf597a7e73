"""Clocks, memory and peaks of one device."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch

_COPY_BYTES = {"cuda": 1 << 30, "cpu": 1 << 25}
_MATRIX_SIDE = {"cuda": 8192, "cpu": 1024}


class Meter:
    """Measures on one device."""

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def sync(self) -> None:
        """Wait until the device has done everything."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def seconds(self, call: Callable[[], object], *, repeats: int = 3, warm_ups: int = 1) -> float:
        """Median over the repeats, the device's work included."""
        times: list[float] = []
        for index in range(warm_ups + repeats):
            self.sync()
            start = time.perf_counter()
            call()
            self.sync()
            if index >= warm_ups:
                times.append(time.perf_counter() - start)
        return statistics.median(times)

    def peak_bytes(self, call: Callable[[], object]) -> int:
        """Most device memory that was allocated during a call; 0 where the device cannot tell."""
        if self.device.type != "cuda":
            call()
            return 0
        torch.cuda.reset_peak_memory_stats(self.device)
        call()
        self.sync()
        return torch.cuda.max_memory_allocated(self.device)

    def bytes_per_second(self) -> float:
        """Measured peak of reading and writing memory."""
        source = torch.empty(_COPY_BYTES[self._kind], dtype=torch.uint8, device=self.device)
        target = torch.empty_like(source)
        return 2 * len(source) / self.seconds(lambda: target.copy_(source), repeats=5)

    def flops_per_second(self, dtype: torch.dtype) -> float:
        """Measured peak of a square matrix product."""
        side = _MATRIX_SIDE[self._kind]
        left = torch.randn(side, side, device=self.device).to(dtype)
        return 2 * side**3 / self.seconds(lambda: left @ left, repeats=5)

    @property
    def _kind(self) -> str:
        return "cuda" if self.device.type == "cuda" else "cpu"


def device_line(device: torch.device) -> str:
    """The device and the versions that matter."""
    import diffusers
    import transformers

    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{device.type}, no GPU"
    return (
        f"{name}; torch {torch.__version__}, transformers {transformers.__version__}, "
        f"diffusers {diffusers.__version__}, {torch.get_num_threads()} threads"
    )
