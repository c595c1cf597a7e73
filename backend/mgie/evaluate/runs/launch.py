"""Spreading a run over processes: by accelerate on one machine, by Ray on many.

With accelerate every process calls the same command and takes its share; with Ray, this process starts them.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any, cast

import torch
from accelerate import PartialState

from mgie.errors import BadOption
from mgie.evaluate.runs.config import RunConfig
from mgie.evaluate.runs.perform import Progress, perform


def share_of_accelerate(device: str) -> tuple[int, int, str]:
    """(rank, number of processes, device) of this process; (0, 1, device) without `accelerate launch`."""
    state = PartialState(cpu=not device.startswith("cuda"))
    several = state.num_processes > 1
    return state.process_index, state.num_processes, str(state.device) if several else device


def perform_with_ray(config: RunConfig, folder: Path, num_workers: int, device: str) -> Progress:
    """Carry out a run with `num_workers` Ray tasks; `folder` must lie where all machines see it."""
    try:
        import ray  # pyright: ignore[reportMissingImports]  # the optional extra `scale`
    except ModuleNotFoundError as error:
        raise BadOption("--ray wants Ray; `pip install 'mgie[scale]'`") from error
    if not ray.is_initialized():
        ray.init(log_to_driver=False)
    gpus = 1 if device.startswith("cuda") else 0
    work: Any = ray.remote(num_gpus=gpus)(_work)
    tasks = [
        work.remote(config, str(folder.resolve()), device, rank, num_workers) for rank in range(num_workers)
    ]
    shares = cast("list[Progress]", ray.get(tasks))
    return Progress(*(sum(values) for values in zip(*shares, strict=True)))


def _work(config: RunConfig, folder: str, device: str, rank: int, num_workers: int) -> Progress:
    if device == "cpu":
        torch.set_num_threads(1)
    shares = perform(config, Path(folder), device=device, rank=rank, num_processes=num_workers)
    return deque([Progress(0, 0, 0), *shares], maxlen=1).pop()
