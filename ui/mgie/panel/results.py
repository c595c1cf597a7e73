"""What becomes of finished pictures. The one rule: no result is let go unless the artist says so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mgie.api.failure import Failure
from mgie.panel.state.job import FinishedResult, Job, Outcome
from mgie.panel.state.progress import Phase, Progress
from mgie.panel.state.saved_file import SavedFile

if TYPE_CHECKING:
    from mgie.panel.ports import HostPort
    from mgie.panel.session import Session

_SETTLED = (Outcome.PLACED, Outcome.UNDONE, Outcome.SAVED)
MAX_SETTLED = 12  # placed or saved results that stay in the list for a second use, beside those in use


class Results:
    """The results of a session: offered, placed, placed again, saved, discarded."""

    def __init__(self, session: Session, host: HostPort) -> None:
        self._session = session
        self._host = host

    def collect(self, job: Job, progress: Progress) -> None:
        """Take over what an edit brought, also one that failed or was stopped half way."""
        fresh = tuple(
            FinishedResult(job=job, result=result, edit=progress.edit) for result in progress.results
        )
        if fresh:
            self._update((*self._session.state.finished, *fresh))

    def choose(self, index: int) -> None:
        """Look at another variation, on the canvas too."""
        self._session.update(chosen=index)
        for finished in self._session.state.choices:
            if finished.result.index == index:
                self._host.push_preview(finished.job, finished.result.frame)

    def place_chosen(self) -> None:
        """Place the variation that is looked at."""
        state = self._session.state
        self.place([k for k in state.choices if k.result.index == state.chosen])

    def place_batch(self, batch: str) -> None:
        """Place every result of a batch, those of a document together, in the order of the regions."""
        state = self._session.state
        order = {region.key: number for number, region in enumerate(state.regions)}
        waiting = [k for k in state.finished if k.job.batch == batch and k.outcome is Outcome.WAITING]
        waiting.sort(key=lambda k: order.get(k.job.region, len(order)))
        for document in dict.fromkeys(k.job.target.document for k in waiting):
            self.place([k for k in waiting if k.job.target.document == document])

    def place_again(self, key: str, *, here: bool = False) -> None:
        """Try once more; `here`: into the document that is open now instead of its own."""
        target = self._session.state.host.target if here else None
        finished = self._session.state.result(key)
        if finished is not None:
            job = replace(finished.job, target=target) if target else finished.job
            self.place([replace(finished, job=job)])

    def placed(self, keys: Sequence[str], layers: Sequence[str]) -> None:
        """The host has them as layers of these ids."""
        self._settle(keys, Outcome.PLACED, None)
        for finished in self._session.state.finished:
            if finished.key in keys:
                self._session.past.note(finished)
        self._session.layers.follow(keys, layers)
        self._session.layers.replaced(keys)
        job = self._session.state.job
        if job is not None and not self._session.state.choices:
            self._host.drop_previews((job.key,))
        self._session.queue.advance()

    def place_failed(self, keys: Sequence[str], failure: Failure) -> None:
        """The host could not take them: the document is gone, or no longer what it was."""
        self._settle(keys, Outcome.UNPLACED, failure)
        self._session.queue.hold()

    def place_change_map(self, key: str) -> None:
        """Show on a layer of its own what a result changed."""
        finished = self._session.state.result(key)
        if finished is not None and finished.result.change_map is not None:
            self._host.place_change_map(finished)

    def select_change_map(self, key: str) -> None:
        """Select what a result changed, most where it changed most."""
        finished = self._session.state.result(key)
        if finished is not None and finished.result.change_map is not None:
            self._host.select_change_map(finished)

    def save_record(self, key: str, path: Path) -> None:
        """Write how one result was made to a file."""
        finished = self._session.state.result(key)
        if finished is not None:
            self._host.save_record(finished, path)

    def save(self, key: str, path: Path) -> None:
        """Write one result to a file."""
        finished = self._session.state.result(key)
        if finished is not None:
            self._host.save(finished, path)

    def record_saved(self, file: SavedFile) -> None:
        """The file that says how a result was made is written."""
        self._session.update(saved=file)

    def saved(self, key: str, file: SavedFile) -> None:
        """The file is written. A result that has a layer goes on with that."""
        self._session.update(saved=file)
        if not self._is_layered(key):
            self._settle((key,), Outcome.SAVED, None)

    def save_failed(self, key: str, failure: Failure) -> None:
        """The file could not be written; the result stays."""
        self._session.update(saved=None)
        if self._is_layered(key):
            self._session.update(failure=failure)
        else:
            self._settle((key,), Outcome.UNPLACED, failure)

    def _is_layered(self, key: str) -> bool:
        finished = self._session.state.result(key)
        return finished is not None and finished.is_layered

    def discard(self, key: str) -> None:
        """The artist does not want it."""
        self._update(tuple(k for k in self._session.state.finished if k.key != key))
        self._drop_preview_without_choices()

    def decline_choices(self) -> None:
        """The artist wants none of the variations: they are set aside, and nothing is shown."""
        job = self._session.state.job
        self.set_aside_choices()
        outcomes = {
            k.outcome for k in self._session.state.finished if job is not None and k.job.key == job.key
        }
        if outcomes <= {Outcome.SET_ASIDE}:
            self._session.update(job=None, edit=None, before=None, chosen=0)
        self._session.queue.advance()

    def take_up(self, job: Job) -> None:
        """Offer the variations of an earlier edit again."""
        self.set_aside_choices()
        own = [k for k in self._session.state.finished if k.job.key == job.key]
        waiting = [k for k in own if k.outcome is Outcome.SET_ASIDE]
        if waiting and not self._session.state.is_busy:
            results = tuple(k.result for k in own)
            progress = Progress(job=job.key, phase=Phase.DONE, results=results)
            self._settle([k.key for k in waiting], Outcome.WAITING, None)
            self._session.update(job=job, edit=progress, before=None)
            self.choose(waiting[0].result.index)

    def discard_loose(self) -> None:
        """The artist wants nothing of what is neither placed nor saved."""
        gone = {k.key for k in self._session.state.loose}
        self._update(tuple(k for k in self._session.state.finished if k.key not in gone))

    def let_go(self, job: Job) -> None:
        """The artist does not want the variations that were set aside."""
        finished = self._session.state.finished
        self._update(tuple(k for k in finished if k.job.key != job.key or k.outcome is not Outcome.SET_ASIDE))

    def set_aside_choices(self) -> None:
        """A new edit begins: variations nobody chose stay within reach, until the artist lets them go."""
        for finished in self._session.state.choices:
            self._settle((finished.key,), Outcome.SET_ASIDE, None)
        self._drop_preview_without_choices()

    def _drop_preview_without_choices(self) -> None:
        job = self._session.state.job
        if job is not None and not self._session.state.choices:
            self._host.drop_previews((job.key,))

    def place(self, finished: Sequence[FinishedResult]) -> None:
        """Have results placed together in the document they were made for."""
        if not finished:
            return
        finished = [replace(k, replaces=self._session.layers.of_replaced(k)) for k in finished]
        keys = {k.key: k for k in finished}
        self._update(
            tuple(
                replace(keys[k.key], outcome=Outcome.PLACING, failure=None) if k.key in keys else k
                for k in self._session.state.finished
            )
        )
        self._host.place(tuple(finished), finished[0].job.target)

    def _settle(self, keys: Sequence[str], outcome: Outcome, failure: Failure | None) -> None:
        finished = tuple(
            replace(k, outcome=outcome, failure=failure) if k.key in keys else k
            for k in self._session.state.finished
        )
        self._update(_without_oldest_settled(finished, {*keys, *self._in_use()}))

    def _in_use(self) -> set[str]:
        """Keys of what the card or a row of the regions acts on: also a batch of more than are kept else."""
        state = self._session.state
        shown = {job.key for job in (state.job, *(region.job for region in state.regions)) if job}
        batch = next((k.job.batch for k in reversed(state.finished) if k.job.batch), None)
        return {k.key for k in state.finished if k.job.key in shown or k.job.batch == batch}

    def _update(self, finished: tuple[FinishedResult, ...]) -> None:
        self._session.update(finished=finished)


def _without_oldest_settled(
    finished: tuple[FinishedResult, ...], used: Collection[str]
) -> tuple[FinishedResult, ...]:
    """Let go of the oldest results that are safe elsewhere and not `used`, to bound the memory they take."""
    idle = [k.key for k in finished if k.outcome in _SETTLED and k.key not in used]
    surplus = set(idle[: max(0, len(idle) - MAX_SETTLED)])
    return tuple(k for k in finished if k.key not in surplus)
