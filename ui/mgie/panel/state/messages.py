"""What the session learns about an edit: the backend's own events, and what the panel adds to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from mgie.api.events import EditEvent
from mgie.panel.state.pictures import ResultPicture


@dataclass(frozen=True, kw_only=True)
class Created:
    """The backend has taken the edit; nothing can be lost from here on."""

    edit: str  # the backend's name for it


@dataclass(frozen=True, kw_only=True)
class ResultFetched:
    """A result with its pixels. Takes the place of the event that announced it."""

    sequence: int  # of that event
    picture: ResultPicture


Message: TypeAlias = EditEvent | Created | ResultFetched
