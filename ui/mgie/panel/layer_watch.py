"""Which layers the host's documents hold: hosts do not tell of undo and redo, so they are asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from mgie.host.errors import HostError
from mgie.host.protocol import Host
from mgie.host.types import LayerInfo
from mgie.panel.worker import Worker

PAUSE_S = 0.7  # between two looks; an undo is noticed within this time


class LayerWatch:
    """Called from any thread; the host is called on the worker alone."""

    def __init__(
        self, host: Host, worker: Worker, report: Callable[[str, tuple[LayerInfo, ...]], None]
    ) -> None:
        self._host = host
        self._worker = worker
        self._report = report
        self._lock = threading.Lock()
        self._documents: tuple[str, ...] = ()
        self._seen: dict[str, tuple[LayerInfo, ...]] = {}  # of the worker alone
        self._timer: threading.Timer | None = None
        self._is_asked = False

    def follow(self, documents: Sequence[str]) -> None:
        """Look at these documents from now on, and report each once even where nothing changed."""
        with self._lock:
            self._documents = tuple(documents)
        self._worker.submit(self._seen.clear)
        self.check()

    def check(self) -> None:
        """Look now, unless a look is on its way."""
        with self._lock:
            if self._is_asked or not self._documents:
                return
            self._is_asked = True
        self._worker.submit(self._look)

    def stop(self) -> None:
        """Look no more."""
        with self._lock:
            self._documents = ()
            if self._timer is not None:
                self._timer.cancel()

    def _look(self) -> None:
        with self._lock:
            documents, self._is_asked = self._documents, False
        for document in documents:
            try:
                layers = tuple(self._host.layers(document))
            except HostError:
                continue  # closed or busy: what was placed stays as it was last seen
            if self._seen.get(document) != layers:
                self._seen[document] = layers
                self._report(document, layers)
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            if self._documents:
                self._timer = threading.Timer(PAUSE_S, self.check)
                self._timer.daemon = True
                self._timer.start()
