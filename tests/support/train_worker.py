"""One process of a training run, for tests that start several and kill some."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import torch
from torch.distributed.tensor import DTensor

from mgie.train.config import load_config
from mgie.train.run import run


def work(
    config: Path, folder: Path, rank: int, world_size: int, port: int, *, resume: bool, fsdp: bool
) -> None:
    """Train as process `rank` of `world_size`, as `accelerate launch` would start it."""
    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"
    if world_size > 1:
        where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "LOCAL_RANK": str(rank)}
        os.environ.update(where | {"RANK": str(rank), "WORLD_SIZE": str(world_size)})
        os.environ["LOCAL_WORLD_SIZE"] = str(world_size)
    if fsdp:
        os.environ["ACCELERATE_USE_FSDP"] = "true"
    session = run(load_config(config), folder, resume=resume)
    assert session.is_sharded == fsdp
    assert all(isinstance(weight, DTensor) == fsdp for weight in session.trained.values())
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
