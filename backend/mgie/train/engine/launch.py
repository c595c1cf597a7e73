"""The accelerate set-up of a run: one process or many, CPU or GPU, sharded or not.

How many processes, on which machines, and whether weights are sharded (FSDP) is said to `accelerate launch`,
not here.
"""

from __future__ import annotations

import os

import torch
from accelerate import Accelerator, PartialState
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin

from mgie.errors import BadOption
from mgie.train.config import RunConfig

_MIXED = {"fp32": "no", "bf16": "bf16", "fp16": "fp16"}


def make_accelerator(run: RunConfig) -> Accelerator:
    """The accelerator of this process. Raises BadOption for a precision that the device lacks."""
    if run.num_threads is not None:
        torch.set_num_threads(run.num_threads)
    if torch.accelerator.is_available():
        return Accelerator(mixed_precision=_MIXED[run.precision])
    if run.precision == "fp16":  # accelerate scales losses on GPUs only
        raise BadOption("run.precision is fp16, which needs a GPU; choose fp32 or bf16")
    return _cpu_accelerator(run)


def _cpu_accelerator(run: RunConfig) -> Accelerator:
    """On the CPU, processes talk through gloo. accelerate does not turn on FSDP there, but it works."""
    accelerator = Accelerator(cpu=True, mixed_precision=_MIXED[run.precision])
    if os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true" and accelerator.num_processes > 1:
        PartialState().distributed_type = DistributedType.FSDP  # what every later state is made from
        accelerator.state.distributed_type = DistributedType.FSDP
        accelerator.state.fsdp_plugin = FullyShardedDataParallelPlugin(fsdp_version=2)
    return accelerator
