"""`run`: everything measured, section by section, so that one that fails leaves the others their time."""

from __future__ import annotations

import gc
import json
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch

from mgie.bench.checks import equalities, overlap, parity, plans, training
from mgie.bench.parts import PRESETS, as_data, part_rows, preset_changes
from mgie.bench.report import plot, table
from mgie.bench.scaling import scaling
from mgie.bench.subject import Subject
from mgie.bench.timing import Meter, device_line
from mgie.model.config import ModelConfig
from mgie.model.presets import MGIE_7B, TINY

log = logging.getLogger(__name__)


class Size(NamedTuple):
    """What is measured at which extent."""

    config: ModelConfig
    exact_steps: int
    repeats: int
    sides_px: tuple[int, ...]
    batches: tuple[int, ...]
    regions: tuple[int, ...]
    queues: tuple[int, ...]
    max_batch: int
    train_batch: int


SIZES: dict[Literal["7b", "tiny"], Size] = {
    "7b": Size(MGIE_7B, 100, 3, (256, 512, 1024), (1, 4, 16), (1, 4, 16, 32), (1, 10, 100), 16, 4),
    "tiny": Size(TINY, 2, 1, (64, 128), (1, 2), (1, 2), (1, 2), 2, 1),
}


def run(
    device: torch.device,
    size: Size,
    *,
    folder: Path,
    gpu_check: bool,
    tests: Path | None = None,
    say: Callable[[str], object],
) -> dict[str, Any]:
    """Measure and write `bench.json` and, with matplotlib, `bench.png` into a folder.

    tests: the project's tests, for their parity pack. gpu_check: what a GPU needs that is at hand for a few
    minutes; otherwise the table and the growth.
    """
    meter = Meter(device)
    dtype = torch.float16 if device.type == "cuda" else torch.float32
    found: dict[str, Any] = {"device": device_line(device), "dtype": str(dtype), "seconds": {}, "failed": {}}
    folder.mkdir(parents=True, exist_ok=True)
    say(found["device"])

    def section(name: str, measure: Callable[[], Any]) -> None:
        start = time.perf_counter()
        try:
            found[name] = measure()
        except Exception as error:  # said, and the others still have their turn
            log.exception("section failed name=%s", name)
            found["failed"][name] = f"{type(error).__name__}: {error}"
        found["seconds"][name] = time.perf_counter() - start
        if device.type == "cuda":
            gc.collect()
            torch.cuda.empty_cache()
        (folder / "bench.json").write_text(json.dumps(found, indent=2), encoding="utf-8")
        if name == "parts" and name in found:
            for line in table(found[name]):
                say(line)
        else:
            say(f"{name}: {json.dumps(found.get(name, found['failed'].get(name)))}")
        say(f"  ({found['seconds'][name]:.1f} s)")

    if gpu_check:
        if tests is not None:
            section("parity", lambda: parity(device, tests))
        section("equalities", lambda: equalities(TINY, device))
    section("parts", lambda: _parts(device, dtype, size, meter))
    section("presets", lambda: _presets(device, dtype, size))
    if gpu_check:
        fast = replace(PRESETS["fast"], num_inference_steps=min(size.exact_steps, 10))
        section("overlap", lambda: overlap(size.config, device, dtype, meter, fast))
        section("plans", lambda: plans(size.config, device, dtype, meter))
        section("training", lambda: training(size.config, device, meter, batch=size.train_batch))
    else:
        section("scaling", lambda: _scaling(device, dtype, size, meter))
    if not plot(found, folder / "bench.png"):
        say("no picture: pip install matplotlib")
    return found


def _parts(device: torch.device, dtype: torch.dtype, size: Size, meter: Meter) -> list[dict[str, Any]]:
    subject = Subject(config=size.config, device=device, dtype=dtype)
    return as_data(part_rows(subject, meter, exact_steps=size.exact_steps, repeats=size.repeats))


def _presets(device: torch.device, dtype: torch.dtype, size: Size) -> dict[str, dict[str, float]]:
    subject = Subject(config=size.config, device=device, dtype=dtype)
    subject.make_ready()
    return preset_changes(subject, exact_steps=size.exact_steps)


def _scaling(device: torch.device, dtype: torch.dtype, size: Size, meter: Meter) -> dict[str, Any]:
    subject = Subject(config=size.config, device=device, dtype=dtype)
    subject.make_ready()
    return scaling(
        subject,
        meter,
        sides_px=size.sides_px,
        batches=size.batches,
        regions=size.regions,
        queues=size.queues,
        max_batch=size.max_batch,
    )
