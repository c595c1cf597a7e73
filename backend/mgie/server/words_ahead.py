"""Words of what comes next, written in a second thread while the present entry is painted.

`WordsAhead` belongs to a lane. Its thread starts the second one between two steps and takes over what that
has written when the entry's turn has come, finished or not: nobody outside sees a difference but the time.
"""

from __future__ import annotations

import logging
import queue
import sys
import threading
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from mgie.model.company import Overlap, company
from mgie.model.events import EditWarning, InstructionDelta, Overlapping
from mgie.model.generators import drain
from mgie.model.load_options import WORKSPACE_BYTES
from mgie.model.same_encoding import difference_between
from mgie.server.words_key import EncodingKey, Pictures

if TYPE_CHECKING:
    from mgie.model.events import Editor, Encoding
    from mgie.server.lane import WorkItem

log = logging.getLogger(__name__)

Words: TypeAlias = "Generator[InstructionDelta | EditWarning, None, Encoding]"


class WordsAhead:
    """The second thread of a lane, at most one at a time."""

    def __init__(self, overlap: Overlap = "off") -> None:
        self._overlap = overlap
        self._lock = threading.Lock()  # over what other threads say
        self._expected: tuple[str, tuple[WorkItem, ...]] = ("", ())  # model, edits
        self._begun: dict[EncodingKey, _Writing] = {}
        self._thread: threading.Thread | None = None
        self._is_trusted = False
        self._has_failed = False  # what was followed ended in an error
        self._problem = ""

    # --- from any thread --------------------------------------------------------------------

    def expect(self, model: str, items: Sequence[WorkItem]) -> None:
        """These are next, unless something comes before them."""
        with self._lock:
            self._expected = (model, tuple(items))

    def drop(self, edit: str) -> None:
        """An edit does not come any more."""
        with self._lock:
            model, items = self._expected
            self._expected = (model, tuple(item for item in items if item.edit != edit))
            for writing in self._begun.values():
                if writing.edit == edit:
                    writing.is_wanted = False

    def can_help(self, editor: Editor, device: str) -> bool:
        """Whether it is worth saying what comes next."""
        return self._is_on(device) and not self.problem(editor, device)

    def problem(self, editor: Editor, device: str) -> str:
        """Why words are not written ahead although that was asked for; "" where they are, or it was not."""
        if not self._is_on(device) or self._problem:
            return self._problem
        return (
            editor.overlap_problem
            if isinstance(editor, Overlapping)
            else "the model does not say it could be"
        )

    # --- from the lane's thread -------------------------------------------------------------

    def forget(self) -> None:
        """Another editor will be used, or none."""
        self.stop()
        with self._lock:
            self._begun.clear()
        self._is_trusted, self._problem = False, ""

    def advance(self, editor: Editor, model: str, device: str, known: Collection[EncodingKey]) -> None:
        """Begin with what comes next, where nothing has been begun; between two steps of painting."""
        if self._is_running or not self.can_help(editor, device) or not self._expected[1]:
            return
        if not _has_room(device):  # asked again between the next steps
            return
        with self._lock:
            (expected_model, items), self._expected = self._expected, ("", ())
            if expected_model != model:
                return
            made = {key: writing for key, writing in self._begun.items() if writing.is_whole}
            wanted = [_Writing.of(item, editor.info.digest) for item in items]
            # What was written and is not expected any more goes.
            self._begun = {w.key: made.get(w.key, w) for w in wanted if w.key not in known}
            new = [writing for writing in self._begun.values() if writing.key not in made]
        if new:
            self._start(editor, new)

    def words(self, key: EncodingKey, anew: Callable[[], Words]) -> Words:
        """The words for a key: those that were begun, or else new ones.

        anew: begins to write; nothing else is written meanwhile.
        """
        writing = self._take(key)
        if writing is None:
            self.stop()
            return (yield from anew())
        if self._is_trusted:
            try:
                return (yield from writing.follow())
            except Exception:
                self._has_failed = True  # beside the painting, not alone
                raise
        found = _drained(writing)
        self.stop()
        golden = yield from anew()
        self._judge(found, golden)
        return golden

    def trust(self) -> None:
        """Do without a comparison: where threads cannot disturb each other's work."""
        self._is_trusted = True

    def stop(self) -> None:
        """End the second thread at its next token. What it has finished stays."""
        if self._thread is None:
            return
        with self._lock:
            for writing in self._begun.values():
                if not writing.is_whole:
                    writing.is_wanted = False
        self._thread.join()
        self._thread = None

    def give_up(self) -> bool:
        """Memory ran out: write nothing ahead any more. False where that had no part in it."""
        if not self._is_running and not self._has_failed:
            return False
        self._has_failed = False
        self.stop()
        self._refuse("there was too little memory for both")
        return True

    @property
    def _is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _is_on(self, device: str) -> bool:
        return self._overlap == "on" or (self._overlap == "auto" and device.startswith("cuda"))

    def _start(self, editor: Editor, writings: Sequence[_Writing]) -> None:
        guests = ExitStack()
        guests.enter_context(company())  # before the thread begins: from now on nothing is captured here

        def write() -> None:
            with guests:
                for writing in writings:
                    writing.write(editor)

        self._thread = threading.Thread(target=write, name="mgie-words", daemon=True)
        self._thread.start()

    def _take(self, key: EncodingKey) -> _Writing | None:
        with self._lock:
            writing = self._begun.pop(key, None)
        if writing is None or not writing.is_wanted or writing.has_failed:
            return None
        return writing

    def _judge(self, found: Encoding | None, golden: Encoding) -> None:
        if found is None:
            return
        difference = difference_between(golden, found)
        if difference:
            self._refuse(f"its first words differed from those written alone ({difference})")
        else:
            self._is_trusted = True

    def _refuse(self, reason: str) -> None:
        self._problem = reason
        log.warning("words are not written ahead any more: %s", reason)


