"""Placed results and their layers in the host: followed, taken back, brought back, faded."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mgie.host.types import LayerInfo
from mgie.panel.state.amount import scale_base
from mgie.panel.state.guidance import GUIDANCE, guidance_of, scaled, strip_values
from mgie.panel.state.job import FinishedResult, Outcome
from mgie.panel.state.pictures import ResultPicture
from mgie.panel.state.progress import Phase, Progress

if TYPE_CHECKING:
    from mgie.api.options import OptionSchema
    from mgie.panel.ports import HostPort
    from mgie.panel.session import Session


class ResultLayers:
    """What the artist does with the layers of results, here and in the host."""

    def __init__(self, session: Session, host: HostPort) -> None:
        self._session, self._host = session, host
        self._dragged_from: dict[str, float] = {}  # opacity before the drag, by result
        self._num_pending: dict[str, int] = {}  # opacities that the host has not confirmed, by result

    def follow(self, keys: Sequence[str], layers: Sequence[str]) -> None:
        """Results became layers of these ids; the host is asked for them from now on."""
        names = dict(zip(keys, layers, strict=True))

        def named(result: FinishedResult) -> FinishedResult:
            layer = names.get(result.key, result.layer)
            if layer == result.layer:
                return result
            former = (*result.former_layers, result.layer) if result.layer else ()
            return replace(result, layer=layer, former_layers=former)

        self._update(named)
        documents = [k.job.target.document for k in self._session.state.finished if k.is_layered]
        self._host.watch_layers(tuple(dict.fromkeys(documents)))

    def seen(self, document: str, layers: Sequence[LayerInfo]) -> None:
        """What a document holds now: the artist's undo and redo in the host, or a layer changed there."""
        opacities = {layer.id: layer.opacity for layer in layers}

        def followed(result: FinishedResult) -> FinishedResult:
            if not result.is_layered or result.job.target.document != document or not result.layer:
                return result
            shown = next((n for n in (result.layer, *result.former_layers) if n in opacities), None)
            if shown is None:
                return replace(result, outcome=Outcome.UNDONE)
            is_ours = result.key in self._dragged_from or self._num_pending.get(result.key, 0) > 0
            opacity = result.opacity if is_ours else opacities[shown]
            return replace(result, outcome=Outcome.PLACED, opacity=opacity)

        self._update(followed)

    def undo(self) -> None:
        """Take the layers of the shown results out of the document."""
        shown = self._session.state.layered
        if self._session.state.can_undo:
            self._host.take_back([k for k in shown if k.outcome is Outcome.PLACED])

    def taken_back(self, keys: Sequence[str]) -> None:
        """The host has taken the layers out."""
        self._update(lambda k: replace(k, outcome=Outcome.UNDONE) if k.key in keys else k)

    def redo(self) -> None:
        """Bring the layers of the shown results back."""
        if self._session.state.can_redo:
            self._host.bring_back(self._session.state.layered)

    def fade(self, key: str, opacity: float, *, is_over: bool) -> None:
        """Let a placed result show more or less (0..1), live.

        is_over: the artist has let go; the whole drag is one undo step.
        """
        found = self._session.state.result(key)
        if found is None or found.outcome is not Outcome.PLACED:
            return
        since = self._dragged_from.setdefault(key, found.opacity)
        if is_over:
            del self._dragged_from[key]
        self._update(lambda k: replace(k, opacity=opacity) if k.key == key else k)
        self._num_pending[key] = self._num_pending.get(key, 0) + 1
        self._host.set_opacity(found, opacity, since if is_over and opacity != since else None)

    def strengthen(self, key: str, amount: float) -> None:
        """More of a placed result, in its place: painted anew from the same words and seed, more guided.

        Where guidance does no good, its change is scaled. amount: 1 for the result as it is.
        """
        guided, found = self._guided(key, GUIDANCE), self._session.state.result(key)
        base = scale_base(self._session.state, found) if found is not None and guided is None else None
        if found is not None and base is not None and found.outcome is Outcome.PLACED:
            self._host.scale(found, base, amount)
        if guided is not None:
            found, schema = guided
            seed = found.result.edit_result.seed
            options = {schema.name: scaled(schema, found.job.settings, amount)}
            self._session.runs.sample(found, seeds=1, seed=seed, options=options, replaces=key)

    def scaled(self, key: str, picture: ResultPicture) -> None:
        """A result with more of its change is there: it takes the place of that one."""
        state = self._session.state
        found = state.result(key)
        is_shown = found is not None and state.job is not None and state.job.key == found.job.key
        if found is None or not is_shown or found.outcome is not Outcome.PLACED or state.is_busy:
            return  # the artist has moved on
        job = replace(
            found.job,
            key=uuid.uuid4().hex,
            source_job=found.job.source_job or found.job.key,
            strip=(),
            replaces=key,
        )
        text = state.edit.text if state.edit is not None else ""
        edit = Progress(job=job.key, edit=found.edit, phase=Phase.DONE, text=text, results=(picture,))
        fresh = FinishedResult(job=job, result=picture, edit=found.edit)
        self._session.update(
            job=job, edit=edit, chosen=picture.index, finished=(*state.finished, fresh), failure=None
        )
        self._session.results.place_chosen()

    def strip(self, key: str, name: str) -> None:
        """Paint a result's plan and seed anew from a small to a large value of one guidance."""
        guided = self._guided(key, name)
        if guided is not None:
            found, schema = guided
            strip = tuple({name: value} for value in strip_values(schema, found.job.settings))
            seed = found.result.edit_result.seed
            self._session.runs.sample(found, seeds=len(strip), seed=seed, strip=strip)

    def _guided(self, key: str, name: str) -> tuple[FinishedResult, OptionSchema] | None:
        """A result, and the guidance of its model by which it can be varied; None without either."""
        found = self._session.state.result(key)
        model = self._session.state.model_of(found.job) if found else None
        schema = guidance_of(model, name) if model else None
        return None if found is None or schema is None else (found, schema)

    def replaced(self, keys: Sequence[str]) -> None:
        """Results were placed: those whose place they took are gone."""
        finished = self._session.state.finished
        self.taken_back([k.job.replaces for k in finished if k.key in keys and k.replaces])

    def of_replaced(self, result: FinishedResult) -> str:
        """The id of the layer that goes as a result comes; "" where none does."""
        old = self._session.state.result(result.job.replaces)
        return old.layer if old is not None and old.outcome is Outcome.PLACED else ""

    def discard(self, key: str) -> None:
        """Take the layer of one result out; those placed with it stay."""
        found = self._session.state.result(key)
        if found is not None and found.outcome is Outcome.PLACED:
            self._host.take_back([found])

    def keep(self, key: str) -> None:
        """Bring the layer of one result back."""
        found = self._session.state.result(key)
        if found is not None and found.outcome is Outcome.UNDONE:
            self._host.bring_back([found])

    def faded(self, key: str) -> None:
        """The host has taken an opacity, or refused it: what it holds counts again."""
        self._num_pending[key] = max(0, self._num_pending.get(key, 0) - 1)

    def _update(self, change: Callable[[FinishedResult], FinishedResult]) -> None:
        self._session.update(finished=tuple(change(k) for k in self._session.state.finished))
