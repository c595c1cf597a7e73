"""The training loop. A step: some forward and backward passes, an optimizer step, perhaps a line of log.

A run's folder holds config.yaml, log.jsonl, tensorboard/, checkpoints/ and samples/.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.utils.data import DataLoader

from mgie.model.text_tokenizer import TextTokenizer
from mgie.model.tokenizer import Tokenizer
from mgie.train.config import TrainConfig
from mgie.train.data.batch import Batch
from mgie.train.data.examples import Collator, ExampleMaker, ExampleSet, ExampleSource
from mgie.train.data.order import Shard, StreamOrder
from mgie.train.data.pairs import PairSource
from mgie.train.engine.objective import Losses
from mgie.train.engine.run_log import RunLog
from mgie.train.engine.samples import first_pairs, sample_pairs, write_samples
from mgie.train.engine.schedule import rate_factor
from mgie.train.engine.session import Session
from mgie.train.engine.steps import Saving, resume, steps

log = logging.getLogger(__name__)


class StepResult(NamedTuple):
    """Numbers of one step, still on the device; means over the step's pairs of all processes."""

    loss: Tensor
    instruction_loss: Tensor  # mean over all labels
    edit_loss: Tensor  # mean over all samples
    gradient_norm: Tensor  # before clipping
    num_bad: Tensor  # pairs that could not be read


@dataclass(frozen=True, kw_only=True)
class Training:
    """Everything a run works with."""

    config: TrainConfig
    session: Session
    examples: ExampleSource
    source: PairSource  # the same pairs as pictures, for sample grids
    maker: ExampleMaker
    tokenizer: Tokenizer | TextTokenizer
    folder: Path


def train(training: Training) -> int:
    """Train to the configured number of steps, from the newest checkpoint if there is one.

    Returns the number of steps done in this call.
    """
    config, session = training.config, training.session
    folder = training.folder / "checkpoints"
    first_step, extra = resume(session, folder)
    meter = _Meter(session.accelerator, config, int(extra.get("num_bad", 0)))
    numbers = steps(
        session,
        Saving(folder=folder, every=config.run.save_every, keep=config.run.keep_checkpoints),
        first_step=first_step,
        num_steps=config.run.num_steps,
        extra=lambda: {"num_bad": meter.num_bad},
    )
    with _run_log(training, first_step) as run_log:
        for step, batches in zip(numbers, batches_per_step(training, first_step), strict=True):
            meter.add(train_step(session, batches, config, step))
            finished = step + 1
            if run_log is not None:
                run_log.advance(finished)
            if finished % config.run.log_every == 0 or finished == config.run.num_steps:
                values = meter.values(rate_factor(step, config.run.num_steps, config.optimizer))
                if run_log is not None:
                    run_log.write(finished, values)
            if config.run.sample_every and finished % config.run.sample_every == 0:
                _sample(training, finished, run_log)
    return max(0, config.run.num_steps - first_step)


def train_step(session: Session, batches: Sequence[Batch], config: TrainConfig, step: int) -> StepResult:
    """One optimizer step over `accumulation` batches of this process."""
    accelerator = session.accelerator
    moved = [batch.to(accelerator.device) for batch in batches]
    totals = _totals(moved, accelerator)
    sums = torch.zeros(2, device=accelerator.device)
    for i, batch in enumerate(moved):
        is_last = i == len(moved) - 1
        with contextlib.nullcontext() if is_last else accelerator.no_sync(session.model):
            losses: Losses = session.model(batch)
            # Gradients are averaged over the processes; the means here are over all of them.
            loss = _weighted(losses, totals, config) * accelerator.num_processes
            accelerator.backward(loss)
        sums += torch.stack([losses.instruction.detach(), losses.edit.detach()])
    session.set_rate(rate_factor(step, config.run.num_steps, config.optimizer))
    norm = session.apply_gradients()
    instruction, edit = _reduced(sums, accelerator) / totals[:2]
    objective = config.objective
    loss = objective.instruction_weight * instruction + objective.edit_weight * edit
    return StepResult(loss, instruction, edit, norm, totals[2])


