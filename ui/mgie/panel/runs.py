"""Every edit under way: read, sent, followed, stopped; whether it is a single one or one of a batch."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mgie.api.events import Cancelled, EditEvent, Preview
from mgie.api.failure import Failure
from mgie.api.options import Options
from mgie.panel.ports import BackendPort, HostPort, Order, Read
from mgie.panel.state import regions as region_list
from mgie.panel.state.job import FinishedResult, Job
from mgie.panel.state.messages import Message
from mgie.panel.state.pictures import Frame
from mgie.panel.state.progress import Phase, Progress
from mgie.panel.state.regions import Region
from mgie.panel.state.tray import shown_order

if TYPE_CHECKING:
    from mgie.panel.session import Session


class Runs:
    """The jobs of a session between the button and their end."""

    def __init__(self, session: Session, backend: BackendPort, host: HostPort, rng: random.Random) -> None:
        self._session, self._backend, self._host, self._rng = session, backend, host, rng
        state = session.state
        left = (state.job, *(region.job for region in state.regions))  # by an earlier panel
        self._jobs = {job.key: job for job in left if job is not None}

    def edit(self) -> None:
        """Begin a new edit of the target as it is now."""
        state, job = self._session.state, self.new_job()
        if job is None or state.is_busy:
            return
        self._session.update(
            settings=replace(state.settings, seed=job.settings.seed),
            history=state.history.with_entry(job.instruction),
        )
        self.start(job)

    def start(self, job: Job, regions: Sequence[Region] = ()) -> None:
        """Begin a job, and show it in the place of the last. regions: what it edits, if not the selection."""
        self._session.results.set_aside_choices()
        self._show_new(job, Progress(job=job.key, text=job.text))
        self.begin(job.key, (job,), regions)

    def again(self, result: FinishedResult) -> None:
        """Edit what is the target now with the words of a result."""
        if not self._session.state.is_busy:
            self._session.type_instruction(result.job.instruction)
            self.edit()

    def reproduce(self, result: FinishedResult) -> None:
        """Make a result again: its picture, words, settings and seed."""
        self.sample(result, seeds=1, seed=result.result.edit_result.seed)

    def sample(
        self,
        result: FinishedResult,
        *,
        seeds: int,
        seed: int | None = None,
        options: Options | None = None,
        strip: tuple[Options, ...] = (),
        replaces: str = "",
    ) -> None:
        """Paint what was written for a result once more, without writing it again.

        seeds: how many. seed: the first of them; None for a new one. options: those that differ from its own.
        strip: options of each result, which then come from one seed.
        replaces: key of the result whose place the new one takes.
        """
        if self._session.state.is_busy or not result.edit:
            return
        self._session.results.set_aside_choices()
        settings = replace(result.job.settings, num_variations=seeds, is_seed_locked=False)
        settings = settings.with_next_seed(self._rng) if seed is None else replace(settings, seed=seed)
        settings = replace(settings, options={**settings.options, **(options or {})})
        job = replace(
            result.job,
            key=uuid.uuid4().hex,
            settings=settings,
            batch="",
            region="",
            source_edit=result.edit,
            source_job=result.job.source_job or result.job.key,
            strip=strip,
            replaces=replaces,
        )
        text = self._session.state.edit.text if self._session.state.edit else ""
        before = self._session.state.before
        self._jobs[job.key] = job
        self._show_new(job, Progress(job=job.key, text=text, phase=Phase.SENDING), before)
        self._backend.sample(job)

    def _show_new(self, job: Job, progress: Progress, before: Frame | None = None) -> None:
        self._session.update(
            job=job,
            edit=progress,
            chosen=0,
            before=before,
            failure=None,
            saved=None,
        )

    def new_job(self) -> Job | None:
        """What stands in the instruction field as a job for the target as it is now; None without either."""
        state = self._session.state
        target, draft = state.host.target, state.draft
        if target is None or not draft.instruction.strip():
            return None
        return Job(
            key=uuid.uuid4().hex,
            target=target,
            instruction=draft.instruction.strip(),
            text=state.own_text,
            settings=state.next_settings.with_next_seed(self._rng),
            references=state.document_references,
        )

    def begin(self, key: str, jobs: Sequence[Job], regions: Sequence[Region] = ()) -> None:
        """Follow these jobs from now on, and have their pixels read. key: of the job, or of their batch."""
        self._jobs.update({job.key: job for job in jobs})
        self._host.read(key, tuple(jobs), tuple(regions))

    def stop(self) -> None:
        """Cancel everything that is under way; the canvas does not wait for the backend to confirm."""
        self._session.queue.hold()
        self._host.drop_previews(tuple(progress.job for progress in self._running()))
        for progress in self._running():
            self._show(replace(progress, is_stopping=True))
            if progress.phase is not Phase.READING:
                self._backend.stop(progress.job)
            if progress.phase in (Phase.READING, Phase.SENDING):  # the backend has not taken it yet
                self.receive(progress.job, EditEvent(event=Cancelled()))

    def stop_and_keep(self) -> None:
        """End the edit at the picture it has reached."""
        edit = self._session.state.edit
        if edit is not None and edit.can_keep:
            self._show(replace(edit, is_stopping=True))
            self._backend.keep(edit.job)

    def pictures_read(self, key: str, reads: Mapping[str, Read]) -> None:
        """The host handed over what `read` asked for, by job; send it, unless it was stopped meanwhile."""
        jobs = [job for job in self._jobs_of(key) if job.key in reads]
        waiting = [(job, reads[job.key]) for job in jobs if self._phase(job.key) is Phase.READING]
        for job, _ in waiting:
            self._show(replace(self._progress(job.key), phase=Phase.SENDING))
        if waiting:
            self._session.update(before=None if waiting[0][0].batch else waiting[0][1].before)
            self._backend.create(key, tuple(Order(job=job, read=read) for job, read in waiting))

    def read_failed(self, key: str, failure: Failure) -> None:
        """The host could not hand over the pixels."""
        for job in self._jobs_of(key):
            self.receive(job.key, EditEvent(event=failure))

    def go_on_with(self, text: str) -> None:
        """Let the held edit go on, with this expressive instruction."""
        edit = self._session.state.edit
        if edit is not None and edit.phase is Phase.HELD:
            self._show(replace(edit, text=text, phase=Phase.PREPARING, readings=()))
            self._backend.revise(edit.job, text)

    def resume(self) -> None:
        """Take up the edits that an earlier panel process left."""
        for progress in self._running():
            job = self._jobs.get(progress.job)
            if job is not None and progress.edit:
                self._backend.resume(job, progress.edit, progress.sequence)

    def receive(self, key: str, message: Message) -> None:
        """One message about one job."""
        job = self._jobs.get(key)
        if job is None or self._progress_or_none(key) is None:
            return
        before = self._progress(key)
        progress = before.after(message)
        self._show(progress)
        event = message.event if isinstance(message, EditEvent) else None
        is_seen = not job.batch or job.target.document == self._session.state.document
        is_chosen = isinstance(event, Preview) and event.index == self._session.state.chosen
        if isinstance(event, Preview) and is_chosen and is_seen and _is_shown(progress):
            self._host.push_preview(job, progress.previews[event.index])
        if progress.has_ended and not before.has_ended:
            self._ended(job, progress)

    def _ended(self, job: Job, progress: Progress) -> None:
        del self._jobs[job.key]
        self._session.results.collect(job, progress)
        if progress.phase is Phase.DONE and not job.batch:
            self._look_at_first(job, progress)
        if progress.phase is not Phase.DONE:
            self._host.drop_previews((job.key,))
        is_last = not any(other.batch == job.batch for other in self._jobs.values())
        if job.batch and is_last:
            self._session.results.place_batch(job.batch)
        elif not job.batch and len(progress.results) == 1:
            self._session.results.place_chosen()
        if progress.phase is not Phase.DONE:
            self._session.queue.hold()
        self._session.queue.advance()

    def _look_at_first(self, job: Job, progress: Progress) -> None:
        """The first of the tray is looked at, unless the artist has looked at another while it was made."""
        order = shown_order(job, progress.results, job.settings.num_variations)
        if len(progress.results) > 1 and self._session.state.chosen == 0 != order[0].position:
            self._session.results.choose(order[0].position)

    # --- one place for the progress of single edits and of regions ---------------------------

    def _jobs_of(self, key: str) -> list[Job]:
        return [job for job in self._jobs.values() if key in (job.key, job.batch)]

    def _running(self) -> list[Progress]:
        every = [self._session.state.edit, *(r.progress for r in self._session.state.regions)]
        return [p for p in every if p is not None and not p.has_ended]

    def _progress_or_none(self, key: str) -> Progress | None:
        every = [self._session.state.edit, *(r.progress for r in self._session.state.regions)]
        return next((p for p in every if p is not None and p.job == key), None)

    def _progress(self, key: str) -> Progress:
        progress = self._progress_or_none(key)
        assert progress is not None
        return progress

    def _phase(self, key: str) -> Phase | None:
        progress = self._progress_or_none(key)
        return progress.phase if progress else None

    def _show(self, progress: Progress) -> None:
        if self._session.state.edit is not None and self._session.state.edit.job == progress.job:
            self._session.update(edit=progress)
        else:
            self._session.update(regions=region_list.progressed(self._session.state.regions, progress))


def _is_shown(progress: Progress) -> bool:
    return not progress.has_ended and not progress.is_stopping
