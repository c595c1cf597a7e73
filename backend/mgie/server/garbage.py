"""Garbage is collected in the event loop's thread only.

A collection that begins in a worker's thread ends the event loop's async generators and gRPC's objects there,
while the loop goes on. In CPython 3.11 that ended the process now and then, under thousands of broken calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncGenerator

INTERVAL_S = 1.0  # between collections of the young
_FULL_EVERY = 30  # collections of the young for each one of all
_WAIT_S = 10.0  # for the loop to collect, at most

_loops: list[asyncio.AbstractEventLoop] = []  # of the servers in this process, the newest last


@contextlib.asynccontextmanager
async def collected_here() -> AsyncGenerator[None]:
    """Let this loop collect the process's garbage while the block runs."""
    loop = asyncio.get_running_loop()
    _loops.append(loop)
    gc.disable()
    collecting = asyncio.ensure_future(_collect_regularly())
    try:
        yield
    finally:
        collecting.cancel()
        _loops.remove(loop)
        if not _loops:
            gc.enable()


def collect_now() -> None:
    """Collect everything and wait for that; from a worker's thread."""
    if not _loops:
        gc.collect()
        return
    with contextlib.suppress(TimeoutError, RuntimeError):  # it ends, or is busy: it collects later
        asyncio.run_coroutine_threadsafe(_collect(), _loops[-1]).result(_WAIT_S)


async def _collect() -> None:
    gc.collect()


async def _collect_regularly() -> None:
    turn = 0
    while True:
        await asyncio.sleep(INTERVAL_S)
        turn += 1
        gc.collect(2 if turn % _FULL_EVERY == 0 else 1)
