"""The queue of a session: words typed while an edit runs wait here, and begin when it is done and placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mgie.api.failure import Failure
from mgie.host.types import HostMask
from mgie.panel.ports import HostPort
from mgie.panel.state import queue as waiting_list
from mgie.panel.state.job import Job, Outcome
from mgie.panel.state.panel import PanelState
from mgie.panel.state.queue import Waiting
from mgie.panel.state.regions import Region

if TYPE_CHECKING:
    from mgie.panel.session import Session


class EditQueue:
    """Begins one edit after the other. Anything that did not end well, and every stop, holds it up."""

    def __init__(self, session: Session, host: HostPort) -> None:
        self._session, self._host = session, host

    def add(self) -> None:
        """Let what stands in the instruction field wait for its turn, with the selection as it is now."""
        job = self._session.runs.new_job()
        if job is not None:
            self.put(job)

    def put(self, job: Job) -> None:
        """Let a job wait for its turn, with the selection as it is now."""
        state = self._session.state
        has_selection = job.target.selection is not None
        fresh = Waiting(job=job, is_captured=not has_selection)
        self._session.update(
            queue=(*state.queue, fresh), history=state.history.with_entry(job.instruction), failure=None
        )
        if has_selection:
            self._host.capture_selection(job.key, job.target)

    def captured(self, key: str, mask: HostMask | None) -> None:
        """The host told the selection that was there when an edit was queued; it may be gone already."""
        if mask is None:
            self.capture_failed(key, Failure(reason="NOTHING_SELECTED", message=""))
            return
        self._session.update(queue=waiting_list.captured(self._session.state.queue, key, mask))
        self.advance()

    def capture_failed(self, key: str, failure: Failure) -> None:
        """Its selection cannot be known: it would edit something else, so it goes."""
        self._session.update(queue=waiting_list.removed(self._session.state.queue, key), failure=failure)

    def cancel(self, key: str) -> None:
        """The artist does not want this one."""
        self._session.update(queue=waiting_list.removed(self._session.state.queue, key))

    def move(self, key: str, steps: int) -> None:
        """Earlier (-) or later (+)."""
        self._session.update(queue=waiting_list.moved(self._session.state.queue, key, steps))

    def clear(self) -> None:
        """The artist wants none that wait for the present document."""
        state = self._session.state
        self._session.update(queue=waiting_list.cleared(state.queue, state.document))

    def hold(self) -> None:
        """Begin nothing more until the artist says so."""
        if self._session.state.queue:
            self._session.update(is_queue_held=True)

    def go_on(self) -> None:
        """The artist says so."""
        self._session.update(is_queue_held=False)
        self.advance()

    def advance(self) -> None:
        """Begin the next one, unless something runs, is being placed, or waits for the artist's choice."""
        state = self._session.state
        if state.is_busy or state.is_queue_held or _is_undecided(state) or not state.host.is_connected:
            return
        target = state.host.target
        open_documents = {document for document, _ in state.host.documents} | {
            target.document if target else ""
        }
        following = waiting_list.next_one(state.queue, open_documents)
        if following is None:
            return
        job = following.job
        self._session.update(queue=waiting_list.removed(state.queue, job.key))
        self._session.runs.start(job, (_region(following),))


def _is_undecided(state: PanelState) -> bool:
    """Whether a result is on its way into the document, or none of several has been chosen."""
    outcomes = [k.outcome for k in state.finished if state.job is not None and k.job.key == state.job.key]
    is_placing = any(k.outcome is Outcome.PLACING for k in state.finished)
    return is_placing or (Outcome.WAITING in outcomes and Outcome.PLACED not in outcomes)


def _region(waiting: Waiting) -> Region:
    """Where it edits, whatever is selected by now; without a mask the whole picture."""
    job, mask = waiting.job, waiting.mask
    bounds = mask.rect if mask else job.target.canvas
    return Region(key=job.key, document=job.target.document, name="", bounds=bounds, mask=mask)
