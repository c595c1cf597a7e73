"""What the next edit will change: host, document, layer, selection."""

from __future__ import annotations

from dataclasses import dataclass

from mgie.api.rect import Rect
from mgie.host.types import PixelFormat

FILES = "Files"  # the name of the host where the panel stands alone
RGB8 = PixelFormat(sample="u8", channels="rgb")


@dataclass(frozen=True, kw_only=True)
class Target:
    """What the artist has in front of them in the host."""

    document: str  # the host's stable id
    document_name: str
    width: int  # of the canvas, pixels
    height: int
    format: PixelFormat = RGB8  # of pictures read from it
    profile: str = ""  # for people, e.g. "Display P3"
    layer: str = ""  # id of the active layer, "" where the host has none
    layer_name: str = ""
    is_in_hidden_group: bool = False  # the active layer, so that a result above it would not be seen
    is_in_locked_group: bool = False
    is_in_faded_group: bool = False  # half-opaque, masked, or mixed in another way than normal
    is_clipped: bool = False  # the active layer, to those below it
    selection: Rect | None = None  # its bounds, None when nothing is selected
    unsupported: str = ""  # why it cannot be edited, in the host's words; "" when it can

    @property
    def canvas(self) -> Rect:
        """The whole canvas."""
        return Rect(x=0, y=0, width=self.width, height=self.height)

    @property
    def bounds(self) -> Rect:
        """Where an edit may change pixels."""
        return self.selection or self.canvas


@dataclass(frozen=True, kw_only=True)
class Thumbnail:
    """A small picture of what will be edited, 8-bit RGBA, row by row."""

    width: int
    height: int
    rgba: bytes
    selection: bytes = b""  # coverage 0..255, one byte per pixel; empty when nothing is selected


@dataclass(frozen=True, kw_only=True)
class HostStatus:
    """The link to the painting program and what is open there."""

    name: str = ""  # "GIMP", "Krita", "Files"; "" before the first word from it
    version: str = ""
    is_connected: bool = False
    target: Target | None = None
    thumbnail: Thumbnail | None = None
    targets: tuple[Target, ...] = ()  # everything that is open there

    @property
    def documents(self) -> tuple[tuple[str, str], ...]:
        """Id and name of everything that is open there."""
        return tuple((target.document, target.document_name) for target in self.targets)
