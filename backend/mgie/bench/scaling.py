"""How cost grows with picture side, batch, regions and queue, with the exponent of a power law."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from mgie.bench.subject import Subject
from mgie.bench.timing import Meter
from mgie.model.events import SamplingOptions

_FEW = SamplingOptions(num_inference_steps=4, sampler="dpmpp_2m")  # growth shows in few steps as in many


def scaling(
    subject: Subject,
    meter: Meter,
    *,
    sides_px: Sequence[int],
    batches: Sequence[int],
    regions: Sequence[int],
    queues: Sequence[int],
    max_batch: int,
) -> dict[str, dict[str, Any]]:
    """Seconds by size and exponent, per way of growing. max_batch: pictures denoised together at the most."""
    words = subject.words()

    def paint(batch: int, side_px: int | None = None) -> None:
        while batch > 0:
            subject.paint(words, _FEW, batch=min(batch, max_batch), side_px=side_px)
            batch -= max_batch

    def edit_regions(count: int) -> None:
        for _ in range(count):  # every region has words of its own
            subject.words()
        paint(count)

    def queue(count: int) -> None:
        for _ in range(count):
            subject.edit(_FEW)

    return {
        "picture side, px": _growth(meter, sides_px, lambda side: paint(1, side)),
        "batch": _growth(meter, batches, paint),
        "regions": _growth(meter, regions, edit_regions),
        "queue": _growth(meter, queues, queue),
    }


def _growth(meter: Meter, sizes: Sequence[int], run: Callable[[int], None]) -> dict[str, Any]:
    seconds = [meter.seconds(_of(run, size), repeats=1) for size in sizes]
    return {
        "sizes": list(sizes),
        "seconds": seconds,
        "exponent": exponent(sizes, seconds) if len(sizes) > 1 else None,
    }


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The slope of log seconds over log size, by least squares: 1 is linear growth."""
    xs, ys = [math.log(size) for size in sizes], [math.log(value) for value in seconds]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    rise = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return rise / sum((x - mean_x) ** 2 for x in xs)


def _of(run: Callable[[int], None], size: int) -> Callable[[], object]:
    return lambda: run(size)
