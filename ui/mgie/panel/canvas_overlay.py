"""A picture on the host's canvas that is only looked at: one at a time, the newest wins."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from mgie.api.rect import Rect
from mgie.host.errors import HostError
from mgie.host.protocol import Host
from mgie.host.types import HostPicture
from mgie.panel.worker import Worker

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Overlay:
    """What is to be seen, and where."""

    document: str
    above: str  # id of the layer it lies right above, where the host shows it on a layer
    rect: Rect  # on the canvas
    draw: Callable[[], HostPicture]  # over `rect`, in PREVIEW_FORMAT; called on the worker
    waits_for_stroke: bool = False  # not changed while the artist paints


class CanvasOverlay:
    """Called from any thread; the host is called on the worker alone."""

    def __init__(self, host: Host, worker: Worker, is_painting: Callable[[], bool]) -> None:
        self._host, self._worker, self._is_painting = host, worker, is_painting
        self._lock = threading.Lock()
        self._wanted: Overlay | None = None
        self._is_waiting = False
        self._shown: tuple[str, tuple[str, str, Rect]] | None = None  # its id and place; of the worker alone

    def show(self, overlay: Overlay | None) -> None:
        """Show this from now on, or nothing."""
        with self._lock:
            self._wanted, is_waiting, self._is_waiting = overlay, self._is_waiting, True
        if not is_waiting:
            self._worker.submit(self._follow)

    def _follow(self) -> None:
        with self._lock:
            overlay, self._is_waiting = self._wanted, False
        if overlay is None:
            self._take_off()
            return
        if overlay.waits_for_stroke and self._shown is not None and self._is_painting():
            return
        place = (overlay.document, overlay.above, overlay.rect)
        try:
            if self._shown is None or self._shown[1] != place:
                self._take_off()
                key = self._host.begin_overlay(overlay.document, overlay.rect, above=overlay.above)
                self._shown = (key, place)
            self._host.push_preview(self._shown[0], overlay.draw())
        except HostError as error:
            log.info("a comparison is not shown on the canvas: %s", error)
            self._take_off()

    def _take_off(self) -> None:
        if self._shown is not None:
            key, self._shown = self._shown[0], None
            try:
                self._host.drop_preview(key)
            except HostError as error:
                log.info("a comparison is gone from the canvas already: %s", error)
