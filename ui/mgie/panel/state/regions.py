"""The list of regions of a batch: each with its own place, instruction and progress."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from itertools import count

from mgie.api.rect import Rect
from mgie.host.types import HostMask
from mgie.panel.state.job import Job
from mgie.panel.state.progress import Phase, Progress


@dataclass(frozen=True, kw_only=True)
class Region:
    """One selection with its own instruction."""

    key: str  # the panel's own id
    document: str  # the document it lies in
    name: str  # for people
    bounds: Rect
    source: str = ""  # the host's id of a saved selection; "" where the mask was captured
    mask: HostMask | None = None  # its coverage where it was captured; read when needed otherwise
    is_whole: bool = False  # all of its document
    instruction: str = ""
    progress: Progress | None = None
    job: Job | None = None  # what was asked for when it was edited last

    @property
    def is_ready(self) -> bool:
        """Whether it can be sent."""
        return bool(self.instruction.strip())

    @property
    def is_done(self) -> bool:
        """Whether its last run brought what is asked of it now."""
        is_over = self.progress is not None and self.progress.phase is Phase.DONE
        return is_over and self.job is not None and self.job.instruction == self.instruction.strip()

    @property
    def can_be_read(self) -> bool:
        """Whether its coverage is known; that of a captured one is lost with its file."""
        return bool(self.source) or self.mask is not None or self.is_whole

    @property
    def needs_retry(self) -> bool:
        """Whether its last run brought nothing."""
        progress = self.progress
        return progress is not None and progress.has_ended and progress.phase is not Phase.DONE


Regions = tuple[Region, ...]


def added(regions: Regions, region: Region) -> Regions:
    """Append a region; a saved selection or whole document in it only gets a new name and bounds."""
    for index, known in enumerate(regions):
        is_same = (known.source, known.is_whole, known.document) == (
            region.source,
            region.is_whole,
            region.document,
        )
        if is_same and (region.source or region.is_whole):
            fresh = replace(known, name=region.name, bounds=region.bounds)
            return (*regions[:index], fresh, *regions[index + 1 :])
    return (*regions, replace(region, name=_distinct(region.name, {known.name for known in regions})))


def _distinct(name: str, taken: Container[str]) -> str:
    """The name, with a number behind it where it is taken."""
    if name not in taken:
        return name
    return next(numbered for number in count(2) if (numbered := f"{name} {number}") not in taken)


def removed(regions: Regions, key: str) -> Regions:
    """Take one region out of the list."""
    return tuple(r for r in regions if r.key != key)


def instructed(regions: Regions, key: str, instruction: str) -> Regions:
    """Give one region its instruction."""
    return tuple(replace(r, instruction=instruction) if r.key == key else r for r in regions)


def renamed(regions: Regions, key: str, name: str) -> Regions:
    """Call one region something else; it cannot be called nothing."""
    return tuple(replace(r, name=name.strip() or r.name) if r.key == key else r for r in regions)


def progressed(regions: Regions, progress: Progress) -> Regions:
    """Put an item's progress beside the region it belongs to."""
    return tuple(
        replace(r, progress=progress) if r.progress is not None and r.progress.job == progress.job else r
        for r in regions
    )


def in_document(regions: Regions, document: str) -> Regions:
    """Those that lie in one document."""
    return tuple(r for r in regions if r.document == document)


def is_running(regions: Regions) -> bool:
    """Whether any of them is on its way."""
    return any(r.progress is not None and not r.progress.has_ended for r in regions)


def num_done(regions: Regions) -> int:
    """How many brought a result."""
    return sum(r.progress is not None and r.progress.phase is Phase.DONE for r in regions)
