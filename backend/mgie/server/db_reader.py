"""`DbReader`: questions to the job store, in their own thread, so that writing never keeps them waiting."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from mgie.server.open_store import store_error
from mgie.server.store import JobStore

T = TypeVar("T")


class DbReader:
    """Reads beside the writer: what was acknowledged is seen."""

    def __init__(self, store: JobStore) -> None:
        self.store = store
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mgie-read")

    async def ask(self, question: Callable[..., T], *arguments: Any) -> T:
        """Run one of the store's queries. Raises STORE_UNAVAILABLE."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, question, *arguments)
        except sqlite3.Error as error:
            raise store_error(error) from error

    async def close(self) -> None:
        """Close the store."""
        await self.ask(self.store.close)
        self._thread.shutdown()
