"""What a run writes down, and what is left of it after a crash."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from mgie.train.engine.run_log import RunLog


def _steps(folder: Path) -> list[int]:
    return [json.loads(line)["step"] for line in (folder / "log.jsonl").read_text().splitlines()]


def test_a_resumed_log_goes_on_where_the_checkpoint_is(tmp_path: Path) -> None:
    """Steps after the checkpoint are done again, and a line that was cut off is dropped."""
    with RunLog(tmp_path, first_step=0, num_steps=5) as log:
        for step in (1, 2, 3):
            log.advance(step)
            log.write(step, {"loss": 1 / step})
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"step": 4, "lo')
    with RunLog(tmp_path, first_step=2, num_steps=5) as log:
        assert _steps(tmp_path) == [1, 2]
        log.write(3, {"loss": 0.5})
        log.picture(3, "samples", np.zeros((4, 12, 3), np.uint8))
    assert _steps(tmp_path) == [1, 2, 3]
    assert len(list((tmp_path / "tensorboard").glob("events.out.*"))) == 2
