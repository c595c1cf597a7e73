"""What the artist has in front of them: the host's reports, and a thumbnail once they have come to rest."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from mgie.host.errors import HostError
from mgie.host.protocol import Host
from mgie.host.types import DocumentInfo, HostState
from mgie.panel import pixels
from mgie.panel.state.target import FILES, HostStatus, Target, Thumbnail
from mgie.panel.worker import Worker

REST_S = 0.3  # without a change before the thumbnail is read
SIDE_PX = 224  # of the thumbnail
CANVAS_SIDE_PX = 720  # where the panel is the only canvas
SMALL_PIXELS = 4 << 20  # documents up to this size are read at every rest
STALE_S = 20.0  # larger ones not more often than this
_PROGRAMS = {"gimp": "GIMP", "krita": "Krita", "files": FILES}


class TargetWatch:
    """Turns host states into what the panel shows. `report` may be called from several threads."""

    def __init__(self, host: Host, worker: Worker, report: Callable[[HostStatus], None]) -> None:
        self._host = host
        self._worker = worker
        self._report = report
        self._side_px = SIDE_PX if host.info.can_preview else CANVAS_SIDE_PX
        self._lock = threading.Lock()
        self._status = HostStatus(
            name=_PROGRAMS[host.info.program], version=host.info.version, is_connected=True
        )
        self._state = HostState(documents=())
        self._chosen = ""  # a document chosen in the panel; until the artist turns to another in the host
        self._timer: threading.Timer | None = None
        self._small: tuple[str, int, float, Thumbnail] | None = None  # document, its size, when, its picture

    def start(self) -> None:
        """Report the state as it is now."""
        self._worker.submit(self._first)

    def stop(self) -> None:
        """Read no more thumbnails."""
        with self._lock:
            self._restart_timer(is_needed=False)

    def changed(self, state: HostState) -> None:
        """The artist switched, selected, opened or closed something."""
        with self._lock:
            if state.active != self._state.active:
                self._chosen = ""
            self._state = state
            named = {document.id: document for document in state.documents}
            document = named.get(self._chosen) or state.active_document
            target = target_of(document) if document else None
            old = replace(self._status, targets=tuple(target_of(document) for document in state.documents))
            same = old.target is not None and target is not None and old.target.document == target.document
            self._status = replace(old, target=target, thumbnail=old.thumbnail if same else None)
            status = self._status
            self._restart_timer(is_needed=target is not None)
        self._report(status)

    def choose(self, document: str) -> None:
        """Edit another open document: GIMP does not tell which of its tabs is in front."""
        with self._lock:
            self._chosen, state = document, self._state
        self.changed(state)

    def lost(self) -> None:
        """The link broke."""
        with self._lock:
            self._restart_timer(is_needed=False)
            self._status = replace(self._status, is_connected=False)
            status = self._status
        self._report(status)

    def _first(self) -> None:
        try:
            self.changed(self._host.state())
        except HostError:
            self.lost()

    def _restart_timer(self, *, is_needed: bool) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if is_needed:
            self._timer = threading.Timer(REST_S, self._rested)
            self._timer.daemon = True
            self._timer.start()

    def _rested(self) -> None:
        self._worker.submit(self._read_thumbnail)

    def _read_thumbnail(self) -> None:
        with self._lock:
            target = self._status.target
        if target is None:
            return
        try:
            thumbnail = self._thumbnail(target)
        except HostError:
            return  # closed or busy; the next change tries again
        with self._lock:
            now = self._status.target
            if now is None or now.document != target.document:
                return
            self._status = replace(self._status, thumbnail=thumbnail)
            status = self._status
        self._report(status)

    def _thumbnail(self, target: Target) -> Thumbnail:
        selection = self._host.read_selection(target.document) if target.selection else None
        size, now = target.width * target.height, time.monotonic()
        if self._small is None or not _is_fresh(self._small, target, now):
            picture = self._host.read_pixels(target.document)
            self._small = (target.document, size, now, pixels.thumbnail_of(picture, None, self._side_px))
        small = self._small[3]
        return replace(
            small, selection=pixels.small_coverage(selection, target.canvas, small.width, small.height)
        )


def _is_fresh(small: tuple[str, int, float, Thumbnail], target: Target, now: float) -> bool:
    document, size, when, _ = small
    if document != target.document or size != target.width * target.height:
        return False
    return size > SMALL_PIXELS and now - when < STALE_S


def target_of(document: DocumentInfo) -> Target:
    """A document as the panel's target."""
    layer = document.active_layer
    return Target(
        document=document.id,
        document_name=document.name,
        width=document.width,
        height=document.height,
        format=document.format,
        profile=document.profile_name,
        layer=layer.id if layer else "",
        layer_name=layer.name if layer else "",
        is_in_hidden_group=layer is not None and layer.is_in_hidden_group,
        is_in_locked_group=layer is not None and layer.is_in_locked_group,
        is_in_faded_group=layer is not None and layer.is_in_faded_group,
        is_clipped=layer is not None and layer.is_clipped,
        selection=document.selection,
        unsupported=document.unsupported,
    )
