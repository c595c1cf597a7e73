"""Everything the panel shows, in one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field

from mgie.panel.state.backend import BackendStatus
from mgie.panel.state.draft import Draft
from mgie.panel.state.history import History
from mgie.panel.state.job import Fate, Job, Kept
from mgie.panel.state.messages import Frame
from mgie.panel.state.problem import Problem
from mgie.panel.state.progress import Progress
from mgie.panel.state.regions import Regions, is_running
from mgie.panel.state.settings import Settings
from mgie.panel.state.target import HostStatus


@dataclass(frozen=True, kw_only=True)
class PanelState:
    """The views are a function of this."""

    host: HostStatus = field(default_factory=HostStatus)
    backend: BackendStatus = field(default_factory=BackendStatus)
    draft: Draft = field(default_factory=Draft)
    settings: Settings = field(default_factory=Settings)
    history: History = field(default_factory=History)
    regions: Regions = ()
    job: Job | None = None  # the single edit being made, or made last
    edit: Progress | None = None  # its progress
    kept: tuple[Kept, ...] = ()  # finished results that are not yet safe in a document or a file
    before: Frame | None = None  # what the edit began with, for comparing
    chosen: int = 0  # the variation that is looked at
    problem: Problem | None = None  # something outside of an edit went wrong

    @property
    def document(self) -> str:
        """The id of the document the artist works in, "" without one."""
        return self.host.target.document if self.host.target else ""

    @property
    def is_busy(self) -> bool:
        """Whether something can be stopped."""
        is_editing = self.edit is not None and not self.edit.has_ended
        return is_editing or is_running(self.regions)

    @property
    def choices(self) -> tuple[Kept, ...]:
        """The finished variations of the last edit that wait for the artist's choice."""
        if self.job is None:
            return ()
        return tuple(k for k in self.kept if k.job.key == self.job.key and k.fate is Fate.WAITING)

    @property
    def can_place(self) -> bool:
        """Whether the chosen variation could be placed as a layer."""
        return any(k.result.index == self.chosen for k in self.choices)

    @property
    def stranded(self) -> tuple[Kept, ...]:
        """Results that could not be placed."""
        return tuple(k for k in self.kept if k.fate is Fate.KEPT)
