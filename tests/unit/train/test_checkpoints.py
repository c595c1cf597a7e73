"""Checkpoints are whole, few, and say when they are damaged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mgie.errors import BadCheckpoint
from mgie.train.engine.checkpoints import list_checkpoints, read_checkpoint
from mgie.train.run import run
from support.tiny_training import tiny_config


def test_checkpoints_are_kept_and_damage_is_named(tmp_path: Path) -> None:
    config = tiny_config()
    run(replace(config, run=replace(config.run, keep_checkpoints=1)), tmp_path)
    (kept,) = list_checkpoints(tmp_path / "checkpoints")
    assert kept.name == "step-00000002"
    (kept / "weights.safetensors").write_bytes(b"cut")
    with pytest.raises(BadCheckpoint, match="remove it to resume"):
        read_checkpoint(kept)
