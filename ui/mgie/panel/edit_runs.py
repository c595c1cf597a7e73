"""Edits on their way at the backend: created once, watched to the end, across lost streams and restarts.

Notable: an edit is created under the panel's own id, which makes that call safe to repeat, and watched after
the last number heard, so that no event is lost or told twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import grpc
from grpc_status import rpc_status

from mgie.client.errors import ServiceError
from mgie.panel import wire
from mgie.panel.calls import Calls
from mgie.panel.connection import Connection
from mgie.panel.ports import Order
from mgie.panel.state import messages as m
from mgie.panel.state.job import Job
from mgie.panel.state.problem import Problem

Heard = Callable[[str, m.Message], None]
T = TypeVar("T")
_PASSING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
PAUSE_S = 0.2  # before a broken call is repeated


class EditRuns:
    """Lives on the loop's thread. `heard` gets every message of every job."""

    def __init__(self, connection: Connection, heard: Heard) -> None:
        self._connection = connection
        self._heard = heard
        self._names: dict[str, str] = {}  # edit by job
        self._unsent: set[str] = set()  # jobs the backend has not taken yet
        self._stopped: set[str] = set()  # jobs that were stopped before they were taken

    async def create(self, key: str, orders: Sequence[Order]) -> list[tuple[Job, str]]:
        """Queue one edit or a batch; returns the edits to watch. Those stopped meanwhile are cancelled."""
        self._unsent |= {order.job.key for order in orders}
        try:
            names = await self._repeated(lambda calls: self._create_once(calls, key, orders))
        except grpc.aio.AioRpcError as error:
            for order in orders:
                self._heard(order.job.key, m.Failed(sequence=0, problem=problem_of(error)))
            return []
        finally:
            self._unsent -= {order.job.key for order in orders}
        taken = [(order.job, name) for order, name in zip(orders, names, strict=True)]
        for job, name in taken:
            self._names[job.key] = name
            self._heard(job.key, m.Created(edit=name))
            if job.key in self._stopped:
                await self.steer(job.key, lambda calls, edit: calls.cancel(edit))
        return taken

    async def _create_once(self, calls: Calls, key: str, orders: Sequence[Order]) -> list[str]:
        if all(order.job.key in self._stopped for order in orders):
            raise asyncio.CancelledError  # stopped before anything was sent
        return await calls.create(key, orders)

    async def watch(self, job: Job, edit: str, sequence: int = 0) -> None:
        """Tell everything that happens to an edit, up to its last event."""
        self._names[job.key] = edit
        while True:
            calls = await self._connection.calls()
            try:
                async for event in calls.watch(edit, sequence):
                    await self._tell(calls, job, event)
                    sequence = max(sequence, event.sequence)
                    if event.WhichOneof("event") in ("finished", "failed", "cancelled"):
                        del self._names[job.key]
                        return
            except grpc.aio.AioRpcError as error:
                if error.code() not in _PASSING:
                    self._heard(job.key, m.Failed(sequence=0, problem=problem_of(error)))
                    return
            except ServiceError as error:  # what came is not what was asked for
                problem = Problem(reason=error.reason, detail=str(error))
                self._heard(job.key, m.Failed(sequence=0, problem=problem))
                return
            self._heard(job.key, m.StreamLost())
            await asyncio.sleep(PAUSE_S)

    async def stop(self, job: str) -> None:
        """Cancel; one that the backend has not taken yet is cancelled as soon as it has."""
        if job in self._unsent:
            self._stopped.add(job)
        else:
            await self.steer(job, lambda calls, edit: calls.cancel(edit))

    async def steer(self, job: str, call: Callable[[Calls, str], Awaitable[None]]) -> None:
        """One short call about a running edit. Its failure is told as a warning: the edit itself goes on."""
        edit = self._names.get(job)
        if edit is None:
            return
        try:
            await self._repeated(lambda calls: call(calls, edit))
        except grpc.aio.AioRpcError as error:
            problem = problem_of(error)
            self._heard(job, m.Warned(sequence=0, reason=problem.reason, message=problem.detail))

    async def _tell(self, calls: Calls, job: Job, event: Any) -> None:
        if event.WhichOneof("event") == "result":
            result = await calls.result(event.result, job.target.format)
            self._heard(job.key, m.ResultArrived(sequence=event.sequence, result=result))
            return
        message = wire.message_of(event)
        if message is not None:
            self._heard(job.key, message)

    async def _repeated(self, call: Callable[[Calls], Awaitable[T]]) -> T:
        """Make a call, again and again while the backend is away."""
        while True:
            calls = await self._connection.calls()
            try:
                return await call(calls)
            except grpc.aio.AioRpcError as error:
                if error.code() not in _PASSING:
                    raise
            await asyncio.sleep(PAUSE_S)


def problem_of(error: grpc.aio.AioRpcError) -> Problem:
    """A failed call as a problem."""
    status = rpc_status.from_call(error)  # pyright: ignore[reportArgumentType] # an AioRpcError has what it reads
    if status is not None:
        return wire.problem_of(status)
    if error.code() is grpc.StatusCode.UNAUTHENTICATED:
        return Problem(reason="TOKEN_INVALID", detail=error.details() or "")
    return Problem(reason=error.code().name, detail=error.details() or "")
