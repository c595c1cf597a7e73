"""Pictures as the panel keeps them: small frames to look at, and finished results to place."""

from __future__ import annotations

from dataclasses import dataclass

from mgie.api.edit import EditResult
from mgie.api.events import Preview
from mgie.api.rect import Rect
from mgie.host.types import HostMask, HostPicture


@dataclass(frozen=True, eq=False)
class FullPicture:
    """A picture at full size. Equal only to itself: its pixels are too many to be compared."""

    picture: HostPicture


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A small picture: 8-bit sRGB, row by row, and where it lies on the canvas."""

    width: int
    height: int
    rgb: bytes  # 3 * width * height
    place: Rect  # what it covers on the canvas
    coverage: bytes = b""  # how much of each pixel shows, one byte each; empty: all of it
    clip: bytes = b""  # the same of whatever is laid over it: what a clipped layer lets through
    full: FullPicture | None = None  # what it was made from, as long as that is kept


@dataclass(frozen=True, kw_only=True)
class ResultPicture:
    """A finished result: how the backend describes it, and its pixels in the document's own format."""

    edit_result: EditResult
    picture: HostPicture
    frame: Frame  # what the panel shows of it
    weight: HostMask | None = None  # how much of the edit each pixel takes; not in `picture`
    change_map: HostMask | None = None  # how much each pixel changed, 255 = all of its range
    changes: bytes = b""  # the same for each pixel of `frame`; empty: not known

    @property
    def index(self) -> int:
        """Which variation, from 0."""
        return self.edit_result.index

    @property
    def record_json(self) -> str:
        """How it was made, a JSON object."""
        return self.edit_result.record_json


def preview_frame(preview: Preview) -> Frame:
    """A preview in the format rgb8 as a frame."""
    return Frame(width=preview.width, height=preview.height, rgb=preview.data, place=preview.place)
