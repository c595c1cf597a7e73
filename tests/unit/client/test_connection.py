"""A connection finds its server, starts it, reports what it is, and notices when it is gone."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest

from mgie.api.failure import Failure, ServiceError
from mgie.client.connection import Connection, ConnectionStatus, Link
from mgie.client.endpoint import Endpoint
from mgie.client.errors import unreachable
from mgie.v1 import model_service_pb2 as models
from support.scripted_service import ScriptedService, serving


class Machine:
    """A server that a connection can find and start; and that can be stopped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.service = ScriptedService()
        self.fails_with = ""
        self.token: str | None = None  # given to clients instead of the right one
        self.num_started = 0
        self._endpoint: Endpoint | None = None
        self._stack = AsyncExitStack()

    def locate(self) -> Endpoint:
        if self._endpoint is None:
            raise unreachable()
        return Endpoint(address=self._endpoint.address, token=self.token or self._endpoint.token)

    async def start(self) -> None:
        if self.fails_with:
            raise ServiceError(Failure(reason="BACKEND_NOT_STARTED", message=self.fails_with))
        self.num_started += 1
        self._endpoint = await self._stack.enter_async_context(serving(self.service, self.folder))

    async def stop(self) -> None:
        self._endpoint = None
        await self._stack.aclose()


class Watcher:
    """What a connection reported."""

    def __init__(self) -> None:
        self.statuses: list[ConnectionStatus] = []

    def report(self, status: ConnectionStatus) -> None:
        self.statuses.append(status)

    async def until(self, link: Link, start: int = 0) -> ConnectionStatus:
        async with asyncio.timeout(20):
            while True:
                for status in self.statuses[start:]:
                    if status.link is link:
                        return status
                await asyncio.sleep(0.01)


@asynccontextmanager
async def supervised(machine: Machine) -> AsyncIterator[tuple[Connection, Watcher]]:
    watcher = Watcher()
    connection = Connection(machine, watcher.report)
    task = asyncio.ensure_future(connection.supervise())
    try:
        yield connection, watcher
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await machine.stop()


@pytest.fixture(name="machine")
def _machine():
    with tempfile.TemporaryDirectory() as folder:  # short enough for a socket
        yield Machine(Path(folder))


async def test_a_running_server_is_used(machine: Machine) -> None:
    await machine.start()
    async with supervised(machine) as (connection, watcher):
        connection.want()
        status = await watcher.until(Link.READY)
        assert status.default_model is not None
        assert status.default_model.id == "m"
        assert status.is_reachable
        assert machine.num_started == 1
        assert await (await connection.client()).is_serving()


async def test_nothing_happens_before_it_is_wanted(machine: Machine) -> None:
    async with supervised(machine) as (_, watcher):
        await asyncio.sleep(0.05)
        assert watcher.statuses == []
        assert machine.num_started == 0


async def test_a_server_is_started_where_there_is_none(machine: Machine) -> None:
    async with supervised(machine) as (connection, watcher):
        connection.want()
        await watcher.until(Link.READY)
        assert [status.link for status in watcher.statuses] == [Link.STARTING, Link.READY]


async def test_a_server_that_cannot_be_started_is_reported_and_tried_again(machine: Machine) -> None:
    machine.fails_with = "no space"
    async with supervised(machine) as (connection, watcher):
        connection.want()
        status = await watcher.until(Link.FAILED)
        assert status.failure is not None
        assert status.failure.message == "no space"
        machine.fails_with = ""
        connection.want()
        await watcher.until(Link.READY)


async def test_a_lost_server_is_started_again_and_calls_are_repeated(machine: Machine) -> None:
    async with supervised(machine) as (connection, watcher):
        connection.want()
        await watcher.until(Link.READY)
        await machine.stop()
        machine.service.token = "another start, another token"
        await watcher.until(Link.LOST)
        assert await connection.repeat(lambda client: client.is_serving())
        assert machine.num_started == 2


async def test_a_wrong_token_is_a_failure(machine: Machine) -> None:
    await machine.start()
    machine.token = "wrong"
    async with supervised(machine) as (connection, watcher):
        connection.want()
        status = await watcher.until(Link.FAILED)
        assert status.failure is not None
        assert status.failure.reason == "TOKEN_INVALID"


async def test_an_odd_answer_is_a_failure(machine: Machine) -> None:
    machine.service.model = models.Model(name="models/m", state=99)  # pyright: ignore[reportArgumentType]
    async with supervised(machine) as (connection, watcher):
        connection.want()
        status = await watcher.until(Link.FAILED)
        assert status.failure is not None
        assert status.failure.reason == "ANSWER_INVALID"
