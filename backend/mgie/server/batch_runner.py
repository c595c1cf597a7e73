"""One ticket on one device: words first, edit by edit; then all pictures together where they fit.

`TicketRun` remembers what is done, so that a second attempt after a lack of memory goes on where it stood.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from mgie.errors import DeviceOutOfMemory, MgieError
from mgie.model.events import EditWarning, SampleRequest, SamplingOptions
from mgie.model.lru_cache import picture_digest
from mgie.server.errors import internal_error
from mgie.server.lane import WorkItem
from mgie.server.lane_events import (
    EditFailed,
    EditStopped,
    FloatImage,
    Happening,
    Measured,
    PreviewMade,
    SampleMade,
    Stage,
    StageEntered,
    StepDone,
    TextPiece,
    TextWhole,
    Warned,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from mgie.model.events import Editor, Encoding, Sampled, Step

log = logging.getLogger(__name__)

EncodingKey: TypeAlias = tuple[str, str, str, str]  # picture digest, instruction, given text, model digest


@dataclass(kw_only=True)
class Steering:
    """What others want of a running edit. Written by their threads, read between tokens and steps."""

    cancel: bool = False
    keep: bool = False
    preview_every: int = 0  # one preview at the next step divisible by this; 0: none


class _Sample(NamedTuple):
    item: WorkItem
    place: int  # among the edit's results
    seed: int
    encoding: Encoding


class TicketRun:
    """The edits of one ticket and how far they are."""

    def __init__(
        self,
        items: Sequence[WorkItem],
        steering: dict[str, Steering],
        encodings: OrderedDict[EncodingKey, Encoding],
        max_samples: int,
    ) -> None:
        self._items = {item.edit: item for item in items}  # those not ended
        self._steering = {item.edit: steering.setdefault(item.edit, Steering()) for item in items}
        self._encodings = encodings
        self.max_samples = max_samples
        self._encoded: dict[str, Encoding] = {}
        self._made: set[tuple[str, int]] = set()
        self._encode_s: float | None = None
        self._device = ""

    def unfinished(self) -> list[str]:
        """Edits that have not ended."""
        return list(self._items)

    def fail_rest(self, error: Exception) -> Iterator[Happening]:
        """End whatever has not ended."""
        for edit in self.unfinished():
            yield self._fail(edit, error)

    def attempt(self, editor: Editor, device: str) -> Iterator[Happening]:
        """Do everything that is still to be done. Raises only what concerns the whole ticket."""
        for item in list(self._items.values()):
            if item.edit not in self._encoded:
                yield from self._encode_one(editor, item)
        self._device = device
        step_s: float | None = None
        for options, samples in self._groups(editor).items():
            for item in {sample.item.edit: sample.item for sample in samples}.values():
                yield StageEntered(edit=item.edit, stage=Stage.SAMPLING)
            for start in range(0, len(samples), self.max_samples):
                chunk = [s for s in samples[start : start + self.max_samples] if s.item.edit in self._items]
                if chunk:
                    step_s = (yield from self._sample(editor, chunk, options[0])) or step_s
        yield Measured(
            edit=next(iter(self._steering)),
            model=editor.info.name,
            device=device,
            encode_s=self._encode_s,
            step_s=step_s,
            peak_bytes=_peak_bytes(device),
        )

    # --- words ------------------------------------------------------------------------------

    def _encode_one(self, editor: Editor, item: WorkItem) -> Iterator[Happening]:
        if self._steering[item.edit].cancel:
            yield self._stop(item.edit)
            return
        try:
            encoding = yield from self._encode(editor, item)
        except Exception as error:
            if is_out_of_memory(error):
                raise
            yield self._fail(item.edit, error)
            return
        if self._steering[item.edit].cancel:
            yield self._stop(item.edit)
        elif encoding is not None:
            self._encoded[item.edit] = encoding
            if item.hold:
                del self._items[item.edit]

    def _encode(self, editor: Editor, item: WorkItem) -> Generator[Happening, None, Encoding | None]:
        key = (picture_digest(item.image), item.instruction, item.expressive_instruction, editor.info.digest)
        known = self._encodings.get(key)
        if item.tells_text or known is None:
            yield StageEntered(edit=item.edit, stage=Stage.WRITING)
        if known is not None:
            self._encodings.move_to_end(key)
            encoding = known
            if known.warning:
                yield Warned(edit=item.edit, reason=known.warning.reason, message=known.warning.message)
            if item.tells_text:
                yield TextPiece(edit=item.edit, text=encoding.expressive_instruction, offset=0)
        else:
            started = time.monotonic()
            written = yield from self._write(editor, item)
            if written is None:
                return None
            encoding = self._encodings[key] = written
            self._encode_s = time.monotonic() - started
        if item.tells_text:
            yield TextWhole(
                edit=item.edit,
                text=encoding.expressive_instruction,
                is_held=item.hold,
                is_corrected=encoding.is_corrected,
                is_reused=known is not None,
            )
        return encoding

    def _write(self, editor: Editor, item: WorkItem) -> Generator[Happening, None, Encoding | None]:
        given = item.expressive_instruction or None
        writing = editor.encode(item.image, item.instruction, expressive_instruction=given)
        offset = 0
        while True:
            try:
                event = next(writing)
            except StopIteration as stop:
                return stop.value
            if self._steering[item.edit].cancel:
                writing.close()
                return None
            if isinstance(event, EditWarning):
                yield Warned(edit=item.edit, reason=event.reason, message=event.message)
            elif item.tells_text:
                yield TextPiece(edit=item.edit, text=event.text, offset=offset)
                offset += len(event.text)

    # --- pictures ---------------------------------------------------------------------------

    def _groups(self, editor: Editor) -> dict[tuple[SamplingOptions, tuple[int, int]], list[_Sample]]:
        """Samples that can be one batch: same options, same size."""
        groups: dict[tuple[SamplingOptions, tuple[int, int]], list[_Sample]] = {}
        for item in self._items.values():
            options = item.sampling.over(editor.info.default_sampling)
            for index, seed in item.seeds:
                if (item.edit, index) not in self._made:
                    sample = _Sample(item, index, seed, self._encoded[item.edit])
                    groups.setdefault((options, item.image.size), []).append(sample)
        return groups

    def _sample(
        self, editor: Editor, chunk: list[_Sample], options: SamplingOptions
    ) -> Generator[Happening, None, float | None]:
        """Denoise a chunk; returns the time of one step of one picture, seconds."""
        requests = [SampleRequest(image=s.item.image, encoding=s.encoding, seed=s.seed) for s in chunk]
        sampling = editor.sample(requests, options)
        started = time.monotonic()
        step: Step | None = None
        while True:
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
                yield self._made_one(sample, done.image, done.round_trip, options.num_inference_steps, False)
        return (time.monotonic() - started) / (step.num_steps * len(chunk)) if step else None

    def _after_step(
        self, editor: Editor, chunk: list[_Sample], step: Step, started: float
    ) -> Iterator[Happening]:
        seconds = (time.monotonic() - started) / step.index
        eta_s = seconds * (step.num_steps - step.index) if step.index > 1 else None
        rows: dict[str, list[int]] = {}
        for row, sample in enumerate(chunk):
            if sample.item.edit in self._items:
                rows.setdefault(sample.item.edit, []).append(row)
        for edit, mine in rows.items():
            steering = self._steering[edit]
            if steering.cancel:
                yield self._stop(edit)
                continue
            yield StepDone(
                edit=edit,
                step=step.index,
                num_steps=step.num_steps,
                eta_s=eta_s,
                first_index=chunk[mine[0]].place,
                num_indices=len(mine),
            )
            if steering.keep:
                for row, image in zip(mine, editor.decode(step.denoised[mine]), strict=True):
                    round_trip = editor.round_trip(chunk[row].item.image)
                    yield self._made_one(chunk[row], image, round_trip, step.index, True)
                del self._items[edit]
            elif steering.preview_every and step.index % steering.preview_every == 0:
                steering.preview_every = 0
                for row, image in zip(mine, editor.preview(step.denoised[mine]), strict=True):
                    yield PreviewMade(edit=edit, index=chunk[row].place, step=step.index, image=image)

    def _made_one(
        self, sample: _Sample, image: FloatImage, round_trip: FloatImage, steps: int, is_partial: bool
    ) -> Happening:
        self._made.add((sample.item.edit, sample.place))
        return SampleMade(
            edit=sample.item.edit,
            index=sample.place,
            seed=sample.seed,
            image=image,
            round_trip=round_trip,
            text=sample.encoding.expressive_instruction,
            is_corrected=sample.encoding.is_corrected,
            device=self._device,
            steps=steps,
            is_partial=is_partial,
        )

    def _fail(self, edit: str, error: Exception) -> Happening:
        self._items.pop(edit, None)
        return EditFailed(edit=edit, error=as_mgie_error(error, edit))

    def _stop(self, edit: str) -> Happening:
        self._items.pop(edit, None)
        return EditStopped(edit=edit)


def as_mgie_error(error: Exception, edit: str) -> MgieError:
    """The error as a client may see it; what is not meant for people goes to the log under the edit's id."""
    if isinstance(error, MgieError):
        return error
    log.error("edit failed edit=%s", edit, exc_info=error)
    return internal_error(edit)


def is_out_of_memory(error: BaseException) -> bool:
    """Ours, Python's or torch's; torch itself need not be loaded to ask."""
    return isinstance(error, DeviceOutOfMemory | MemoryError) or type(error).__name__ == "OutOfMemoryError"


def told(error: BaseException) -> str:
    """The first line of an error's own words, for a sentence of ours."""
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def _peak_bytes(device: str) -> int:
    if not device.startswith("cuda"):
        return 0
    import torch

    return torch.cuda.max_memory_allocated(device)
