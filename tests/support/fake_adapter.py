"""A host in memory behind the real session code and a real socket, for tests of either end of the link."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from mgie.api.rect import Rect
from mgie.host.blend import blend_picture, crop_picture
from mgie.host.connection_file import Link, new_token
from mgie.host.errors import HostError
from mgie.host.link_server import LinkServer
from mgie.host.types import (
    DocumentInfo,
    HostEvent,
    HostInfo,
    HostMask,
    HostPicture,
    HostState,
    LayerInfo,
    PixelFormat,
    Placement,
    SavedSelection,
)

RGBA8 = PixelFormat(sample="u8", channels="rgba")


def flat_picture(width: int, height: int, pixel: bytes = b"\x40\x80\xc0\xff") -> HostPicture:
    """A picture of one colour, 8-bit RGBA, at the origin."""
    rect = Rect(x=0, y=0, width=width, height=height)
    return HostPicture(rect=rect, format=RGBA8, pixels=pixel * (width * height))


@dataclass
class FakeDocument:
    """A picture, what lies over it, and what is selected."""

    base: HostPicture
    layers: list[tuple[str, Placement]] = field(default_factory=list)
    previews: list[FakePreview] = field(default_factory=list)
    selection: HostMask | None = None
    regions: dict[str, HostMask] = field(default_factory=dict)
    note: str = ""
    taken_back: list[tuple[str, Placement]] = field(default_factory=list)
    opacity_steps: list[tuple[float, float]] = field(default_factory=list)


@dataclass(eq=False)
class FakePreview:
    """Remembers what was shown."""

    document: FakeDocument
    rect: Rect
    mask: HostMask | None
    name: str
    above: str = ""
    shown: list[HostPicture] = field(default_factory=list)
    is_in_new_file: bool = False  # the document was saved

    def is_alive(self) -> bool:
        return self in self.document.previews

    def push(self, picture: HostPicture) -> None:
        self.shown.append(picture)

    def drop(self) -> None:
        self.document.previews.remove(self)

    def was_saved(self) -> bool:
        was_saved, self.is_in_new_file = self.is_in_new_file, False
        return was_saved


@dataclass
class FakeSource:
    """A picture to read strips from."""

    picture: HostPicture
    is_closed: bool = False

    @property
    def format(self) -> PixelFormat:
        return self.picture.format

    @property
    def icc(self) -> bytes:
        return self.picture.icc

    def read(self, rect: Rect) -> bytes:
        return crop_picture(self.picture, rect).pixels

    def close(self) -> None:
        self.is_closed = True


class FakeAdapter:
    """Documents by id. Change `documents` from the test, then let the link_server poll."""

    def __init__(self, **documents: FakeDocument) -> None:
        self.documents = documents
        self.active = next(iter(documents), "")
        self.sources: list[FakeSource] = []
        self.embedded: list[int] = []
        self.host_info = HostInfo(program="krita", version="5.2.9", can_embed=True)

    def find(self, document: str) -> FakeDocument:
        if document not in self.documents:
            raise HostError("DOCUMENT_CLOSED", "the document is closed")
        return self.documents[document]

    def info(self) -> HostInfo:
        return self.host_info

    def state(self) -> HostState:
        infos = tuple(
            DocumentInfo(
                id=name,
                name=f"{name}.png",
                width=document.base.rect.width,
                height=document.base.rect.height,
                format=document.base.format,
                active_layer=self.layers(name)[0],
                selection=document.selection.rect if document.selection else None,
            )
            for name, document in self.documents.items()
        )
        return HostState(documents=infos, active=self.active)

    def layers(self, document: str) -> list[LayerInfo]:
        found = self.find(document)
        placed = [
            LayerInfo(id=key, name=p.name, kind="paint", rect=p.picture.rect, opacity=p.opacity)
            for key, p in reversed(found.layers)
        ]
        return [*placed, LayerInfo(id="base", name="Background", kind="paint", rect=found.base.rect)]

    def open_picture(self, document: str, layer: str) -> FakeSource:
        found = self.find(document)
        if layer not in ("", "base"):
            raise HostError("LAYER_GONE", f"there is no layer {layer}")
        picture = found.base
        if not layer:
            for _, placement in found.layers:
                picture = blend_picture(picture, placement.picture, placement.mask)
        self.sources.append(FakeSource(picture))
        return self.sources[-1]

    def read_selection(self, document: str) -> HostMask | None:
        return self.find(document).selection

    def select(self, document: str, mask: HostMask | None) -> None:
        self.find(document).selection = mask

    def regions(self, document: str) -> list[SavedSelection]:
        found = self.find(document).regions
        return [
            SavedSelection(id=key, name=key, kind="channel", rect=mask.rect) for key, mask in found.items()
        ]

    def read_region(self, document: str, region: str) -> HostMask:
        return self.find(document).regions[region]

    def begin_preview(
        self, document: str, rect: Rect, mask: HostMask | None, name: str, above: str
    ) -> FakePreview:
        found = self.find(document)
        found.previews.append(FakePreview(found, rect, mask, name, above))
        return found.previews[-1]

    def begin_overlay(self, document: str, rect: Rect, above: str) -> FakePreview:
        return self.begin_preview(document, rect, None, "overlay", above)

    def place_results(
        self, document: str, placements: Sequence[Placement], canvas: Rect, group: str
    ) -> list[str]:
        found = self.find(document)
        if canvas != found.base.rect:
            raise HostError("CANVAS_CHANGED", "the canvas has another size")
        names = [f"layer-{len(found.layers) + i}" for i in range(len(placements))]
        found.layers += [(name, replace(p)) for name, p in zip(names, placements, strict=True)]
        return names

    def take_back(self, document: str, layers: Sequence[str]) -> None:
        found = self.find(document)
        found.taken_back = [item for item in found.layers if item[0] in layers]
        found.layers = [item for item in found.layers if item[0] not in layers]

    def bring_back(self, document: str, layers: Sequence[str]) -> bool:
        found = self.find(document)
        if [name for name, _ in found.taken_back] != list(layers):
            return False
        found.layers += found.taken_back
        return True

    def set_opacity(self, document: str, layer: str, opacity: float, since: float | None) -> None:
        found = self.find(document)
        found.opacity_steps += [] if since is None else [(since, opacity)]
        found.layers = [(n, replace(p, opacity=opacity) if n == layer else p) for n, p in found.layers]

    def parent_window(self) -> int:
        return 77

    def embed_window(self, window_id: int) -> bool:
        self.embedded.append(window_id)
        return True

    def read_note(self, document: str, layer: str) -> str:
        found = self.find(document)
        if not layer:
            return found.note
        return next((placed.provenance for name, placed in found.layers if name == layer), "")

    def write_note(self, document: str, text: str) -> None:
        self.find(document).note = text


class FakeServer:
    """A LinkServer on a loopback socket; session code runs under one lock, as on a host's main thread."""

    def __init__(self, adapter: FakeAdapter) -> None:
        self.link_server = LinkServer(adapter, new_token())
        self.lock = threading.RLock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def link(self) -> Link:
        """Where and with which token to connect."""
        return Link(
            program="krita", pid=1, port=self._listener.getsockname()[1], token=self.link_server.token
        )

    def poll(self) -> None:
        """What a host's timer does."""
        with self.lock:
            self.link_server.poll()

    def broadcast(self, event: HostEvent) -> None:
        """What a host's menu entry does."""
        with self.lock:
            self.link_server.broadcast(event)

    def kill(self) -> None:
        """Cut every connection as the death of the process would."""
        for connection in [self._listener, *self._connections]:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def close(self) -> None:
        """End orderly."""
        with self.lock:
            self.link_server.end()
        self.kill()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
                self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with self.lock:
            session = self.link_server.open_session(SocketPeer(connection))
        with suppress(OSError):
            while data := connection.recv(1 << 20):
                with self.lock:
                    session.receive(data)
        with self.lock:
            session.end()
        connection.close()


class SocketPeer:
    """A peer on a blocking socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def send(self, data: bytes) -> None:
        with suppress(OSError):
            self._connection.sendall(data)

    def num_unsent(self) -> int:
        return 0

    def close(self) -> None:
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)


class NotedPeer:
    """A peer in memory, which may stop reading."""

    def __init__(self) -> None:
        self.sent = bytearray()
        self.is_closed = False
        self.reads = True
        self.unsent = 0

    def send(self, data: bytes) -> None:
        if self.reads:
            self.sent += data
        else:
            self.unsent += len(data)

    def num_unsent(self) -> int:
        return self.unsent

    def close(self) -> None:
        self.is_closed = True
