"""Checkpoints that are whole or not there: written beside, synced to disk, renamed; the newest few are kept.

A checkpoint holds what moves (trained weights, optimizer, averages) and the step. Everything else is a
function of configuration and step. The same files serve any number of processes, sharded or not.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file, save_file

from mgie.errors import BadCheckpoint

_PREFIX = "step-"


class Snapshot(NamedTuple):
    """The state of a run after `step` optimizer steps. All tensors on the CPU."""

    step: int
    weights: dict[str, torch.Tensor]  # trained weights only
    optimizer: dict[str, Any]
    averages: dict[str, torch.Tensor] | None  # of the weights, where `optimizer.ema_decay` is set
    extra: dict[str, Any]  # small plain values: loss scale, update counts, bad pairs


def write_checkpoint(folder: Path, snapshot: Snapshot, *, keep: int) -> Path:
    """Write `folder/step-N` and remove all but the newest `keep`."""
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / f"{_PREFIX}{snapshot.step:08d}"
    partial = folder / f".partial-{final.name}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    save_file(_contiguous(snapshot.weights), partial / "weights.safetensors")
    if snapshot.averages is not None:
        save_file(_contiguous(snapshot.averages), partial / "averages.safetensors")
    torch.save(snapshot.optimizer, partial / "optimizer.pt")
    state = {"step": snapshot.step, "extra": snapshot.extra}
    (partial / "state.json").write_text(json.dumps(state), encoding="utf-8")
    for path in partial.iterdir():
        _sync(path)
    _sync(partial)
    if final.exists():  # a run that was resumed from further back comes by here again
        shutil.rmtree(final)
    partial.rename(final)
    _sync(folder)
    for old in list_checkpoints(folder)[:-keep]:
        shutil.rmtree(old)
    return final


def list_checkpoints(folder: Path) -> list[Path]:
    """Complete checkpoints, oldest first."""
    return sorted(folder.glob(f"{_PREFIX}*")) if folder.is_dir() else []


def read_checkpoint(path: Path) -> Snapshot:
    """Read one checkpoint. Raises BadCheckpoint when a file is missing or damaged."""
    try:
        state = json.loads((path / "state.json").read_text(encoding="utf-8"))
        averages = path / "averages.safetensors"
        return Snapshot(
            step=int(state["step"]),
            weights=load_file(path / "weights.safetensors"),
            optimizer=torch.load(path / "optimizer.pt", map_location="cpu", weights_only=True),
            averages=load_file(averages) if averages.exists() else None,
            extra=state["extra"],
        )
    except Exception as error:  # each reader has its own exceptions; all mean the same to a person
        raise BadCheckpoint(
            f"{path} is damaged ({error}); remove it to resume from the one before"
        ) from error


def _contiguous(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor.contiguous() for name, tensor in tensors.items()}


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
