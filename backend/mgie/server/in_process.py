"""A server inside this process, for programs that need one for a moment: nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import threading
import time
from collections.abc import Generator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from mgie.client.discovery import LOCK_NAME, Discovery
from mgie.server.lane import Lane
from mgie.server.lifecycle import Ending, serve
from mgie.server.model_registry import ModelRegistry
from mgie.server.settings import ServerSettings

_PREFIX = "mgie-in-process-"
_STALE_S = 60.0  # younger folders may belong to a server that is just starting


@contextlib.contextmanager
def in_process_server(
    settings: ServerSettings, *, registry: ModelRegistry | None = None, lanes: Sequence[Lane] | None = None
) -> Generator[Discovery]:
    """Run a server in a thread until the block is left; gives what a client needs to call it.

    settings: its state folder is a temporary one, whatever is given. Leaving the block, also by Ctrl-C, stops
    the device at its next token or step. Raises MgieError where the server cannot start.
    """
    with _temporary_folder() as folder:
        running = _Running(replace(settings, state_dir=folder, listen="", drain_s=0.0), registry, lanes)
        try:
            yield running.ready.result()
        finally:
            running.stop()


class _Running:
    """The thread with the server's event loop."""

    def __init__(
        self, settings: ServerSettings, registry: ModelRegistry | None, lanes: Sequence[Lane] | None
    ) -> None:
        self.ready: Future[Discovery] = Future()
        self._settings, self._registry, self._lanes = settings, registry, lanes
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: Ending | None = None
        self._thread = threading.Thread(target=self._run, name="mgie-server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the server and wait for that; work on the device stops at its next step."""
        if self._loop is not None and self._ending is not None:
            with contextlib.suppress(RuntimeError):  # its loop has ended by itself
                self._loop.call_soon_threadsafe(self._ending.ask, 0.0)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self.ready.done():
                raise
            self.ready.set_exception(error)

    async def _serve(self) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), Ending(0.0)
        await serve(
            self._settings,
            registry=self._registry,
            lanes=self._lanes,
            on_ready=self.ready.set_result,
            ending=self._ending,
        )


@contextlib.contextmanager
def _temporary_folder() -> Generator[Path]:
    """A folder of our own; those that killed programs left behind go first."""
    parent = Path(tempfile.gettempdir())
    for left_over in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - left_over.lstat().st_mtime > _STALE_S:
                _remove_unless_used(left_over)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_unless_used(folder: Path) -> None:
    lock = FileLock(folder / LOCK_NAME, mode=0o600)
    with contextlib.suppress(OSError, Timeout), lock.acquire(timeout=0):
        shutil.rmtree(folder, ignore_errors=True)
