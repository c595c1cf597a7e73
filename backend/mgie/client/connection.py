"""`Connection`: one open `AsyncClient`, kept open: finds the server, starts it, notices when it is gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol, TypeVar

from mgie.api.failure import Failure, ServiceError
from mgie.api.models import Model
from mgie.api.system import Resources
from mgie.client.async_client import EDITS, AsyncClient
from mgie.client.endpoint import Endpoint

log = logging.getLogger(__name__)

FIRST_DELAY_S, LONGEST_DELAY_S = 0.1, 5.0  # between attempts to connect, doubling
T = TypeVar("T")


class Link(Enum):
    """The state of the connection."""

    SEARCHING = "searching"  # looking for a server
    STARTING = "starting"  # started one, waiting for it to answer
    LOADING = "loading"  # it answers, its model is still loading
    READY = "ready"
    LOST = "lost"  # was there, is being called again
    FAILED = "failed"  # cannot be reached or started; see the failure


@dataclass(frozen=True, kw_only=True)
class ConnectionStatus:
    """One report of a `Connection`."""

    link: Link = Link.SEARCHING
    models: tuple[Model, ...] = ()  # installed on the server, as last reported
    device: str = ""  # its name for people; "" until the model is loaded
    failure: Failure | None = None  # with FAILED

    @property
    def is_reachable(self) -> bool:
        """Whether a call would be answered."""
        return self.link in (Link.LOADING, Link.READY)

    @property
    def default_model(self) -> Model | None:
        """The model of edits that name none."""
        return next((model for model in self.models if model.is_default), None)


class Server(Protocol):
    """A server that can be found: `LocalServer`, or `RemoteServer` through `FixedServer`."""

    def locate(self) -> Endpoint:
        """Where it is. Raises ServiceError where it is not running. May block for a while."""
        ...

    async def start(self) -> None:
        """Start it. Raises ServiceError where that fails."""
        ...


class FixedServer:
    """A server that others start."""

    def __init__(self, locate: Callable[[], Endpoint]) -> None:
        self.locate = locate

    async def start(self) -> None:
        """Nothing can be started."""
        self.locate()


class Connection:
    """Lives on one event loop. `report` gets every change."""

    def __init__(
        self, server: Server, report: Callable[[ConnectionStatus], None], *, client_id: str = ""
    ) -> None:
        self._server = server
        self._report_to = report
        self._status = ConnectionStatus()
        self._wanted = asyncio.Event()  # set: connect, and again when lost
        self._open = asyncio.Event()
        self._client = AsyncClient(server.locate, client_id=client_id)

    def want(self) -> None:
        """Look for the server, also after it could not be started."""
        self._wanted.set()

    async def move(self) -> None:
        """Leave the server, and look where `locate` now says that it is."""
        await self._client.close()
        self.want()

    async def client(self) -> AsyncClient:
        """The client; waits until the server answers."""
        await self._open.wait()
        return self._client

    async def repeat(self, call: Callable[[AsyncClient], Awaitable[T]]) -> T:
        """Make a call, again and again while the server is away. For calls that are safe to repeat."""
        while True:
            client = await self.client()
            try:
                return await call(client)
            except ServiceError as error:
                if not (error.is_connection or error.reason == "DEADLINE_EXCEEDED"):
                    raise
            await asyncio.sleep(FIRST_DELAY_S)

    def models_changed(self, models: Sequence[Model], resources: Resources) -> None:
        """Somebody has listed the models again."""
        if self._status.is_reachable:
            self._report(replace(self._status, models=tuple(models), device=_device(resources)))

    async def supervise(self) -> None:
        """Connect, follow the health, connect again; after a failure wait until `want` is called."""
        delay_s = FIRST_DELAY_S
        try:
            while True:
                await self._wanted.wait()
                if not await self._find_or_start():
                    self._wanted.clear()
                    continue
                try:
                    async for _ in self._follow():
                        delay_s = FIRST_DELAY_S
                except ServiceError as error:
                    log.info("server lost reason=%s", error.reason)
                    if not error.is_connection and not await self._has_moved():
                        self._fail(error.failure)
                        self._wanted.clear()
                        continue
                finally:
                    self._open.clear()
                self._report(replace(self._status, link=Link.LOST, failure=None))
                await asyncio.sleep(delay_s)
                delay_s = min(LONGEST_DELAY_S, 2 * delay_s)
        finally:
            await self._client.close()

    async def _find_or_start(self) -> bool:
        """Whether there is a server; otherwise the failure has been reported."""
        try:
            try:
                await self._client.refresh()
            except ServiceError as error:
                if not error.is_connection:
                    raise
                self._report(replace(self._status, link=Link.STARTING, failure=None))
                await self._server.start()
                await self._client.refresh()
        except ServiceError as error:
            self._fail(error.failure)
            return False
        return True

    async def _follow(self) -> AsyncIterator[None]:
        """Report what the server is at every change of its health, until it is gone. Yields after each."""
        client = self._client
        async for is_serving in client.watch_health(EDITS):
            models, resources = await client.list_models(), await client.resources()
            link = Link.READY if is_serving else Link.LOADING
            self._open.set()
            self._report(ConnectionStatus(link=link, models=tuple(models), device=_device(resources)))
            yield

    async def _has_moved(self) -> bool:
        try:
            return await self._client.refresh()
        except ServiceError:
            return True  # gone, to be found or started again

    def _fail(self, failure: Failure) -> None:
        self._report(replace(self._status, link=Link.FAILED, failure=failure))

    def _report(self, status: ConnectionStatus) -> None:
        if status != self._status:
            self._status = status
            self._report_to(status)


def _device(resources: Resources) -> str:
    return resources.devices[0].name if resources.devices else ""
