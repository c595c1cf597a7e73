"""The regions of the documents: gathered, instructed, and edited together as one batch."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from mgie.api.events import EditEvent
from mgie.api.failure import Failure
from mgie.panel.ports import HostPort
from mgie.panel.state import regions as region_list
from mgie.panel.state.job import FinishedResult, Job
from mgie.panel.state.panel import PanelState
from mgie.panel.state.primary_action import Action, target_obstacle, unfinished_regions
from mgie.panel.state.progress import Progress
from mgie.panel.state.references import References, of_document
from mgie.panel.state.regions import Region, Regions
from mgie.panel.state.target import Target

if TYPE_CHECKING:
    from mgie.panel.session import Session


class RegionBatch:
    """What the artist does with the list of regions."""

    def __init__(self, session: Session, host: HostPort, rng: random.Random) -> None:
        self._session, self._host, self._rng = session, host, rng

    def show(self, is_on: bool) -> None:
        """The artist edits regions from now on, or one thing at a time."""
        self._session.update(shows_regions=is_on)

    def add_selection(self) -> None:
        """Make a region of the current selection."""
        if self._session.state.host.target is not None:
            self._host.capture_region(self._session.state.host.target)

    def add_saved_selections(self) -> None:
        """Make a region of every saved selection."""
        if self._session.state.host.target is not None:
            self._host.list_regions(self._session.state.host.target, layers=False)

    def add_layers(self) -> None:
        """Make a region of every layer in the group of the active layer, as far as it covers."""
        if self._session.state.host.target is not None:
            self._host.list_regions(self._session.state.host.target, layers=True)

    def add_open_pictures(self) -> None:
        """Make a region of every open picture, all of it, and edit them together."""
        self.span(True)
        for target in self._session.state.host.targets:
            if not target.unsupported:
                self.captured(
                    Region(
                        key=uuid.uuid4().hex[:8],
                        document=target.document,
                        name=target.document_name,
                        bounds=target.canvas,
                        is_whole=True,
                    )
                )

    def span(self, is_on: bool) -> None:
        """The artist edits the regions of all open documents together from now on, or those of one."""
        self._session.update(spans_documents=is_on)

    def captured(self, region: Region) -> None:
        """The host handed over a region; it begins with the words in the instruction field."""
        fresh = (
            region
            if region.instruction
            else replace(region, instruction=self._session.state.draft.instruction)
        )
        self._session.update(
            regions=region_list.added(self._session.state.regions, fresh), shows_regions=True
        )

    def instruct(self, key: str, instruction: str) -> None:
        """The artist wrote a region's instruction."""
        self._session.update(regions=region_list.instructed(self._session.state.regions, key, instruction))

    def rename(self, key: str, name: str) -> None:
        """The artist calls a region something else."""
        self._session.update(regions=region_list.renamed(self._session.state.regions, key, name))

    def show_layer(self, key: str, is_shown: bool) -> None:
        """Show the layer that a region has become, or hide it."""
        placed = self._layer_of(key)
        if placed is not None:
            self._session.layers.fade(placed.key, 1.0 if is_shown else 0.0, is_over=True)

    def discard(self, key: str) -> None:
        """Take the layer of one finished region out of the picture; the others stay."""
        placed = self._layer_of(key)
        if placed is not None:
            self._session.layers.discard(placed.key)

    def keep(self, key: str) -> None:
        """Bring the layer of one discarded region back."""
        region = self._region(key)
        out = self._session.state.out_of(region) if region is not None else None
        if out is not None:
            self._session.layers.keep(out.key)

    def retry(self, key: str) -> None:
        """Edit one region again, alone."""
        wanted = tuple(r for r in self._session.state.regions if r.key == key)
        self._edit(tuple(r for r in wanted if r.can_be_read and r.is_ready))

    def remove(self, key: str) -> None:
        """Take a region out of the batch, unless it is just being edited."""
        if any(r.key == key and region_list.is_running((r,)) for r in self._session.state.regions):
            return
        self._session.update(regions=region_list.removed(self._session.state.regions, key))

    def edit(self, action: Action) -> None:
        """Edit those that the action means, on the original picture, as one batch."""
        state = self._session.state
        if state.host.target is None:
            return
        regions = state.batch_regions if action is Action.REPEAT_REGIONS else unfinished_regions(state)
        only_failed = action is Action.RETRY_REGIONS
        wanted = tuple(r for r in regions if r.can_be_read and (r.needs_retry or not only_failed))
        self._edit(wanted)

    def _region(self, key: str) -> Region | None:
        return next((r for r in self._session.state.regions if r.key == key), None)

    def _layer_of(self, key: str) -> FinishedResult | None:
        region = self._region(key)
        return self._session.state.layer_of(region) if region is not None else None

    def _edit(self, wanted: Regions) -> None:
        state = self._session.state
        target = state.host.target
        if target is None or state.is_busy or not wanted:
            return
        settings = state.next_settings.with_next_seed(self._rng)
        settings = replace(settings, num_variations=1, holds_before_sampling=False)
        batch = uuid.uuid4().hex
        common = Job(key="", target=target, instruction="", settings=settings, batch=batch)
        targets = {t.document: t for t in (*state.host.targets, target)}
        jobs = {r.key: _region_job(r, common, targets[r.document], state.references) for r in wanted}
        unfit = {key: failure for key, job in jobs.items() if (failure := _unfit(state, job.target))}
        history = state.history
        for region in reversed(wanted):
            history = history.with_entry(region.instruction)
        begun = tuple(_begun(r, jobs[r.key], unfit) if r.key in jobs else r for r in state.regions)
        self._session.results.set_aside_choices()
        shown = replace(state.settings, seed=settings.seed)
        self._session.update(
            regions=begun, job=None, edit=None, history=history, settings=shown, failure=None, saved=None
        )
        fit = tuple(r for r in wanted if r.key not in unfit)
        if fit:
            self._session.runs.begin(batch, tuple(jobs[r.key] for r in fit), fit)


def _unfit(state: PanelState, target: Target) -> Failure | None:
    """Why a region fails before anything is read: its document cannot be edited as it stands."""
    obstacle = target_obstacle(state, target)
    return Failure(reason=obstacle.name, message=target.unsupported) if obstacle else None


def _begun(region: Region, job: Job, unfit: Mapping[str, Failure]) -> Region:
    progress = Progress(job=job.key)
    if region.key in unfit:
        progress = progress.after(EditEvent(event=unfit[region.key]))
    return replace(region, job=job, progress=progress)


def _region_job(region: Region, common: Job, target: Target, references: References) -> Job:
    return replace(
        common,
        key=uuid.uuid4().hex,
        target=replace(target, selection=None if region.is_whole else region.bounds),
        instruction=region.instruction.strip(),
        region=region.key,
        references=of_document(references, region.document),
    )
