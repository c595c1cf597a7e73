"""Lanes as Ray actors, on this machine or on a cluster, behind the same front (`mgie serve --ray`).

An actor that dies, or whose node dies, is started again by Ray; the scheduler queues the edits it ran again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import ray  # pyright: ignore[reportMissingImports]  # the optional extra `scale`
from ray.exceptions import (  # pyright: ignore[reportMissingImports]  # see above
    RayActorError,
    RayError,
    RayTaskError,
)

from mgie.errors import BadOption
from mgie.server.lane import Command, LaneLostError, LaneState, Report, Work
from mgie.server.lane_reports import LaneReport
from mgie.server.worker import LaneWorker

log = logging.getLogger(__name__)

LOCAL = "local"  # an address: start Ray here, for this server alone
_POLL_S = 0.5
_NUM_THREADS = 4  # of an actor: an entry, and beside it steering and questions


class LaneActor:
    """A worker in a process of its own: one entry, load or unload at a time, steered meanwhile."""

    def __init__(self, make_worker: Callable[[], LaneWorker]) -> None:
        self._worker = make_worker()
        self._turn = threading.Lock()

    def run(self, work: Work) -> Iterator[LaneReport]:
        """See `LaneWorker.run`."""
        with self._turn:
            yield from self._worker.run(work)

    def load(self, model: str) -> None:
        """See `LaneWorker.load`."""
        with self._turn:
            self._worker.load(model)

    def unload(self) -> None:
        """See `LaneWorker.unload`."""
        with self._turn:
            self._worker.unload()

    def steer(self, command: Command) -> None:
        """See `LaneWorker.steer`."""
        self._worker.steer(command)

    def expect(self, work: Work) -> None:
        """See `LaneWorker.expect`."""
        self._worker.expect(work)

    def state(self) -> LaneState:
        """See `LaneWorker.state`."""
        return self._worker.state()


class RayLane:
    """A lane whose worker is an actor."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor
        self._state = LaneState()

    async def run(self, work: Work, report: Report) -> None:
        """See `Lane`."""
        try:
            reports = self._actor.run.options(num_returns="streaming").remote(work)
            async for reference in reports:
                report(await reference)
        except RayTaskError:
            raise  # the worker is alive and failed in a way of its own
        except (
            RayError
        ) as error:  # the actor died, or its node did and took with it what the actor had reported
            raise LaneLostError(f"the actor of a lane died: {error}") from error
        await self._look()

    async def load(self, model: str) -> None:
        """See `Lane`."""
        await self._ask(self._actor.load, model)

    async def unload(self) -> None:
        """See `Lane`."""
        await self._ask(self._actor.unload)

    def steer(self, command: Command) -> None:
        """See `Lane`."""
        self._actor.steer.remote(command)

    def expect(self, work: Work) -> None:
        """See `Lane`."""
        self._actor.expect.remote(work)

    def state(self) -> LaneState:
        """See `Lane`. As it was after the last entry."""
        return self._state

    async def close(self) -> None:
        """See `Lane`."""
        ray.kill(self._actor)

    async def ready(self) -> None:
        """See `Lane`. Ray starts a dead actor again, elsewhere if need be."""
        while True:
            try:
                self._state = await self._actor.state.remote()
                return
            except RayActorError:
                await asyncio.sleep(_POLL_S)

    async def _ask(self, method: Any, *arguments: Any) -> None:
        try:
            await method.remote(*arguments)
        except RayTaskError as error:
            cause = error.cause
            raise cause if isinstance(cause, Exception) else error from None
        except RayActorError:
            await self.ready()
            await method.remote(*arguments)
        await self._look()

    async def _look(self) -> None:
        try:
            self._state = await self._actor.state.remote()
        except RayError as error:
            log.warning("a lane does not answer: %s", error)


def make_ray_lanes(
    address: str, num_lanes: int, make_worker: Callable[[], LaneWorker], *, uses_gpu: bool | None = None
) -> list[RayLane]:
    """Start `num_lanes` actors on a cluster, or on this machine for the address "local".

    uses_gpu: whether each takes one GPU; None: where the cluster has as many. Raises BadOption where no
    cluster answers, or its processors are too few: a lane that gets none keeps its edits waiting for ever.
    """
    if not ray.is_initialized():
        _join(address)
    resources = ray.cluster_resources()
    if uses_gpu is None:
        uses_gpu = resources.get("GPU", 0) >= num_lanes
    kind = "GPU" if uses_gpu else "CPU"
    num_there = int(resources.get(kind, 0))
    if num_there < num_lanes:
        raise BadOption(f"{num_lanes} lanes need one {kind} each and Ray has {num_there}; choose fewer lanes")
    remote: Any = ray.remote(LaneActor)
    options = remote.options(
        num_cpus=0 if uses_gpu else 1,
        num_gpus=1 if uses_gpu else 0,
        max_concurrency=_NUM_THREADS,
        max_restarts=-1,
    )
    return [RayLane(options.remote(make_worker)) for _ in range(num_lanes)]


def _join(address: str) -> None:
    try:
        ray.init(
            address=None if address == LOCAL else address,
            namespace="mgie",
            include_dashboard=False,
            log_to_driver=False,
            configure_logging=False,
        )
    except (OSError, RuntimeError, ValueError) as error:  # ConnectionError is an OSError
        raise BadOption(f'no Ray cluster answers at {address!r}; give its HOST:PORT, or "{LOCAL}"') from error
