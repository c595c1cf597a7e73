"""The panel's conduct: what the artist does and what the links report, turned into the next state.

No Qt: the views subscribe, the links are ports. Every entry point runs in the same thread.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

from mgie.api.events import Cancelled, EditEvent, Preview, Reading
from mgie.api.failure import Failure
from mgie.client.connection import ConnectionStatus, Link
from mgie.panel.ports import BackendPort, HostPort, Order, Read
from mgie.panel.results import Results
from mgie.panel.state import regions as region_list
from mgie.panel.state.job import Job
from mgie.panel.state.messages import Message
from mgie.panel.state.panel import PanelState, model_of
from mgie.panel.state.primary_action import Action, primary_action, unfinished_regions
from mgie.panel.state.progress import Phase, Progress
from mgie.panel.state.regions import Region
from mgie.panel.state.settings import Settings
from mgie.panel.state.target import HostStatus, Target

Observer = Callable[[PanelState], None]


class Session:
    """One panel at work."""

    def __init__(
        self,
        backend: BackendPort,
        host: HostPort,
        state: PanelState | None = None,
        *,
        rng: random.Random | None = None,
    ) -> None:
        self.state = state or PanelState()
        self.results = Results(self, host)
        self._backend = backend
        self._host = host
        self._rng = rng or random.Random()
        self._observers: list[Observer] = []
        self._jobs: dict[str, Job] = {}  # every job under way, by key
        left = (self.state.job, *(region.job for region in self.state.regions))  # by an earlier panel
        self._jobs.update({job.key: job for job in left if job is not None})

    def subscribe(self, observer: Observer) -> None:
        """Call `observer` with every new state, and with the present one now."""
        self._observers.append(observer)
        observer(self.state)

    def update(self, **changes: object) -> None:
        """Take a new state and tell the observers, unless nothing changed."""
        state = replace(self.state, **changes)  # pyright: ignore[reportArgumentType] # names are PanelState's
        if state is self.state or state == self.state:
            return
        self.state = state
        for observer in tuple(self._observers):
            observer(state)

    # --- the artist -------------------------------------------------------------------------

    def type_instruction(self, instruction: str) -> None:
        """The instruction field changed."""
        self.update(draft=self.state.draft.with_instruction(instruction), failure=None)

    def type_text(self, text: str) -> None:
        """The artist changed the expressive instruction."""
        written = self.state.edit.text if self.state.edit else ""
        self.update(draft=self.state.draft.with_text(text, written))

    def recall_older(self) -> None:
        """Walk back in the history."""
        history, text = self.state.history.older(self.state.draft.instruction)
        self.update(history=history, draft=self.state.draft.with_instruction(text))

    def recall_newer(self) -> None:
        """Walk forward in the history."""
        history, text = self.state.history.newer(self.state.draft.instruction)
        self.update(history=history, draft=self.state.draft.with_instruction(text))

    def choose_settings(self, settings: Settings) -> None:
        """The artist changed how edits are made."""
        self.update(settings=settings)

    def choose_preset(self, name: str) -> None:
        """Take the options of one of the model's presets."""
        if self.state.model is not None:
            self.update(settings=self.state.settings.with_preset(name, self.state.model))

    def choose_document(self, document: str) -> None:
        """The artist picks one of the documents that are open in the host."""
        self._host.choose_document(document)

    def choose_model(self, model_id: str) -> None:
        """Edit with another model: this document from now on, and every new one."""
        model = model_of(self.state.backend, model_id)
        if model is None:
            return
        settings = replace(self.state.settings, model=model_id).for_model(model)
        document_models = {**self.state.document_models, self.state.document: model_id}
        self.update(settings=settings, document_models=document_models)

    def dismiss_failure(self) -> None:
        """The artist has read it."""
        edit = self.state.edit
        if edit is not None and edit.has_ended:
            edit = replace(edit, failure=None, declined=None)
        self.update(failure=None, edit=edit)

    def take_suggestion(self, instruction: str) -> None:
        """The artist asks for something that the model can do instead."""
        self.dismiss_failure()
        self.type_instruction(instruction)

    def choose_reading(self, reading: Reading) -> None:
        """The artist says which of several meanings is meant."""
        edit = self.state.edit
        if edit is not None and edit.phase is Phase.HELD:
            self._go_on_with(edit, reading.text)

    def act_by_key(self) -> None:
        """Return and Ctrl+Return: as the button, but they never stop an edit and never repeat a batch."""
        if primary_action(self.state).action not in (Action.STOP, Action.REPEAT_REGIONS):
            self.act()

    def act(self) -> None:
        """The one big button."""
        primary = primary_action(self.state)
        if primary.obstacle is not None:
            return
        match primary.action:
            case Action.GO_ON | Action.GO_ON_CORRECTED:
                self._go_on()
            case Action.STOP:
                self.stop()
            case Action.PLACE:
                self.results.place_chosen()
            case Action.EDIT_REGIONS | Action.RETRY_REGIONS | Action.REPEAT_REGIONS:
                self._edit_regions(primary.action)
            case _:
                self.edit()

    def edit(self) -> None:
        """Begin a new edit of the target as it is now."""
        target = self.state.host.target
        if target is None or self.state.is_busy or not self.state.draft.instruction.strip():
            return
        self.results.set_aside_choices()
        settings = self.state.next_settings.with_next_seed(self._rng)
        draft = self.state.draft
        job = Job(
            key=uuid.uuid4().hex,
            target=target,
            instruction=draft.instruction.strip(),
            text=draft.text.strip() if draft.is_corrected else "",
            settings=settings,
        )
        self._jobs[job.key] = job
        self.update(
            job=job,
            edit=Progress(job=job.key, text=job.text),
            settings=replace(self.state.settings, seed=settings.seed),
            history=self.state.history.with_entry(job.instruction),
            chosen=0,
            before=None,
            failure=None,
        )
        self._host.read(job.key, (job,), ())

    def repeat_last(self) -> None:
        """Edit with the newest instruction of the history."""
        if self.state.history.entries and not self.state.is_busy:
            self.type_instruction(self.state.history.entries[0])
            self.edit()

    def stop(self) -> None:
        """Cancel everything that is under way; the canvas does not wait for the backend to confirm."""
        self._host.drop_previews(tuple(progress.job for progress in self._running()))
        for progress in self._running():
            self._show(replace(progress, is_stopping=True))
            if progress.phase is not Phase.READING:
                self._backend.stop(progress.job)
            if progress.phase in (Phase.READING, Phase.SENDING):  # the backend has not taken it yet
                self.receive(progress.job, EditEvent(event=Cancelled()))

    def stop_and_keep(self) -> None:
        """End the edit at the picture it has reached."""
        edit = self.state.edit
        if edit is not None and edit.can_keep:
            self._show(replace(edit, is_stopping=True))
            self._backend.keep(edit.job)

    def _go_on(self) -> None:
        edit = self.state.edit
        assert edit is not None  # the primary action says that an edit is held
        self._go_on_with(edit, self.state.draft.text.strip() if self.state.draft.is_corrected else edit.text)

    def _go_on_with(self, edit: Progress, text: str) -> None:
        self._show(replace(edit, text=text, phase=Phase.PREPARING, readings=()))
        self._backend.revise(edit.job, text)

    # --- regions ----------------------------------------------------------------------------

    def add_selection(self) -> None:
        """Make a region of the current selection."""
        if self.state.host.target is not None:
            self._host.capture_region(self.state.host.target)

    def add_saved_selections(self) -> None:
        """Make a region of every saved selection."""
        if self.state.host.target is not None:
            self._host.list_regions(self.state.host.target)

    def region_captured(self, region: Region) -> None:
        """The host handed over a region; it begins with the words in the instruction field."""
        fresh = region if region.instruction else replace(region, instruction=self.state.draft.instruction)
        self.update(regions=region_list.added(self.state.regions, fresh))

    def instruct_region(self, key: str, instruction: str) -> None:
        """The artist wrote a region's instruction."""
        self.update(regions=region_list.instructed(self.state.regions, key, instruction))

    def remove_region(self, key: str) -> None:
        """Take a region out of the batch, unless it is just being edited."""
        if any(r.key == key and region_list.is_running((r,)) for r in self.state.regions):
            return
        self.update(regions=region_list.removed(self.state.regions, key))

    def _edit_regions(self, action: Action) -> None:
        target = self.state.host.target
        if target is None or self.state.is_busy:
            return
        every = region_list.in_document(self.state.regions, target.document)
        regions = every if action is Action.REPEAT_REGIONS else unfinished_regions(self.state)
        only_failed = action is Action.RETRY_REGIONS
        wanted = tuple(r for r in regions if r.can_be_read and (r.needs_retry or not only_failed))
        if not wanted:
            return
        settings = self.state.next_settings.with_next_seed(self._rng)
        settings = replace(settings, num_variations=1, holds_before_sampling=False)
        batch = uuid.uuid4().hex
        jobs = {r.key: _region_job(r, batch, target, settings) for r in wanted}
        self._jobs.update({job.key: job for job in jobs.values()})
        history = self.state.history
        for region in reversed(wanted):
            history = history.with_entry(region.instruction)
        begun = tuple(_begun(r, jobs[r.key]) if r.key in jobs else r for r in self.state.regions)
        self.results.set_aside_choices()
        shown = replace(self.state.settings, seed=settings.seed)
        self.update(regions=begun, job=None, edit=None, history=history, settings=shown, failure=None)
        self._host.read(batch, tuple(jobs.values()), wanted)

    # --- the host ---------------------------------------------------------------------------

    def host_changed(self, status: HostStatus) -> None:
        """The artist switched, or the link came or went. A document keeps the model chosen for it."""
        document = status.target.document if status.target else ""
        chosen = self.state.document_models.get(document, self.state.settings.model)
        settings = self.state.settings
        if document != self.state.document and chosen != settings.model:
            settings = replace(settings, model=chosen)
            model = model_of(self.state.backend, chosen)
            settings = settings.for_model(model) if model else settings
        shown = self.state.in_document(document) if document else self.state
        self.update(
            host=status,
            settings=settings,
            shelf=shown.shelf,
            job=shown.job,
            edit=shown.edit,
            before=shown.before,
            chosen=shown.chosen,
        )

    def pictures_read(self, key: str, reads: Sequence[Read]) -> None:
        """The host handed over what `read` asked for; send it, unless it was stopped meanwhile."""
        jobs = self._jobs_of(key)
        waiting = [(j, r) for j, r in zip(jobs, reads, strict=True) if self._phase(j.key) is Phase.READING]
        for job, _ in waiting:
            self._show(replace(self._progress(job.key), phase=Phase.SENDING))
        if waiting:
            self.update(before=None if waiting[0][0].batch else waiting[0][1].before)
            self._backend.create(key, tuple(Order(job=job, read=read) for job, read in waiting))

    def read_failed(self, key: str, failure: Failure) -> None:
        """The host could not hand over the pixels."""
        for job in self._jobs_of(key):
            self.receive(job.key, EditEvent(event=failure))

    # --- the backend ------------------------------------------------------------------------

    def backend_changed(self, status: ConnectionStatus) -> None:
        """The connection or the model changed."""
        settings = self.state.settings
        model = model_of(status, settings.model)
        if model is not None and model != self.state.model:
            settings = settings.for_model(model)
        self.update(backend=status, settings=settings)

    def retry_backend(self) -> None:
        """The artist asks for the backend again."""
        self.update(backend=replace(self.state.backend, link=Link.SEARCHING, failure=None))
        self._backend.start_backend()

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
        if isinstance(event, Preview) and event.index == self.state.chosen and _is_shown(progress):
            self._host.push_preview(job, progress.previews[event.index])
        if progress.has_ended and not before.has_ended:
            self._ended(job, progress)

    def _ended(self, job: Job, progress: Progress) -> None:
        del self._jobs[job.key]
        self.results.collect(job, progress)
        if progress.phase is not Phase.DONE:
            self._host.drop_previews((job.key,))
        is_last = not any(other.batch == job.batch for other in self._jobs.values())
        if job.batch and is_last:
            self.results.place_batch(job.batch)
        elif not job.batch and len(progress.results) == 1:
            self.results.place_chosen()

    # --- one place for the progress of single edits and of regions ---------------------------

    def _jobs_of(self, key: str) -> list[Job]:
        return [job for job in self._jobs.values() if key in (job.key, job.batch)]

    def _running(self) -> list[Progress]:
        every = [self.state.edit, *(r.progress for r in self.state.regions)]
        return [p for p in every if p is not None and not p.has_ended]

    def _progress_or_none(self, key: str) -> Progress | None:
        every = [self.state.edit, *(r.progress for r in self.state.regions)]
        return next((p for p in every if p is not None and p.job == key), None)

    def _progress(self, key: str) -> Progress:
        progress = self._progress_or_none(key)
        assert progress is not None
        return progress

    def _phase(self, key: str) -> Phase | None:
        progress = self._progress_or_none(key)
        return progress.phase if progress else None

    def _show(self, progress: Progress) -> None:
        if self.state.edit is not None and self.state.edit.job == progress.job:
            self.update(edit=progress)
        else:
            self.update(regions=region_list.progressed(self.state.regions, progress))


def _is_shown(progress: Progress) -> bool:
    return not progress.has_ended and not progress.is_stopping


def _begun(region: Region, job: Job) -> Region:
    return replace(region, job=job, progress=Progress(job=job.key))


def _region_job(region: Region, batch: str, target: Target, settings: Settings) -> Job:
    return Job(
        key=uuid.uuid4().hex,
        target=replace(target, selection=region.bounds),
        instruction=region.instruction.strip(),
        settings=settings,
        batch=batch,
        region=region.key,
    )
