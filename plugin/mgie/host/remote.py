"""The panel's end of a link: a `Host` whose calls go to GIMP or Krita.

Notable: previews have a thread of their own (latest wins, one in flight); big pictures come in strips, so
that the host's main thread is never held for long.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from mgie.api.rect import Rect
from mgie.host.channel import Channel, connect
from mgie.host.connection_file import Link, read_link
from mgie.host.errors import HostError
from mgie.host.messages import (
    Json,
    Packer,
    format_from_json,
    layer_from_json,
    rect_to_json,
    region_from_json,
    state_from_json,
    take,
    take_objects,
    take_strings,
)
from mgie.host.types import (
    DocumentInfo,
    HostEvent,
    HostInfo,
    HostMask,
    HostPicture,
    HostState,
    LayerInfo,
    LinkClosed,
    Placement,
    SavedSelection,
    refuse,
)

log = logging.getLogger(__name__)

STRIP_PIXELS = 1 << 20  # per request: some 10 ms of the host's main thread


class RemoteHost:
    """A host in another process. Safe to call from several threads; never call it from the GUI thread."""

    def __init__(self, link: Link, *, role: str = "panel", timeout_s: float = 60.0) -> None:
        self._listeners: list[Callable[[HostEvent], None]] = []
        self._missed: list[HostEvent] = []  # what came before anyone listened
        self._listeners_lock = threading.Lock()
        self._waiting: dict[str, HostPicture] = {}  # newest preview picture of each preview layer
        self._has_waiting = threading.Condition()
        self._is_pushing = False
        self.num_dropped = 0  # preview pictures a newer one replaced
        connection = connect(link, timeout_s)
        self._channel = Channel(connection, timeout_s, self._deliver)
        try:
            self._info = self._channel.greet(link.token, role)
        except HostError:
            connection.close()
            raise
        threading.Thread(target=self._push_forever, name="host-preview", daemon=True).start()

    @classmethod
    def from_file(cls, path: Path, *, role: str = "panel", timeout_s: float = 60.0) -> RemoteHost:
        """Connect to the host that wrote this link file."""
        return cls(read_link(path), role=role, timeout_s=timeout_s)

    @property
    def info(self) -> HostInfo:
        """As the host said when the link began."""
        return self._info

    def subscribe(self, listener: Callable[[HostEvent], None]) -> None:
        """Deliver events to `listener` on the reading thread, first those that came before."""
        with self._listeners_lock:
            missed, self._missed = self._missed, []
            self._listeners.append(listener)
        for event in missed:
            listener(event)

    def state(self) -> HostState:
        """The open documents and the active one."""
        return state_from_json(self._channel.call("state")[0])

    def document(self, document: str) -> DocumentInfo:
        """One open document."""
        for candidate in self.state().documents:
            if candidate.id == document:
                return candidate
        raise HostError("DOCUMENT_CLOSED", "the document is no longer open")

    def layers(self, document: str) -> list[LayerInfo]:
        """All layers and groups, topmost first."""
        result, _ = self._channel.call("layers", {"document": document})
        return [layer_from_json(item) for item in take_objects(result, "layers")]

    def read_pixels(self, document: str, rect: Rect | None = None, *, layer: str = "") -> HostPicture:
        """Pixels in the document's own format, read strip by strip."""
        canvas = self.document(document).canvas
        wanted = canvas if rect is None else rect.intersect(canvas)
        result, parts = self._channel.call("open_picture", {"document": document, "layer": layer})
        number, pixel_format = take(result, "picture", int), format_from_json(take(result, "format", dict))
        icc = parts.part()
        try:
            strips = [self._read_strip(number, strip) for strip in strips_of(wanted, STRIP_PIXELS)]
        finally:
            self._channel.call("close_picture", {"picture": number})
        return HostPicture(rect=wanted, format=pixel_format, pixels=b"".join(strips), icc=icc)

    def _read_strip(self, picture: int, rect: Rect) -> bytes:
        _, parts = self._channel.call("read_strip", {"picture": picture, "rect": rect_to_json(rect)})
        return parts.part()

    def read_selection(self, document: str) -> HostMask | None:
        """The selection; None without one."""
        result, parts = self._channel.call("read_selection", {"document": document})
        return parts.mask(result.get("mask"))

    def select(self, document: str, mask: HostMask | None) -> None:
        """Make a mask the selection; None selects nothing."""
        packer = Packer()
        self._channel.call("select", {"document": document, "mask": packer.mask(mask)}, packer)

    def regions(self, document: str) -> list[SavedSelection]:
        """What is saved in the document and can serve as a region."""
        result, _ = self._channel.call("regions", {"document": document})
        return [region_from_json(item) for item in take_objects(result, "regions")]

    def read_region(self, document: str, region: str) -> HostMask:
        """The coverage of one region."""
        result, parts = self._channel.call("read_region", {"document": document, "region": region})
        mask = parts.mask(result.get("mask"))
        if mask is None:
            raise refuse("the host answered without a mask")
        return mask

    def begin_preview(
        self,
        document: str,
        rect: Rect,
        *,
        mask: HostMask | None = None,
        name: str = "",
        keep: bool = False,
        above: str = "",
    ) -> str:
        """Make a preview layer and return its id."""
        packer = Packer()
        fields: Json = {"document": document, "rect": rect_to_json(rect)}
        fields |= {"name": name, "keep": keep, "above": above}
        result, _ = self._channel.call("begin_preview", {**fields, "mask": packer.mask(mask)}, packer)
        return take(result, "preview", str)

    def begin_overlay(self, document: str, rect: Rect, *, above: str = "") -> str:
        """Make room on the canvas for a picture that is only looked at."""
        fields: Json = {"document": document, "rect": rect_to_json(rect), "above": above}
        result, _ = self._channel.call("begin_overlay", fields)
        return take(result, "preview", str)

    def push_preview(self, preview: str, picture: HostPicture) -> None:
        """Queue a picture for the preview thread; one that waits already is replaced."""
        with self._has_waiting:
            if preview in self._waiting:
                self.num_dropped += 1
            self._waiting[preview] = picture
            self._has_waiting.notify()

    @property
    def is_previewing(self) -> bool:
        """Whether a preview is on its way to the host."""
        with self._has_waiting:
            return bool(self._waiting) or self._is_pushing

    def drop_preview(self, preview: str) -> None:
        """Remove a preview layer."""
        with self._has_waiting:
            self._waiting.pop(preview, None)
        self._channel.call("drop_preview", {"preview": preview})

    def place_results(
        self, document: str, placements: Sequence[Placement], *, canvas: Rect, group: str = ""
    ) -> list[str]:
        """Make layers of results in one undo step."""
        packer = Packer()
        fields: Json = {
            "document": document,
            "canvas": rect_to_json(canvas),
            "group": group,
            "placements": [packer.placement(placement) for placement in placements],
        }
        result, _ = self._channel.call("place_results", fields, packer)
        return take_strings(result, "layers")

    def take_back(self, document: str, layers: Sequence[str]) -> None:
        """Take placed layers out of the document again."""
        self._channel.call("take_back", {"document": document, "layers": list(layers)})

    def bring_back(self, document: str, layers: Sequence[str]) -> bool:
        """Bring layers back that were taken out."""
        result, _ = self._channel.call("bring_back", {"document": document, "layers": list(layers)})
        return take(result, "is_back", bool)

    def set_opacity(self, document: str, layer: str, opacity: float, since: float | None = None) -> None:
        """Change a layer's opacity."""
        fields: Json = {"document": document, "layer": layer, "opacity": float(opacity)}
        self._channel.call("set_opacity", {**fields, "since": None if since is None else float(since)})

    def parent_window(self) -> int:
        """The X11 id of the host's window."""
        return take(self._channel.call("parent_window")[0], "window", int)

    def embed_window(self, window_id: int) -> bool:
        """Take the panel's window into the host's docker."""
        return take(self._channel.call("embed_window", {"window": window_id})[0], "embedded", bool)

    def read_note(self, document: str, *, layer: str = "") -> str:
        """What is kept with a document, or with a layer."""
        result, _ = self._channel.call("read_note", {"document": document, "layer": layer})
        return take(result, "text", str)

    def write_note(self, document: str, text: str) -> None:
        """Keep a text with a document."""
        self._channel.call("write_note", {"document": document, "text": text})

    def close(self) -> None:
        """End the link."""
        self._channel.close(LinkClosed(reason="LINK_LOST", message="the panel closed the link"))

    def _deliver(self, event: HostEvent) -> None:
        with self._listeners_lock:
            listeners = list(self._listeners)
            if not listeners:
                self._missed.append(event)
        for listener in listeners:
            listener(event)
        if isinstance(event, LinkClosed):
            with self._has_waiting:
                self._has_waiting.notify_all()

    def _push_forever(self) -> None:
        """Send the newest picture of each preview, one at a time, oldest preview first."""
        while True:
            with self._has_waiting:
                while not self._waiting and not self._channel.is_closed:
                    self._has_waiting.wait()
                if self._channel.is_closed:
                    return
                preview = next(iter(self._waiting))
                picture = self._waiting.pop(preview)
                self._is_pushing = True
            packer = Packer()
            fields: Json = {"preview": preview, "picture": packer.picture(picture)}
            try:
                self._channel.call("push_preview", fields, packer)
            except HostError as error:  # the host tells of a lost preview by an event of its own
                log.info("preview not shown reason=%s", error.reason)
            finally:
                self._is_pushing = False


def strips_of(rect: Rect, max_pixels: int) -> list[Rect]:
    """Full-width strips of at most `max_pixels` each (at least one row) that make up a rectangle."""
    if rect.is_empty:
        return []
    rows = max(1, max_pixels // rect.width)
    return [
        Rect(x=rect.x, y=y, width=rect.width, height=min(rows, rect.bottom - y))
        for y in range(rect.y, rect.bottom, rows)
    ]
