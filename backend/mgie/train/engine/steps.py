"""The steps of any training: on from the newest checkpoint, a checkpoint where one is due.

`resume`  back to the newest checkpoint
`steps`   a generator of step numbers; it saves once the body of a `for` loop is through with a step
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from mgie.train.engine.checkpoints import list_checkpoints, read_checkpoint, write_checkpoint
from mgie.train.engine.train_state import TrainState

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Saving:
    """When and where checkpoints are written."""

    folder: Path
    every: int  # steps; the last step has one too
    keep: int  # newest ones kept


class Resumed(NamedTuple):
    """Where a training goes on."""

    first_step: int  # 0-based; 0 where there is no checkpoint
    extra: dict[str, Any]  # what the training itself had put into the checkpoint


def resume(state: TrainState, folder: Path) -> Resumed:
    """Go back to the newest checkpoint in `folder`."""
    found = list_checkpoints(folder)
    if not found:
        return Resumed(0, {})
    snapshot = read_checkpoint(found[-1])
    state.restore(snapshot)
    log.info("resumed step=%d folder=%s", snapshot.step, found[-1])
    return Resumed(snapshot.step, snapshot.extra)


def steps(
    state: TrainState,
    saving: Saving,
    *,
    first_step: int,
    num_steps: int,
    extra: Callable[[], dict[str, Any]] = dict,
) -> Generator[int]:
    """Yield every step, 0-based. extra: small plain values that belong into a checkpoint."""
    for step in range(first_step, num_steps):
        yield step
        finished = step + 1
        if finished % saving.every == 0 or finished == num_steps:
            _save(state, saving, finished, extra())


def _save(state: TrainState, saving: Saving, step: int, extra: dict[str, Any]) -> None:
    snapshot = state.snapshot(step)
    snapshot.extra.update(extra)
    if state.accelerator.is_main_process:
        write_checkpoint(saving.folder, snapshot, keep=saving.keep)
        log.info("checkpoint written step=%d", step)
    state.accelerator.wait_for_everyone()
