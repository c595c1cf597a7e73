"""Garbage of the process is collected in the event loop's thread while a server runs."""

from __future__ import annotations

import asyncio
import gc
import threading

from mgie.server.garbage import collect_now, collected_here


class _Cycle:
    """Garbage that notes in which thread it was collected."""

    def __init__(self, threads: list[int]) -> None:
        self.me = self
        self._threads = threads

    def __del__(self) -> None:
        self._threads.append(threading.get_ident())


async def test_a_worker_that_makes_garbage_does_not_collect_it() -> None:
    threads: list[int] = []

    def work() -> None:
        for _ in range(5000):
            _Cycle(threads)
        collect_now()

    async with collected_here():
        await asyncio.to_thread(work)
    assert len(threads) == 5000
    assert set(threads) == {threading.get_ident()}


async def test_the_process_collects_as_usual_once_its_last_server_has_ended() -> None:
    async with collected_here():
        async with collected_here():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_without_a_server_garbage_is_collected_at_once() -> None:
    threads: list[int] = []
    _Cycle(threads)
    collect_now()
    assert threads == [threading.get_ident()]