def batches_per_step(training: Training, first_step: int) -> Iterator[list[Batch]]:
    """The batches of this process, step by step, read ahead by worker processes."""
    run, accelerator = training.config.run, training.session.accelerator
    shard = Shard(
        batch_size=run.batch_size,
        accumulation=run.accumulation,
        rank=accelerator.process_index,
        world_size=accelerator.num_processes,
    )
    loader = DataLoader(
        ExampleSet(training.examples, training.maker, seed=run.seed),
        batch_sampler=StreamOrder(
            training.examples, shard, seed=run.seed, first_step=first_step, num_steps=run.num_steps
        ),
        collate_fn=Collator(training.maker),
        num_workers=run.num_workers,
        pin_memory=accelerator.device.type == "cuda",
    )
    batches = iter(loader)
    while step := list(itertools.islice(batches, run.accumulation)):
        yield step


def _totals(batches: Sequence[Batch], accelerator: Accelerator) -> Tensor:
    """(labels, samples, bad pairs) of the whole step over all processes; labels at least 1."""
    labels = sum(len(batch.text.label_ids) for batch in batches if batch.text is not None)
    local = torch.tensor([labels, sum(batch.num_pairs for batch in batches), 0.0], device=accelerator.device)
    local[2] = torch.stack([batch.num_bad for batch in batches]).sum()
    return _reduced(local, accelerator).clamp(min=torch.tensor([1.0, 1.0, 0.0], device=accelerator.device))


def _reduced(values: Tensor, accelerator: Accelerator) -> Tensor:
    return values if accelerator.num_processes == 1 else accelerator.reduce(values, "sum")  # pyright: ignore[reportReturnType]  # a tensor for a tensor


def _weighted(losses: Losses, totals: Tensor, config: TrainConfig) -> Tensor:
    objective = config.objective
    instruction = objective.instruction_weight * losses.instruction / totals[0]
    return instruction + objective.edit_weight * losses.edit / totals[1]


class _Meter:
    """Means of what happened since the last line of the log. Reads the device only when asked."""

    def __init__(self, accelerator: Accelerator, config: TrainConfig, num_bad: int) -> None:
        """num_bad: pairs that could not be read before this run was resumed."""
        run = config.run
        self._pairs_per_step = run.batch_size * run.accumulation * accelerator.num_processes
        self._results: list[StepResult] = []
        self._num_bad = num_bad
        self._started_s = time.perf_counter()

    def add(self, result: StepResult) -> None:
        self._results.append(StepResult(*(value.detach() for value in result)))

    @property
    def num_bad(self) -> int:
        """Pairs that could not be read since the training began."""
        return self._num_bad + int(sum(float(result.num_bad) for result in self._results))

    def values(self, factor: float) -> dict[str, float]:
        names = StepResult._fields[:-1]
        columns = zip(*self._results, strict=True)
        means = {
            name: float(torch.stack([*column]).mean()) for name, column in zip(names, columns, strict=False)
        }
        self._num_bad = self.num_bad
        seconds = time.perf_counter() - self._started_s
        rate = len(self._results) * self._pairs_per_step / max(seconds, 1e-9)
        self._results, self._started_s = [], time.perf_counter()
        return {**means, "rate_factor": factor, "num_bad": self._num_bad, "samples_per_s": rate}


def _sample(training: Training, step: int, run_log: RunLog | None) -> None:
    """Write a sample grid in the main process; the others wait."""
    config, session = training.config, training.session
    if session.is_sharded:
        log.warning("no samples: the weights are spread over the processes; export a checkpoint instead")
        return
    if run_log is not None:
        pairs = first_pairs(training.source, config.run.num_samples)
        samples = sample_pairs(session, training.tokenizer, pairs, config)
        run_log.picture(step, "samples", write_samples(training.folder / "samples", step, samples))
    session.accelerator.wait_for_everyone()


def _run_log(training: Training, first_step: int) -> contextlib.AbstractContextManager[RunLog | None]:
    """The log of the main process; nothing elsewhere."""
    if not training.session.accelerator.is_main_process:
        return contextlib.nullcontext()
    return RunLog(training.folder, first_step=first_step, num_steps=training.config.run.num_steps)
