"""Previews on the host's canvas: one layer per edit, the newest picture wins, a lost layer stays lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from mgie.api.rect import Rect
from mgie.host.errors import HostError
from mgie.host.protocol import Host
from mgie.host.types import HostMask, PreviewLost
from mgie.panel import pixels
from mgie.panel.state.job import Job
from mgie.panel.state.pictures import Frame
from mgie.panel.worker import Worker

STROKE_S = 0.05  # between two looks whether a stroke has ended


class CanvasPreviews:
    """Called from any thread; the host is called on the worker alone."""

    def __init__(self, host: Host, worker: Worker, is_painting: Callable[[], bool] = bool) -> None:
        """is_painting: whether a stroke is drawn now, asked on the worker; previews wait for its end."""
        self._host = host
        self._worker = worker
        self._is_painting = is_painting
        self._lock = threading.Lock()
        self._waiting: dict[str, tuple[Job, Frame]] = {}  # newest frame by job
        self._masks: dict[str, HostMask | None] = {}
        self._layers: dict[str, tuple[str, Rect]] = {}  # preview id and place by job; of the worker alone
        self._lost: set[str] = set()  # jobs whose layer the artist has undone or deleted

    def remember_mask(self, job: str, mask: HostMask | None) -> None:
        """The coverage a job was read with: its previews show through the same."""
        with self._lock:
            self._masks[job] = mask

    def push(self, job: Job, frame: Frame) -> None:
        """Show a frame as soon as the worker gets to it; a frame that waits is replaced."""
        with self._lock:
            is_waiting = job.key in self._waiting
            self._waiting[job.key] = (job, frame)
        if not is_waiting:
            self._worker.submit(lambda: self._show(job.key))

    def drop(self, jobs: Sequence[str]) -> None:
        """Take the layers of these jobs away."""
        with self._lock:
            for job in jobs:
                self._waiting.pop(job, None)
        self._worker.submit(lambda: self.drop_now(tuple(jobs)))

    def drop_all(self) -> None:
        """Take every layer away."""
        with self._lock:
            self._waiting.clear()
        self._worker.submit(lambda: self.drop_now(tuple(self._layers)))

    def drop_now(self, jobs: Sequence[str]) -> None:
        """On the worker: remove the layers. One that is gone already is no failure.

        Newest first: Krita can take back the step that added a layer only while it is the last one.
        """
        for job in [job for job in reversed(self._layers) if job in jobs]:
            layer, _ = self._layers.pop(job)
            try:
                self._host.drop_preview(layer)
            except HostError:
                continue  # its document or its host is gone, and the layer with it

    def note_lost(self, event: PreviewLost) -> None:
        """The host says that a layer is gone; it is not made again."""
        with self._lock:
            self._lost |= {job for job, (layer, _) in tuple(self._layers.items()) if layer == event.preview}

    def _show(self, key: str) -> None:
        if self._is_painting():
            later = threading.Timer(STROKE_S, lambda: self._worker.submit(lambda: self._show(key)))
            later.daemon = True
            later.start()  # the frame waits where it is; a newer one takes its place
            return
        with self._lock:
            job, frame = self._waiting.pop(key, (None, None))
            is_lost = key in self._lost
        if job is None or frame is None or is_lost:
            return
        try:
            layer = self._layers.get(key) or self._begin(job, frame)
            if layer is not None:
                self._host.push_preview(layer[0], pixels.preview_picture(frame, layer[1]))
        except HostError:
            with self._lock:
                self._lost.add(key)  # the edit goes on without its canvas preview

    def _begin(self, job: Job, frame: Frame) -> tuple[str, Rect] | None:
        with self._lock:
            mask = self._masks.get(job.source_job or job.key)
        rect = frame.place.intersect(job.target.bounds).intersect(job.target.canvas)
        if rect.num_pixels == 0:
            return None
        preview = self._host.begin_preview(
            job.target.document, rect, mask=mask, name=job.instruction, above=job.source_layer
        )
        self._layers[job.key] = (preview, rect)
        return self._layers[job.key]
