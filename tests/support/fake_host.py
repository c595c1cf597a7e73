"""A host in memory: documents that can be painted on, closed and resized, previews that are noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mgie.api.rect import Rect
from mgie.host.errors import HostError
from mgie.host.files import FileHost
from mgie.host.types import (
    HostEvent,
    HostInfo,
    HostMask,
    HostPicture,
    HostState,
    Invoked,
    LinkClosed,
    PixelFormat,
    Placement,
    PreviewLost,
    SavedSelection,
)
from mgie.panel.codec import FileCodec

RGB = PixelFormat(sample="u8", channels="rgb")


def flat_picture(width: int, height: int, value: int = 90, pixel_format: PixelFormat = RGB) -> HostPicture:
    """A picture of one value."""
    size = width * height * pixel_format.bytes_per_pixel
    rect = Rect(x=0, y=0, width=width, height=height)
    return HostPicture(rect=rect, format=pixel_format, pixels=bytes([value]) * size)


class Shelf(FileCodec):
    """Pictures by name instead of files."""

    def __init__(self) -> None:
        self.pictures: dict[str, HostPicture] = {}

    def read(self, path: Path) -> HostPicture:
        return self.pictures[path.name]


class FakeHost(FileHost):
    """FileHost with a canvas: previews count, regions can be saved, and everything can go wrong."""

    def __init__(self) -> None:
        self._shelf = Shelf()
        super().__init__((), self._shelf)
        self.info = HostInfo(program="gimp", version="3.0.4", can_overlay=True)
        self.pushed: list[tuple[str, HostPicture]] = []
        self.begun: dict[str, tuple[str, Rect, HostMask | None]] = {}
        self.dropped: list[str] = []
        self.overlays: list[tuple[str, str, Rect, str]] = []  # id, document, place, the layer it lies above
        self.placed: list[tuple[str, tuple[Placement, ...], str]] = []
        self.saved_regions: dict[str, HostMask] = {}
        self.fails_with: str = ""  # reason of the next refusal to place
        self.is_lost = False
        self.notes: dict[str, str] = {}
        self.num_notes_written = 0

    def open_picture(self, name: str, picture: HostPicture) -> str:
        """Open a document."""
        self._shelf.pictures[name] = picture
        return self.open(Path(name))

    def read_note(self, document: str, *, layer: str = "") -> str:
        """What is kept with a document; with layers what FileHost has."""
        return super().read_note(document, layer=layer) if layer else self.notes.get(document, "")

    def write_note(self, document: str, text: str) -> None:
        """Keep it."""
        self.notes[document] = text
        self.num_notes_written += 1

    def tell(self, event: HostEvent) -> None:
        """Say something to everyone who listens."""
        for listener in list(self._listeners):
            listener(event)

    def end(self) -> None:
        """Die like a host that was killed."""
        self.is_lost = True
        self.tell(LinkClosed(reason="LINK_LOST", message="the host ended"))

    def invoke(self, action: str, document: str) -> None:
        """Choose a menu entry."""
        self.tell(Invoked(action=action, document=document))  # type: ignore[arg-type] # checked by Invoked

    def num_steps(self, document: str) -> int:
        """How many steps the artist could undo."""
        return len(self._find(document).steps)

    def undo_preview(self) -> None:
        """Take the newest preview layer away as an artist's undo does."""
        self.tell(PreviewLost(preview=list(self.begun)[-1], reason="PREVIEW_GONE"))

    def state(self) -> HostState:
        self._check()
        return super().state()

    def regions(self, document: str) -> list[SavedSelection]:
        return [
            SavedSelection(id=name, name=name.title(), kind="channel", rect=mask.rect)
            for name, mask in self.saved_regions.items()
        ]

    def read_region(self, document: str, region: str) -> HostMask:
        return self.saved_regions[region]

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
        preview = super().begin_preview(document, rect, mask=mask, name=name, keep=keep, above=above)
        self.begun[preview] = (document, rect, mask)
        return preview

    def begin_overlay(self, document: str, rect: Rect, *, above: str = "") -> str:
        preview = super().begin_overlay(document, rect, above=above)
        self.overlays.append((preview, document, rect, above))
        return preview

    def push_preview(self, preview: str, picture: HostPicture) -> None:
        super().push_preview(preview, picture)
        self.pushed.append((preview, picture))

    def drop_preview(self, preview: str) -> None:
        super().drop_preview(preview)
        self.dropped.append(preview)

    def place_results(
        self, document: str, placements: Sequence[Placement], *, canvas: Rect, group: str = ""
    ) -> list[str]:
        self._check()
        if self.fails_with:
            reason, self.fails_with = self.fails_with, ""
            raise HostError(reason, "as told")
        names = super().place_results(document, placements, canvas=canvas, group=group)
        self.placed.append((document, tuple(placements), group))
        return names

    def close(self) -> None:
        """The panel is gone; the documents stay."""
        self._listeners.clear()

    def resize(self, document: str, width: int, height: int) -> None:
        """Change the canvas' size."""
        found = self._find(document)
        found.base = replace(found.base, **vars(flat_picture(width, height)))
        self._tell()

    def _check(self) -> None:
        if self.is_lost:
            raise HostError("LINK_LOST", "the host ended")