@dataclass(frozen=True)
class _End:
    """How a writing ended."""

    encoding: Encoding | None = None  # None: it was not wanted any more, or failed
    error: Exception | None = None


class _Writing:
    """The words of one edit on their way from the second thread to the lane's."""

    def __init__(self, edit: str, key: EncodingKey, pictures: Pictures) -> None:
        self.edit = edit
        self.key = key
        self.is_wanted = True
        self._pictures = pictures
        self._items: queue.SimpleQueue[InstructionDelta | EditWarning | _End] = queue.SimpleQueue()
        self._end: _End | None = None

    @classmethod
    def of(cls, item: WorkItem, digest: str) -> _Writing:
        """Those of an edit, by a model's digest."""
        pictures = item.read_pictures
        key = EncodingKey.of(pictures, item.instruction, item.expressive_instruction, digest)
        return cls(item.edit, key, pictures)

    @property
    def is_whole(self) -> bool:
        """Whether it was written to its end."""
        return self._end is not None and self._end.encoding is not None

    @property
    def has_failed(self) -> bool:
        """Whether it ended otherwise; then it is written again where that concerns nobody else."""
        return self._end is not None and self._end.encoding is None

    def write(self, editor: Editor) -> None:
        """Write, until it is not wanted any more; in the second thread."""
        end = _End()
        try:
            end = self._written(editor)
        except Exception as error:
            end = _End(error=error)
        self._end = end
        self._items.put(end)

    def follow(self) -> Words:
        """The same items, from the first, as they come; closing stops the writing."""
        try:
            while not isinstance(item := self._items.get(), _End):
                yield item
        finally:
            self.is_wanted = False
        if item.error is not None:
            raise item.error
        assert item.encoding is not None, "only who follows stops what is followed"
        return item.encoding

    def _written(self, editor: Editor) -> _End:
        if not self.is_wanted:
            return _End()
        image, *references = self._pictures
        writing = editor.encode(
            image,
            self.key.instruction,
            expressive_instruction=self.key.given or None,
            references=references,
        )
        try:
            while self.is_wanted:
                try:
                    self._items.put(next(writing))
                except StopIteration as stop:
                    return _End(encoding=stop.value)
        finally:
            writing.close()
        return _End()


def _drained(writing: _Writing) -> Encoding | None:
    """What it ends with; None where it fails, which the words written alone show better."""
    try:
        return drain(writing.follow())
    except Exception as error:
        log.info("words written ahead failed: %s", error)
        return None


def _has_room(device: str) -> bool:
    """Whether a second row of work finds memory on a device."""
    torch = sys.modules.get("torch")
    if torch is None or not device.startswith("cuda"):
        return True
    from mgie.model.offload import free_memory

    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    free_bytes = free_memory(torch.device(device), spare_bytes=kept)
    return free_bytes is None or free_bytes >= WORKSPACE_BYTES
