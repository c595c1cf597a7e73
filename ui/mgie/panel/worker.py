"""One thread that does jobs in order and never loses an exception silently."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

Work = Callable[[], None]


class Worker:
    """Jobs run one after the other; after `close` further ones are refused without a word."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Work) -> None:
        """Do `work` when all earlier jobs are done."""
        with self._lock:
            if not self._is_closed:
                self._jobs.put(work)

    def close(self, last: Work | None = None, timeout_s: float = 10.0) -> None:
        """Finish what was submitted, then `last`, and end the thread."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            if last is not None:
                self._jobs.put(last)
            self._jobs.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (work := self._jobs.get()) is not None:
            try:
                work()
            except Exception:
                log.exception("%s: a job failed", self._thread.name)
