"""`Client`: an `AsyncClient` for programs without an event loop. One may be used from several threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, Self, TypeVar

from mgie.client.async_client import AsyncClient
from mgie.client.discovery import Discovery
from mgie.client.endpoint import Locate

T = TypeVar("T")
_END = object()


class Client:
    """Every method of `AsyncClient` by its name: coroutines block until they are done, iterators are plain.

    Closing an iterator ends its watch. Ctrl-C while waiting ends the call.
    """

    def __init__(self, locate: Locate, *, client_id: str = "") -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mgie-client", daemon=True)
        self._thread.start()
        self._client = AsyncClient(locate, client_id=client_id)
        self.client_id = self._client.client_id

    @classmethod
    def connect(cls, discovery: Discovery, *, client_id: str = "") -> Client:
        """The client of a server that was found by `read_discovery`."""
        return cls(discovery.endpoint, client_id=client_id)

    def close(self) -> None:
        """End the connection; watches end with it."""
        if not self._thread.is_alive():
            return
        self._run(self._client.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        """A method of `AsyncClient` that blocks."""
        method = getattr(AsyncClient, name)  # AttributeError for everything else

        def call(*args: Any, **kwargs: Any) -> Any:
            result = method(self._client, *args, **kwargs)
            return self._iterate(_Steps(result)) if hasattr(result, "__aiter__") else self._run(result)

        return call

    def _iterate(self, steps: _Steps) -> Iterator[Any]:
        try:
            while (item := self._run(steps.next())) is not _END:
                yield item
        finally:
            if self._thread.is_alive():
                self._run(steps.close())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise


class _Steps:
    """An asynchronous iterator, one item at a time."""

    def __init__(self, items: AsyncIterator[Any]) -> None:
        self._items = items
        self._task: asyncio.Task[Any] | None = None  # waits for an item

    async def next(self) -> Any:
        """The next item, `_END` after the last one."""
        self._task = asyncio.current_task()
        return await anext(self._items, _END)

    async def close(self) -> None:
        """End the iterator, also while it waits."""
        task = self._task
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])
        close = getattr(self._items, "aclose", None)
        if close is not None:
            await close()
