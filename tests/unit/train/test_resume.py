"""A run that is killed in the middle goes on as if nothing had happened; many processes train as one does."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from mgie.train.engine.checkpoints import Snapshot, list_checkpoints, read_checkpoint
from support.tiny_training import write_small_model
from support.train_worker import free_port, work

PACK = Path(__file__).parents[2] / "data" / "parity" / "train"
NUM_STEPS = 5
TIMEOUT_S = 900  # only reached when something hangs

# Importing torch once in a clean process, from which workers are forked, keeps these tests quick.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["support.train_worker"])


@pytest.fixture(name="model", scope="module")
def _model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every run starts from."""
    return write_small_model(tmp_path_factory.mktemp("small") / "small")


def _config(folder: Path, model: Path, *, batch_size: int, accumulation: int, ema: bool = False) -> Path:
    values: dict[str, Any] = {
        "name": "tiny",
        "start": {"model": str(model)},
        "data": [
            {
                "layout": "mgie-tsv",
                "path": str(PACK),
                "split": "task",
                "expressive": str(_expressive(folder)),
            }
        ],
        "pictures": {"size_px": 32, "intermediate_px": None},
        "optimizer": {"ema_decay": 0.9 if ema else None},
        "run": {
            "num_steps": NUM_STEPS,
            "batch_size": batch_size,
            "accumulation": accumulation,
            "num_workers": 0,
            "save_every": 2,
            "keep_checkpoints": 9,
            "log_every": 1,
        },
    }
    path = folder / f"config-{batch_size}-{accumulation}-{ema}.yaml"
    path.write_text(yaml.safe_dump(values))
    return path


def _expressive(folder: Path) -> Path:
    """The pack's expressive instructions without the last, so that one pair in five is bad."""
    texts = json.loads((PACK / "ipr2pr_expressive.json").read_text())
    texts.pop(list(texts)[-1])
    path = folder / "expressive.json"
    path.write_text(json.dumps(texts))
    return path


def _start(
    config: Path, folder: Path, *, world_size: int, resume: bool = False, fsdp: bool = False
) -> list[ForkServerProcess]:
    port = free_port()
    processes = [
        _CONTEXT.Process(
            target=work,
            args=(config, folder, rank, world_size, port),
            kwargs={"resume": resume, "fsdp": fsdp},
        )
        for rank in range(world_size)
    ]
    for process in processes:
        process.start()
    return processes


def _train(
    config: Path, folder: Path, *, world_size: int = 1, resume: bool = False, fsdp: bool = False
) -> Snapshot:
    processes = _start(config, folder, world_size=world_size, resume=resume, fsdp=fsdp)
    for process in processes:
        process.join(TIMEOUT_S)
    assert [process.exitcode for process in processes] == [0] * world_size
    return _snapshot(folder)


def _kill_in_the_middle(config: Path, folder: Path, *, world_size: int = 1, fsdp: bool = False) -> None:
    """Kill -9 once a step after the first checkpoint is logged."""
    processes = _start(config, folder, world_size=world_size, fsdp=fsdp)
    deadline_s = time.monotonic() + TIMEOUT_S
    while 3 not in _losses(folder) and time.monotonic() < deadline_s:
        time.sleep(0.01)
    for process in processes:
        process.kill()
        process.join()
    assert [path.name for path in list_checkpoints(folder / "checkpoints")][:1] == ["step-00000002"]
    assert not (folder / "checkpoints" / f"step-{NUM_STEPS:08d}").exists()


def _losses(folder: Path) -> dict[int, list[float]]:
    """Step -> everything logged about it that does not depend on the clock."""
    path = folder / "log.jsonl"
    if not path.exists():
        return {}
    entries: list[Mapping[str, float]] = []
    for line in path.read_text().splitlines():
        try:
            entries.append(json.loads(line))
        except ValueError:  # being written right now
            continue
    timeless = ("loss", "instruction_loss", "edit_loss", "gradient_norm", "rate_factor", "num_bad")
    return {int(entry["step"]): [entry[name] for name in timeless] for entry in entries}


def _snapshot(folder: Path) -> Snapshot:
    return read_checkpoint(list_checkpoints(folder / "checkpoints")[-1])


def _assert_identical(first: Snapshot, second: Snapshot) -> None:
    assert first.step == second.step == NUM_STEPS
    assert first.extra == second.extra
    assert first.extra["num_bad"] > 0
    for ours, theirs in ((first.weights, second.weights), (first.averages or {}, second.averages or {})):
        assert set(ours) == set(theirs)
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    for name, state in first.optimizer["state"].items():
        for key, value in state.items():
            assert torch.equal(value, second.optimizer["state"][name][key]), (name, key)


@pytest.mark.parametrize("world_size", [1, 2])
def test_a_killed_run_continues_identically(world_size: int, model: Path, tmp_path: Path) -> None:
    """One process with averaged weights, two under DDP; gradients accumulated over two passes."""
    config = _config(tmp_path, model, batch_size=1, accumulation=2, ema=world_size == 1)
    whole = _train(config, tmp_path / "whole", world_size=world_size)
    _kill_in_the_middle(config, tmp_path / "killed", world_size=world_size)
    resumed = _train(config, tmp_path / "killed", world_size=world_size, resume=True)
    _assert_identical(whole, resumed)
    assert _losses(tmp_path / "killed") == _losses(tmp_path / "whole")
    assert list(_losses(tmp_path / "whole")) == list(range(1, NUM_STEPS + 1))


@pytest.mark.slow
def test_sharded_processes_train_as_one_does_and_go_on_where_they_were_killed(
    model: Path, tmp_path: Path
) -> None:
    """FSDP over two CPU processes; float32 sums in another order, hence the tolerance."""
    alone = _train(_config(tmp_path, model, batch_size=2, accumulation=1), tmp_path / "alone")
    config = _config(tmp_path, model, batch_size=1, accumulation=1)
    _kill_in_the_middle(config, tmp_path / "sharded", world_size=2, fsdp=True)
    sharded = _train(config, tmp_path / "sharded", world_size=2, resume=True, fsdp=True)
    for name, weight in alone.weights.items():
        torch.testing.assert_close(sharded.weights[name], weight, atol=2e-5, rtol=1e-4)
    for step, values in _losses(tmp_path / "alone").items():
        assert _losses(tmp_path / "sharded")[step] == pytest.approx(values, rel=1e-4)
