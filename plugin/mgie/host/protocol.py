"""What every host offers the panel: the same calls on GIMP, Krita and plain picture files.

Calls block until the host has answered: make them from a worker thread. Only `push_preview` returns at once.
Each raises HostError with a reason from `mgie.host.errors.ADVICE`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from mgie.api.rect import Rect
from mgie.host.types import (
    DocumentInfo,
    HostEvent,
    HostInfo,
    HostMask,
    HostPicture,
    HostState,
    LayerInfo,
    Placement,
    SavedSelection,
)


class Host(Protocol):
    """A program with open documents."""

    @property
    def info(self) -> HostInfo:
        """Which program this is and what it can do."""
        ...

    def subscribe(self, listener: Callable[[HostEvent], None]) -> None:
        """Have events delivered to `listener`, on a thread of the host's; it must return quickly."""
        ...

    def state(self) -> HostState:
        """The open documents and which one is active, now."""
        ...

    def document(self, document: str) -> DocumentInfo:
        """One open document, now. DOCUMENT_CLOSED when it is gone."""
        ...

    def layers(self, document: str) -> list[LayerInfo]:
        """All layers and groups, topmost first, a group before what it holds."""
        ...

    def read_pixels(self, document: str, rect: Rect | None = None, *, layer: str = "") -> HostPicture:
        """Pixels in the document's own format and profile.

        rect: cut to the canvas; None is the whole canvas. layer: an id; empty is what the artist sees.
        Where a layer does not reach, its pixels are transparent.
        """
        ...

    def read_selection(self, document: str) -> HostMask | None:
        """The selection with its soft edges; None without one."""
        ...

    def select(self, document: str, mask: HostMask | None) -> None:
        """Make a mask the selection; None selects nothing."""
        ...

    def regions(self, document: str) -> list[SavedSelection]:
        """What is saved in the document and can serve as a region."""
        ...

    def read_region(self, document: str, region: str) -> HostMask:
        """The coverage of one of `regions`."""
        ...

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
        """Make a preview layer over `rect`, masked exactly, and return its id.

        above: as in `Placement.above`, so that a preview lies where its result will.

        It never enters the undo history of GIMP; in Krita dropping it takes its step back.
        keep: leave it in the document when the panel is lost (otherwise it is removed).
        """
        ...

    def begin_overlay(self, document: str, rect: Rect, *, above: str = "") -> str:
        """Make room on the canvas for a picture that is only looked at, and return its id, as of a preview.

        Dropping it leaves the document and its history as they were. GIMP shows it on a layer right above the
        layer `above`, Krita over its canvas.
        """
        ...

    def push_preview(self, preview: str, picture: HostPicture) -> None:
        """Show 8-bit sRGB pixels (PREVIEW_FORMAT) of the preview's own rectangle, or of a part of it.

        Returns at once. Latest wins: a picture that waits is replaced by a newer one of the same preview.
        """
        ...

    def drop_preview(self, preview: str) -> None:
        """Remove a preview layer; also fine when it is gone already."""
        ...

    def place_results(
        self, document: str, placements: Sequence[Placement], *, canvas: Rect, group: str = ""
    ) -> list[str]:
        """Make layers of results, in one undo step, and return their ids.

        canvas: the canvas the results were made for; CANVAS_CHANGED when the document has another size now.
        group: name of a layer group to put them in; empty puts a layer above each `Placement.above`.
        `Placement.replaces` goes in the same step; in Krita, which groups no steps, in one of its own.
        Nothing is placed when one of them is refused.
        """
        ...

    def take_back(self, document: str, layers: Sequence[str]) -> None:
        """Take placed layers out of the document again, in one step; fine when they are gone already.

        By the host's own undo where placing them was the last step, else as a new step. A group that holds
        nothing but these layers goes with them."""
        ...

    def bring_back(self, document: str, layers: Sequence[str]) -> bool:
        """Bring layers back that were taken out, by the host's own undo or redo.

        False where that would not bring them back, and nothing is changed: place them again."""
        ...

    def set_opacity(self, document: str, layer: str, opacity: float, since: float | None = None) -> None:
        """Change a layer's opacity (0..1).

        since: the opacity before the artist began to drag: one undo step from there. None: none yet, the drag
        goes on."""
        ...

    def parent_window(self) -> int:
        """The X11 id of the host's window, so that the panel can stay above it; 0 where there is none."""
        ...

    def embed_window(self, window_id: int) -> bool:
        """Take the panel's X11 window into the host's docker; False where the host cannot."""
        ...

    def read_note(self, document: str, *, layer: str = "") -> str:
        """What `write_note` left in a document, or how one of its layers was made; empty where nothing is.

        Reading changes nothing: the document stays as saved as it is.
        """
        ...

    def write_note(self, document: str, text: str) -> None:
        """Keep a text with a document, saved with it and outside of its undo steps. It counts as a change."""
        ...

    def close(self) -> None:
        """End the link; previews are removed or kept as asked."""
        ...
