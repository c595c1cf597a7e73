"""What a run leaves to look at: log.jsonl, TensorBoard and a progress bar."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import TracebackType

import numpy as np
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from torch.utils.tensorboard import SummaryWriter

from mgie.atomic_write import write_atomically
from mgie.train.data.pairs import ByteImage


class RunLog:
    """One line per logged step. Resuming at step N drops what a crash left behind for later steps."""

    def __init__(self, folder: Path, *, first_step: int, num_steps: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "log.jsonl"
        keep_lines_until(self._path, first_step)
        self._file = self._path.open("a", encoding="utf-8")
        self._board = SummaryWriter(
            str(folder / "tensorboard"), purge_step=first_step + 1 if first_step else None
        )
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            disable=not sys.stderr.isatty(),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("training", total=num_steps, completed=first_step)

    def __enter__(self) -> RunLog:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
        self._board.close()
        self._file.close()

    def advance(self, step: int) -> None:
        """Move the progress bar to `step` finished steps."""
        self._progress.update(self._task, completed=step)

    def write(self, step: int, values: dict[str, float]) -> None:
        """Log the numbers of finished step `step` (1-based)."""
        self._file.write(json.dumps({"step": step, **values}) + "\n")
        self._file.flush()
        for name, value in values.items():
            self._board.add_scalar(name, value, step)
        if "loss" in values:
            self._progress.update(self._task, description=f"loss {values['loss']:.4f}")

    def picture(self, step: int, name: str, pixels: ByteImage) -> None:
        """Show a picture (H, W, 3) in TensorBoard."""
        self._board.add_image(name, np.ascontiguousarray(pixels), step, dataformats="HWC")


def keep_lines_until(path: Path, step: int) -> None:
    """Drop the lines of log.jsonl after `step` and a line that was cut off."""
    if not path.exists():
        return
    kept: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            if json.loads(line)["step"] <= step:
                kept.append(line)
        except (ValueError, KeyError, TypeError):
            continue
    write_atomically(path, "".join(line + "\n" for line in kept).encode())
