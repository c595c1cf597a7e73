"""What a host adapter implements; `mgie.host.session` turns requests into these calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mgie.api.rect import Rect
from mgie.host.types import (
    HostInfo,
    HostMask,
    HostPicture,
    HostState,
    LayerInfo,
    PixelFormat,
    Placement,
    SavedSelection,
)


class PictureSource(Protocol):
    """A layer or the visible picture, held still while its strips are read."""

    @property
    def format(self) -> PixelFormat:
        """Of the bytes `read` returns."""
        ...

    @property
    def icc(self) -> bytes:
        """The profile of these bytes; empty means sRGB."""
        ...

    def read(self, rect: Rect) -> bytes:
        """The pixels of a rectangle within the canvas."""
        ...

    def close(self) -> None:
        """Let go of whatever holds the pixels still."""
        ...


class AdapterPreview(Protocol):
    """A preview layer of an open document."""

    @property
    def rect(self) -> Rect:
        """Where it lies."""
        ...

    def is_alive(self) -> bool:
        """Whether the layer is still in its document."""
        ...

    def push(self, picture: HostPicture) -> None:
        """Show 8-bit sRGB pixels inside `rect`."""
        ...

    def drop(self) -> None:
        """Remove the layer; nothing happens when it is gone."""
        ...

    def was_saved(self) -> bool:
        """Whether a file was written with the layer in it since the last question."""
        ...


class Peer(Protocol):
    """The other end of one connection. No call blocks or raises."""

    def send(self, data: bytes) -> None:
        """Send bytes as soon as the peer takes them."""
        ...

    def num_unsent(self) -> int:
        """Bytes that wait for the peer to read."""
        ...

    def close(self) -> None:
        """End the connection, soon after what waits has been sent or at once where that is stuck."""
        ...


class Adapter(Protocol):
    """One host program. Every call comes on its main thread and raises HostError for what it refuses."""

    def info(self) -> HostInfo:
        """Which program this is."""
        ...

    def state(self) -> HostState:
        """The open documents and the active one."""
        ...

    def layers(self, document: str) -> list[LayerInfo]:
        """All layers and groups, topmost first."""
        ...

    def open_picture(self, document: str, layer: str) -> PictureSource:
        """A layer, or the visible picture when `layer` is empty."""
        ...

    def read_selection(self, document: str) -> HostMask | None:
        """The selection with its soft edges."""
        ...

    def select(self, document: str, mask: HostMask | None) -> None:
        """Make a mask the selection."""
        ...

    def regions(self, document: str) -> list[SavedSelection]:
        """Saved channels or masks, and the members of the active group."""
        ...

    def read_region(self, document: str, region: str) -> HostMask:
        """The coverage of one of them."""
        ...

    def begin_preview(
        self, document: str, rect: Rect, mask: HostMask | None, name: str, above: str
    ) -> AdapterPreview:
        """Make a preview layer right above the layer `above`; empty or gone: on top of all."""
        ...

    def begin_overlay(self, document: str, rect: Rect, above: str) -> AdapterPreview:
        """Show a picture on the canvas that is never saved and no step of undo; see `Host.begin_overlay`."""
        ...

    def place_results(
        self, document: str, placements: Sequence[Placement], canvas: Rect, group: str
    ) -> list[str]:
        """Make layers of results in one undo step."""
        ...

    def take_back(self, document: str, layers: Sequence[str]) -> None:
        """Take placed layers out again, in one undo step."""
        ...

    def bring_back(self, document: str, layers: Sequence[str]) -> bool:
        """Bring them back by the program's own undo or redo; False where that cannot be."""
        ...

    def set_opacity(self, document: str, layer: str, opacity: float, since: float | None) -> None:
        """Change a layer's opacity; one undo step from `since`, none where that is None."""
        ...

    def parent_window(self) -> int:
        """The X11 id of the host's window, 0 where there is none."""
        ...

    def embed_window(self, window_id: int) -> bool:
        """Take the panel's window into a docker."""
        ...

    def read_note(self, document: str, layer: str) -> str:
        """The note of a document, or of a layer how it was made; empty where there is none."""
        ...

    def write_note(self, document: str, text: str) -> None:
        """Keep a text with a document."""
        ...
