"""Long work on models that is watched: loading, unloading, importing, verifying. Not kept on disk."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable

from mgie.api.failure import Failure
from mgie.api.models import Operation, OperationState
from mgie.errors import MgieError
from mgie.server.errors import RequestError, error_of, failure_of

log = logging.getLogger(__name__)

MAX_KEPT = 200  # ended operations
CANCELLABLE = ("import", "verify")


class Work:
    """One operation under way. Its worker reports progress, from a thread, and looks whether to go on."""

    def __init__(self, kind: str, model: str) -> None:
        self.id = uuid.uuid4().hex
        self.kind = kind
        self.model = model  # its name, "" for none
        self.is_cancelling = False
        self._message = ""
        self._done_bytes, self._total_bytes = 0, 0
        self._state: OperationState = "running"
        self._error: Failure | None = None
        self._create_time = time.time()
        self._end_time: float | None = None

    def report(self, message: str, done_bytes: int = 0, total_bytes: int = 0) -> None:
        """How far it is. total_bytes: 0 while unknown."""
        self._message, self._done_bytes, self._total_bytes = message, done_bytes, total_bytes

    def end(self, state: OperationState, error: Failure | None = None) -> None:
        """It has ended."""
        self._error, self._end_time = error, time.time()
        self._state = state  # last: whoever sees the end sees all of it

    @property
    def value(self) -> Operation:
        """The operation as it stands."""
        return Operation(
            name=f"operations/{self.id}",
            kind=self.kind,
            model=f"models/{self.model}" if self.model else "",
            state=self._state,
            message=self._message,
            done_bytes=self._done_bytes,
            total_bytes=self._total_bytes,
            error=self._error,
            create_time=self._create_time,
            end_time=self._end_time,
        )


class Operations:
    """All operations since the server started."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Work] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, kind: str, model: str, run: Callable[[Work], Awaitable[None]]) -> Work:
        """Begin work; the same work on the same model under way is returned instead."""
        for known in self._known.values():
            if (known.kind, known.model, known.value.state) == (kind, model, "running"):
                return known
        work = Work(kind, model)
        self._known[work.id] = work
        while len(self._known) > MAX_KEPT and next(iter(self._known.values())).value.end_time:
            self._known.popitem(last=False)
        task = asyncio.get_running_loop().create_task(_carry_out(work, run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return work

    def under_way(self, model: str) -> str:
        """The name of the work on a model that goes on, "" for none."""
        running = (work.value for work in self._known.values() if work.model == model)
        return next((value.name for value in running if value.state == "running"), "")

    def find(self, operation: str) -> Work:
        """One operation. Raises OPERATION_NOT_FOUND."""
        if operation not in self._known:
            raise RequestError("OPERATION_NOT_FOUND", f"there is no operation {operation}")
        return self._known[operation]

    def cancel(self, operation: str) -> Operation:
        """Ask an import or a verification to end."""
        work = self.find(operation)
        work.is_cancelling = work.is_cancelling or work.kind in CANCELLABLE
        return work.value

    async def watch(self, work: Work, interval_s: float = 0.1) -> AsyncGenerator[Operation]:
        """The operation whenever it has changed, to its end."""
        sent: Operation | None = None
        while True:
            now = work.value
            if now != sent:
                sent = now
                yield now
            if now.state != "running":
                return
            await asyncio.sleep(interval_s)  # its worker is a thread that cannot wake us cheaply

    async def close(self) -> None:
        """Ask all work to end."""
        for work in self._known.values():
            work.is_cancelling = True
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _carry_out(work: Work, run: Callable[[Work], Awaitable[None]]) -> None:
    try:
        await run(work)
        work.end("cancelled" if work.is_cancelling else "succeeded")
    except MgieError as error:
        work.end("failed", failure_of(error))
    except asyncio.CancelledError:
        work.end("cancelled")
        raise
    except Exception as error:
        log.exception("operation failed id=%s kind=%s", work.id, work.kind)
        work.end("failed", failure_of(error_of(error, work.id)))
    finally:
        log.info("operation %s kind=%s model=%s", work.value.state, work.kind, work.model)
