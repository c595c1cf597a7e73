"""How long the next edit would take: asked of the backend whenever the answer may be another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mgie.api.system import Estimate, EstimateRequest
from mgie.client.connection import Link
from mgie.panel.state.panel import PanelState

if TYPE_CHECKING:
    from mgie.panel.ports import BackendPort
    from mgie.panel.session import Session


class Forecasts:
    """One question at a time; while it is on its way, the newest waits."""

    def __init__(self, session: Session, backend: BackendPort) -> None:
        self._session, self._backend = session, backend
        self._asked: EstimateRequest | None = None  # the last one
        self._is_waiting = False

    def look(self, state: PanelState) -> None:
        """Ask where the next edit has become another one; after an edit, too, as its time was measured."""
        question = question_of(state)
        if question is None:
            self._asked = None
            self._session.update(forecast=None)
        elif question != self._asked and not self._is_waiting:
            self._asked, self._is_waiting = question, True
            self._backend.estimate(question)

    def answered(self, question: EstimateRequest, estimate: Estimate | None) -> None:
        """The backend has answered; None where it could not."""
        self._is_waiting = False
        is_current = question == question_of(self._session.state)
        self._session.update(forecast=estimate if is_current else None)
        self.look(self._session.state)


def question_of(state: PanelState) -> EstimateRequest | None:
    """The next edit as the backend is asked about it; None where there is none, or a batch of them."""
    target, model = state.host.target, state.model
    if state.is_busy or state.backend.link is not Link.READY or model is None:
        return None
    if target is None or target.unsupported or (state.shows_regions and state.batch_regions):
        return None
    settings = state.next_settings
    return EstimateRequest(
        model=model.id,
        width=target.bounds.width,
        height=target.bounds.height,
        options=settings.options,
        num_seeds=settings.num_variations,
    )
