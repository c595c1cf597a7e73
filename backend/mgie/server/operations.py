"""Long work on models that is watched: loading, unloading, importing, verifying. Not kept on disk."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum

from mgie.errors import MgieError
from mgie.server.errors import RequestError, internal_error

log = logging.getLogger(__name__)

MAX_KEPT = 200  # ended operations


class OperationState(Enum):
    """Where an operation stands."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(eq=False, kw_only=True)
class Operation:
    """One piece of long work. Its worker writes the progress fields from a thread."""

    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    kind: str  # "load", "unload", "import" or "verify"
    model: str
    state: OperationState = OperationState.RUNNING
    message: str = ""
    done_bytes: int = 0
    total_bytes: int = 0
    error: MgieError | None = None
    create_time: float = field(default_factory=time.time)
    end_time: float = 0.0
    is_cancelling: bool = False


class Operations:
    """All operations since the server started."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Operation] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, kind: str, model: str, work: Callable[[Operation], Awaitable[None]]) -> Operation:
        """Begin work; the same work on the same model under way is returned instead."""
        for known in self._known.values():
            if (known.kind, known.model, known.state) == (kind, model, OperationState.RUNNING):
                return known
        operation = Operation(kind=kind, model=model)
        self._known[operation.id] = operation
        while len(self._known) > MAX_KEPT and next(iter(self._known.values())).end_time:
            self._known.popitem(last=False)
        task = asyncio.get_running_loop().create_task(_carry_out(operation, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return operation

    def find(self, operation: str) -> Operation:
        """One operation. Raises OPERATION_NOT_FOUND."""
        if operation not in self._known:
            raise RequestError("OPERATION_NOT_FOUND", f"there is no operation {operation}")
        return self._known[operation]

    async def watch(self, operation: Operation, interval_s: float = 0.1) -> AsyncIterator[Operation]:
        """The operation whenever it has changed, to its end."""
        told: tuple[object, ...] = ()
        while True:
            now = (operation.state, operation.message, operation.done_bytes, operation.total_bytes)
            if now != told:
                told = now
                yield operation
            if now[0] is not OperationState.RUNNING:
                return
            await asyncio.sleep(interval_s)  # its worker is a thread that cannot wake us cheaply

    async def close(self) -> None:
        """Ask all work to end."""
        for operation in self._known.values():
            operation.is_cancelling = True
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _carry_out(operation: Operation, work: Callable[[Operation], Awaitable[None]]) -> None:
    try:
        await work(operation)
        operation.state = OperationState.CANCELLED if operation.is_cancelling else OperationState.SUCCEEDED
    except MgieError as error:
        operation.error, operation.state = error, OperationState.FAILED
    except asyncio.CancelledError:
        operation.state = OperationState.CANCELLED
        raise
    except Exception:
        log.exception("operation failed id=%s kind=%s", operation.id, operation.kind)
        operation.error, operation.state = internal_error(operation.id), OperationState.FAILED
    finally:
        operation.end_time = time.time()
        log.info("operation %s kind=%s model=%s", operation.state.value, operation.kind, operation.model)
