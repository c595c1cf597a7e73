"""One entry of the queue on one device: words first, edit by edit; then all pictures together where they fit.

`BatchRunner` knows what is done, so that a second attempt after a lack of memory goes on where it stood.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from mgie.api.events import Stage, StepProgress
from mgie.api.failure import Failure
from mgie.api.options import Options, OptionValue, complete_options
from mgie.errors import DeviceOutOfMemory, MgieError
from mgie.model.events import Placed, Sampled, SampleRequest
from mgie.model.generators import mapped
from mgie.server.errors import error_of, failure_of
from mgie.server.lane import Work, WorkItem
from mgie.server.lane_reports import (
    LaneBody,
    LaneReport,
    Measurement,
    PreviewImage,
    SampleReady,
)
from mgie.server.steering import Steering, Wishes
from mgie.server.transitions import stage_changed
from mgie.server.words import Encodings, WordsStage
from mgie.server.words_ahead import WordsAhead

if TYPE_CHECKING:
    from mgie.model.events import Editor, Encoding, Step

log = logging.getLogger(__name__)

# Options, and the sizes of the picture and its references.
GroupKey: TypeAlias = tuple[tuple[tuple[str, OptionValue], ...], tuple[tuple[int, int], ...]]


@dataclass(frozen=True)
class _Sample:
    """One tile of one result."""

    item: WorkItem
    index: int  # of the result
    seed: int
    tile: int
    encoding: Encoding


class BatchRunner:
    """The edits of one entry and how far they are."""

    def __init__(
        self, work: Work, steering: Steering, encodings: Encodings, ahead: WordsAhead, max_samples: int
    ) -> None:
        self.max_samples = max_samples
        self._ahead = ahead
        self._work = work
        self._items = {item.edit: item for item in work.items}  # those still to be worked on
        self._steering = steering
        self._encodings = encodings
        self._encoded: dict[str, tuple[Encoding, ...]] = {}
        self._tiles: dict[tuple[str, int], dict[int, Sampled]] = {}  # by edit and result
        self._encode_s: float | None = None
        self._device = self._memory_plan = ""

    def unfinished(self) -> list[str]:
        """Edits that are still to be worked on."""
        return list(self._items)

    def fail_rest(self, error: Exception) -> Iterator[LaneReport]:
        """End whatever has not ended."""
        for edit in self.unfinished():
            yield self._fail(edit, error)

    def attempt(self, editor: Editor, device: str) -> Iterator[LaneReport]:
        """Do everything that is still to be done. Raises only what concerns the whole entry."""
        self._device = device
        self._memory_plan = editor.memory_plan if isinstance(editor, Placed) else ""
        words = WordsStage(editor, self._encodings, self._ahead)
        for item in list(self._items.values()):
            if item.edit not in self._encoded:
                yield from self._encode(words, item)
        step_s: float | None = None
        groups, failures = self._groups(editor)
        yield from failures
        for (options, _), samples in groups.items():
            for edit in dict.fromkeys(sample.item.edit for sample in samples):
                yield LaneReport(edit=edit, body=stage_changed(Stage.SAMPLING))
            for start in range(0, len(samples), self.max_samples):
                chunk = [s for s in samples[start : start + self.max_samples] if s.item.edit in self._items]
                if chunk:
                    step_s = (yield from self._sample(editor, chunk, dict(options))) or step_s
        measurement = Measurement(
            model=editor.info.id,
            device=device,
            encode_s=self._encode_s,
            step_s=step_s,
            peak_bytes=_peak_bytes(device),
        )
        yield LaneReport(edit=self._work.items[0].edit, body=measurement)

    # --- words ------------------------------------------------------------------------------

    def _encode(self, words: WordsStage, item: WorkItem) -> Iterator[LaneReport]:
        wishes = self._wishes(item.edit)
        if wishes.cancel:
            del self._items[item.edit]
            return
        started, num_known = time.monotonic(), len(self._encodings)
        try:
            encodings = yield from _of(item.edit, words.run(item, wishes))
        except Exception as error:
            if is_out_of_memory(error):
                raise
            yield self._fail(item.edit, error)
            return
        if len(self._encodings) > num_known:
            self._encode_s = time.monotonic() - started
        if not encodings or wishes.cancel:
            del self._items[item.edit]
        else:
            self._encoded[item.edit] = encodings

    # --- pictures ---------------------------------------------------------------------------

    def _groups(self, editor: Editor) -> tuple[dict[GroupKey, list[_Sample]], list[LaneReport]]:
        """Samples that can be one batch: same options, same size. And edits with impossible options."""
        groups: dict[GroupKey, list[_Sample]] = {}
        failures: list[LaneReport] = []
        for item in list(self._items.values()):
            try:
                options = tuple(sorted(complete_options(editor.info.options, item.options).items()))
            except MgieError as error:
                failures.append(self._fail(item.edit, error))
                continue
            for sample in self._missing(item):
                sizes = tuple(picture.size for picture in (item.tiles[sample.tile], *item.references))
                key = (options, sizes)
                groups.setdefault(key, []).append(sample)
        return groups, failures

    def _missing(self, item: WorkItem) -> Iterator[_Sample]:
        for index, seed in item.seeds:
            done = self._tiles.get((item.edit, index), {})
            for tile, encoding in enumerate(self._encoded[item.edit]):
                if tile not in done:
                    yield _Sample(item, index, seed, tile, encoding)

    def _sample(
        self, editor: Editor, chunk: list[_Sample], options: Options
    ) -> Generator[LaneReport, None, float | None]:
        """Denoise a chunk; returns the time of one step of one picture, seconds."""
        sampling = editor.sample([_request(sample) for sample in chunk], options)
        started = time.monotonic()
        step: Step | None = None
        while True:
            if step is not None:  # what the first step captures, it captures alone
                self._ahead.advance(editor, self._work.model, self._device, self._encodings)
            try:
                step = next(sampling)
            except StopIteration as stop:
                finished: list[Sampled] = stop.value
                break
            except Exception as error:
                if is_out_of_memory(error):
                    raise
                for edit in {s.item.edit for s in chunk if s.item.edit in self._items}:
                    yield self._fail(edit, error)
                return None
            yield from self._after_step(editor, chunk, step, started)
            if not any(s.item.edit in self._items for s in chunk):
                sampling.close()
                return None
        for sample, done in zip(chunk, finished, strict=True):
            if sample.item.edit in self._items:
                self._keep_tile(sample, done)
                yield from self._ready(sample, step.num_steps if step else 0)
        return (time.monotonic() - started) / (step.num_steps * len(chunk)) if step else None

    def _after_step(
        self, editor: Editor, chunk: list[_Sample], step: Step, started: float
    ) -> Iterator[LaneReport]:
        seconds = time.monotonic() - started
        rows: dict[str, list[int]] = {}
        for row, sample in enumerate(chunk):
            if sample.item.edit in self._items:
                rows.setdefault(sample.item.edit, []).append(row)
        for edit, mine in rows.items():
            wishes = self._wishes(edit)
            if wishes.cancel:
                del self._items[edit]
                continue
            progress = self._progress([chunk[row] for row in mine], step, seconds)
            yield LaneReport(edit=edit, body=progress)
            keep_after = self._items[edit].keep_after_step
            if wishes.keep or 0 < keep_after <= progress.step:
                yield from self._keep_estimate(editor, chunk, mine, step)
            elif wishes.preview_every and progress.step % wishes.preview_every == 0:
                wishes.preview_every = 0
                for row, image in zip(mine, editor.preview(step.denoised[mine]), strict=True):
                    preview = PreviewImage(
                        index=chunk[row].index, tile=chunk[row].tile, step=progress.step, image=image
                    )
                    yield LaneReport(edit=edit, body=preview)

    def _progress(self, mine: list[_Sample], step: Step, seconds: float) -> StepProgress:
        """How far the first of the results under way is, all its tiles counted."""
        first, item = mine[0].index, mine[0].item
        num_done = len(self._tiles.get((item.edit, first), {}))
        num_now = sum(sample.index == first for sample in mine)
        done = num_done * step.num_steps + num_now * step.index
        total = len(item.tiles) * step.num_steps
        eta_s = seconds / (num_now * step.index) * (total - done) if step.index > 1 else None
        return StepProgress(
            step=done,
            num_steps=total,
            eta_s=eta_s,
            first_index=first,
            num_indices=len({sample.index for sample in mine}),
        )

    def _keep_estimate(
        self, editor: Editor, chunk: list[_Sample], rows: list[int], step: Step
    ) -> Iterator[LaneReport]:
        """Take the estimates of an edit as its results, and end it."""
        edit = chunk[rows[0]].item.edit
        for row, image in zip(rows, editor.decode(step.denoised[rows]), strict=True):
            item = chunk[row].item
            self._keep_tile(chunk[row], Sampled(image, editor.round_trip(item.tiles[chunk[row].tile])))
        for sample in {chunk[row].index: chunk[row] for row in rows}.values():
            yield self._result(sample, step.index, is_partial=True)
        del self._items[edit]

    def _keep_tile(self, sample: _Sample, done: Sampled) -> None:
        tiles = self._tiles.setdefault((sample.item.edit, sample.index), {})
        tiles[sample.tile] = done

    def _ready(self, sample: _Sample, num_steps: int) -> Iterator[LaneReport]:
        """The result of a sample, where that was its last tile."""
        if len(self._tiles[sample.item.edit, sample.index]) == len(sample.item.tiles):
            yield self._result(sample, num_steps, is_partial=False)

    def _result(self, sample: _Sample, num_steps: int, *, is_partial: bool) -> LaneReport:
        tiles = self._tiles[sample.item.edit, sample.index]
        ready = SampleReady(
            index=sample.index,
            seed=sample.seed,
            answers=dict(tiles),
            text=sample.encoding.expressive_instruction,
            device=self._device,
            memory_plan=self._memory_plan,
            num_steps=num_steps,
            is_partial=is_partial,
        )
        return LaneReport(edit=sample.item.edit, body=ready)

    # --- ends -------------------------------------------------------------------------------

    def _wishes(self, edit: str) -> Wishes:
        return self._steering.of(self._work.id, edit)

    def _fail(self, edit: str, error: Exception) -> LaneReport:
        self._items.pop(edit, None)
        return LaneReport(edit=edit, body=as_failure(error, edit))


def as_failure(error: BaseException, edit: str) -> Failure:
    """The error as a client may see it; what is not meant for people goes to the log under the edit's id."""
    if isinstance(error, MgieError):
        return failure_of(error)
    log.error("edit failed job=%s", edit, exc_info=error)
    return failure_of(error_of(error, edit))


def is_out_of_memory(error: BaseException) -> bool:
    """Ours, Python's or torch's; torch itself need not be loaded to ask."""
    return isinstance(error, DeviceOutOfMemory | MemoryError) or type(error).__name__ == "OutOfMemoryError"


def _of(
    edit: str, bodies: Generator[LaneBody, None, tuple[Encoding, ...]]
) -> Generator[LaneReport, None, tuple[Encoding, ...]]:
    """The same as reports about an edit."""
    return (yield from mapped(bodies, lambda body: LaneReport(edit=edit, body=body)))


def _request(sample: _Sample) -> SampleRequest:
    item = sample.item
    return SampleRequest(
        image=item.tiles[sample.tile],
        encoding=sample.encoding,
        seed=sample.seed,
        references=item.references,
    )


def _peak_bytes(device: str) -> int:
    if not device.startswith("cuda"):
        return 0
    import torch

    return torch.cuda.max_memory_allocated(device)
