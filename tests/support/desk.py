"""A session with noted ports, and the answers it is fed with."""

from __future__ import annotations

import random

from mgie.api.events import EditEvent, EventBody, Finished
from mgie.api.rect import Rect
from mgie.host.types import HostMask
from mgie.panel.session import Session
from mgie.panel.state.messages import Created, ResultFetched
from mgie.panel.state.panel import PanelState
from mgie.panel.state.primary_action import Action, primary_action
from mgie.panel.state.regions import Region
from support.fake_ports import CONNECTED, READ, READY, NotedBackend, NotedHost, result


class Desk:
    """A session with noted ports, ready to edit."""

    def __init__(self) -> None:
        self.backend, self.host = NotedBackend(), NotedHost()
        self.session = Session(self.backend, self.host, rng=random.Random(1))
        self.session.host_changed(CONNECTED)
        self.session.backend_changed(READY)

    @property
    def state(self) -> PanelState:
        return self.session.state

    @property
    def action(self) -> Action:
        return primary_action(self.state).action

    def begin(self, instruction: str = "add snow") -> str:
        """Type, press, hand over the pixels; returns the job."""
        self.session.type_instruction(instruction)
        self.session.act()
        assert self.state.job is not None
        key = self.state.job.key
        self.session.runs.pictures_read(key, {key: READ})
        self.session.runs.receive(key, Created(edit="edits/1"))
        return key

    def finish(self, key: str, *indices: int) -> None:
        """Let the backend end the job."""
        for n, index in enumerate(indices or (0,)):
            self.session.runs.receive(key, ResultFetched(sequence=100 + n, picture=result(index)))
        self.session.runs.receive(key, numbered(200, Finished(seconds=1.0)))


def numbered(sequence: int, event: EventBody) -> EditEvent:
    return EditEvent(event=event, sequence=sequence)


def region_of(key: str, instruction: str = "") -> Region:
    bounds = Rect(x=0, y=0, width=5, height=5)
    mask = HostMask(rect=bounds, coverage=b"\xff" * 25)
    return Region(key=key, document="doc", name=key, bounds=bounds, mask=mask, instruction=instruction)
