"""`LaneWorker`: the model's side of a lane. It loads an editor, runs entries, and survives a lack of memory.

Synchronous; `run` is a generator of reports, and closing it stops the work. Only `steer` and `state` are
called from other threads.
"""

from __future__ import annotations

import logging
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import psutil

from mgie.api.events import EditWarning, Stage
from mgie.errors import DeviceOutOfMemory
from mgie.model.company import Overlap
from mgie.model.events import Placed
from mgie.server.batch_runner import BatchRunner, is_out_of_memory
from mgie.server.garbage import collect_now
from mgie.server.lane import Command, LaneState, Work
from mgie.server.lane_reports import LaneReport
from mgie.server.steering import Steering
from mgie.server.transitions import stage_changed
from mgie.server.words_ahead import WordsAhead
from mgie.server.words_key import EncodingKey

if TYPE_CHECKING:
    from mgie.model.events import Editor, Encoding

log = logging.getLogger(__name__)


class LoadedEditor(NamedTuple):
    """An editor and where it lives."""

    editor: Editor
    device: str  # torch's name


Loader = Callable[[str], LoadedEditor]  # from a model's name; raises MgieError


class LaneWorker:
    """One device's editor, its encodings, and the entry it works on."""

    def __init__(
        self, load: Loader, *, max_samples: int, num_encodings: int, overlap: Overlap = "auto"
    ) -> None:
        """overlap: whether words of the next entry are written while the present one is painted."""
        self._load = load
        self._ahead = WordsAhead(overlap)
        self._max_samples = max_samples
        self._num_encodings = num_encodings
        self._loaded: dict[str, LoadedEditor] = {}  # at most one: devices are small
        self._encodings: OrderedDict[EncodingKey, Encoding] = OrderedDict()
        self._steering = Steering()

    def load(self, model: str) -> LoadedEditor:
        """Bring a model into memory, instead of another one."""
        if model not in self._loaded:
            self.unload()
            self._loaded[model] = self._load(model)
            log.info("model loaded model=%s device=%s", model, self._loaded[model].device)
            if not self._loaded[model].device.startswith("cuda"):
                self._ahead.trust()
        return self._loaded[model]

    def unload(self) -> None:
        """Free the device. Encodings stay: they are small and live in the machine's memory."""
        self._ahead.forget()
        if not self._loaded:
            return
        log.info("model unloaded model=%s", *self._loaded)
        self._loaded.clear()
        _release_memory()

    def steer(self, command: Command) -> None:
        """Reach an edit of the present entry, or of one that is about to begin."""
        self._steering.take(command)
        if command.cancel:
            self._ahead.drop(command.edit)

    def expect(self, work: Work) -> None:
        """Note what is likely to be run next; from any thread."""
        self._ahead.expect(work.model, work.items)

    def close(self) -> None:
        """End what goes on beside; after the last entry."""
        self._ahead.stop()

    def run(self, work: Work) -> Iterator[LaneReport]:
        """Run one entry. Out of memory: use less of it, step by step, then say what is missing."""
        runner = BatchRunner(work, self._steering, self._encodings, self._ahead, self._max_samples)
        num_failed = 0
        try:
            while True:
                try:
                    yield from self._attempt(work, runner)
                    return
                except Exception as error:
                    if not is_out_of_memory(error):
                        yield from runner.fail_rest(error)
                        return
                    error.__traceback__ = None  # its frames hold on to what is to be freed
                    if self._ahead.give_up():
                        _release_memory()
                        continue
                    num_failed += 1
                    has_stepped_down = self._use_less_memory()
                    if num_failed > 1 and not has_stepped_down:
                        yield from runner.fail_rest(self._shortage(error))
                        return
                edits, plan = runner.unfinished(), self._memory_plan()
                log.warning("out of memory, trying with less edits=%s plan=%s", " ".join(edits), plan)
                if has_stepped_down:
                    warning = EditWarning(reason="LESS_MEMORY", message=_goes_on_with(plan))
                    yield from (LaneReport(edit=edit, body=warning) for edit in edits)
                runner.max_samples = 1
        finally:
            self._steering.forget_through(work.id)
            while len(self._encodings) > self._num_encodings:
                self._encodings.popitem(last=False)

    def state(self) -> LaneState:
        """What is loaded and how much memory there is."""
        loaded = dict(self._loaded)
        device = next((editor.device for editor in loaded.values()), "")
        names = tuple(loaded)
        placed = [editor for editor, _ in loaded.values() if isinstance(editor, Placed)]
        plan = self._memory_plan()
        notices = tuple(notice for editor in placed for notice in editor.notices)
        looks_ahead = False
        for editor, where in loaded.values():
            looks_ahead = self._ahead.can_help(editor, where)
            if problem := self._ahead.problem(editor, where):
                notices += (f"The next edit's words wait until this one is painted: {problem}.",)
        if device.startswith("cuda"):
            import torch

            free_bytes, total_bytes = torch.cuda.mem_get_info(device)
            return LaneState(
                device=device,
                device_name=torch.cuda.get_device_name(device),
                total_bytes=total_bytes,
                free_bytes=free_bytes,
                ours_bytes=torch.cuda.memory_reserved(device),
                loaded_models=names,
                memory_plan=plan,
                notices=notices,
                looks_ahead=looks_ahead,
            )
        memory = psutil.virtual_memory()
        return LaneState(
            device=device,
            device_name=device.upper(),
            total_bytes=memory.total,
            free_bytes=memory.available,
            ours_bytes=psutil.Process().memory_info().rss,
            loaded_models=names,
            memory_plan=plan,
            notices=notices,
            looks_ahead=looks_ahead,
        )

    def _memory_plan(self) -> str:
        editors = [editor for editor, _ in dict(self._loaded).values() if isinstance(editor, Placed)]
        return "; ".join(editor.memory_plan for editor in editors)

    def _attempt(self, work: Work, runner: BatchRunner) -> Iterator[LaneReport]:
        if work.model not in self._loaded:
            for edit in runner.unfinished():
                yield LaneReport(edit=edit, body=stage_changed(Stage.LOADING_MODEL))
        loaded = self.load(work.model)
        yield from runner.attempt(loaded.editor, loaded.device)

    def _use_less_memory(self) -> bool:
        """Step down; False when nothing was left to step down to."""
        _release_memory()
        went_on = False
        for loaded in self._loaded.values():
            try:
                went_on |= loaded.editor.use_less_memory()
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                went_on = True  # moving needs memory too; the next step down needs less
        _release_memory()
        return went_on

    def _shortage(self, error: Exception) -> DeviceOutOfMemory:
        state = self.state()
        where = state.device_name or "the device"
        shortage = DeviceOutOfMemory(
            f"{where} has {state.free_bytes >> 20} MiB free of {state.total_bytes >> 20} MiB and the edit "
            f"needs more, even with the model partly moved out ({_first_line(error)})"
        )
        metadata = {"free_bytes": str(state.free_bytes), "total_bytes": str(state.total_bytes)}
        metadata["ours_bytes"] = str(state.ours_bytes)
        shortage.__dict__["metadata"] = metadata
        return shortage


def _goes_on_with(plan: str) -> str:
    """The sentence that an edit's events carry."""
    return "The device ran out of memory, so the edit goes on with less of it: " + (
        plan or "the model is partly moved out"
    )


def _first_line(error: BaseException) -> str:
    """Of an error's own words, for a sentence of ours."""
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def _release_memory() -> None:
    collect_now()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
