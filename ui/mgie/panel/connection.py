"""Finding, starting and following the backend: a coroutine that keeps one open channel for the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import grpc

from mgie.panel.calls import Calls, Opened
from mgie.panel.state.backend import BackendStatus, Link
from mgie.panel.state.problem import Problem

log = logging.getLogger(__name__)

FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 5.0  # between attempts to connect, doubling
START_S = 60.0  # a backend that was started must answer within


class Finder(Protocol):
    """Finds the backend of this user, and starts one."""

    async def open_channel(self) -> Opened | None:
        """A channel to the running backend; None where there is none."""
        ...

    def launch(self) -> None:
        """Start a backend in a process of its own; OSError where that fails. May block for a while."""
        ...


class Connection:
    """Lives on the loop's thread. `report` gets every change."""

    def __init__(self, finder: Finder, report: Callable[[BackendStatus], None]) -> None:
        self._finder = finder
        self._report_to = report
        self._status = BackendStatus()
        self._wanted = asyncio.Event()  # set: connect, and again when lost
        self._open = asyncio.Event()
        self._calls: Calls | None = None

    def want(self) -> None:
        """Look for a backend, also after it could not be started."""
        self._wanted.set()

    async def calls(self) -> Calls:
        """The calls of the open channel; waits until there is one."""
        while self._calls is None:
            await self._open.wait()
        return self._calls

    async def supervise(self) -> None:
        """Connect, follow the health, connect again; after a failure wait until asked for."""
        wait_s = FIRST_WAIT_S
        while True:
            await self._wanted.wait()
            opened = await self._find_or_launch()
            if opened is None:
                self._wanted.clear()
                continue
            try:
                await self._follow(opened)
                wait_s = FIRST_WAIT_S
            except grpc.aio.AioRpcError as error:
                log.info("backend lost code=%s", error.code().name)
                if error.code() is grpc.StatusCode.UNAUTHENTICATED:
                    self._fail("TOKEN_INVALID", error.details() or "")
                    self._wanted.clear()
                    continue
            finally:
                self._calls = None
                self._open.clear()
                await opened.channel.close()
            self._report(replace(self._status, link=Link.LOST))
            await asyncio.sleep(wait_s)
            wait_s = min(LONGEST_WAIT_S, 2 * wait_s)

    async def _find_or_launch(self) -> Opened | None:
        """A channel, or None after telling why there is none."""
        try:
            opened = await self._finder.open_channel()
            if opened is not None:
                return opened
            self._report(replace(self._status, link=Link.STARTING, problem=None))
            await asyncio.to_thread(self._finder.launch)
            async with asyncio.timeout(START_S):
                while (opened := await self._finder.open_channel()) is None:
                    await asyncio.sleep(FIRST_WAIT_S)
        except (OSError, TimeoutError) as error:
            self._fail("BACKEND_NOT_STARTED", str(error))
            return None
        return opened

    async def _follow(self, opened: Opened) -> None:
        """Report what it is, then every change of its health, until it is gone."""
        calls = Calls(opened)
        await calls.status()
        self._calls = calls
        self._open.set()
        async for is_serving in calls.health():
            status = await calls.status()  # the device is known once the model is loaded
            self._report(replace(status, link=Link.READY if is_serving else Link.LOADING))

    def _fail(self, reason: str, why: str) -> None:
        problem = Problem(reason=reason, detail=why)
        self._report(replace(self._status, link=Link.FAILED, problem=problem))

    def _report(self, status: BackendStatus) -> None:
        if status != self._status:
            self._status = status
            self._report_to(status)
