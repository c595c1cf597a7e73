"""How the backend is doing, as far as the panel knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from mgie.panel.state.problem import Problem
from mgie.panel.state.settings import ModelDefaults


class Link(Enum):
    """The state of the connection."""

    SEARCHING = "searching"  # looking for a running backend
    STARTING = "starting"  # started one, waiting for it to answer
    LOADING = "loading"  # it answers, the model is still loading
    READY = "ready"
    LOST = "lost"  # was there, is being called again
    FAILED = "failed"  # could not be started


@dataclass(frozen=True, kw_only=True)
class BackendStatus:
    """One report of the connection's watcher."""

    link: Link = Link.SEARCHING
    model: ModelDefaults = field(default_factory=ModelDefaults)
    device: str = ""  # e.g. "NVIDIA H200" or "CPU"; "" while unknown
    problem: Problem | None = None

    @property
    def is_reachable(self) -> bool:
        """Whether a call would be answered."""
        return self.link in (Link.LOADING, Link.READY)
