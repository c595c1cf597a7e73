"""Previews and results as a panel would send them, and where two pictures differ."""

from __future__ import annotations

import struct

from mgie.api.rect import Rect
from mgie.host.blend import STRUCT_CODES
from mgie.host.masks import spread_mask
from mgie.host.remote import RemoteHost
from mgie.host.types import PREVIEW_FORMAT, HostMask, HostPicture, Placement

PROVENANCE = '{"instruction": "turn it gr\u00fcn \U0001f33f"}'


def preview_picture(rect: Rect, red: int = 0) -> HostPicture:
    """A blue preview with some red."""
    return HostPicture(rect=rect, format=PREVIEW_FORMAT, pixels=bytes((red, 0, 255, 255)) * rect.num_pixels)


def green_result(base: HostPicture, rect: Rect) -> HostPicture:
    """Pure green in the document's own format."""
    code = STRUCT_CODES[base.format.sample]
    full = {"B": 255, "H": 65535, "I": 2**32 - 1}.get(code, 1.0)
    pixel = struct.pack(f"<4{code}", 0, full, 0, full)
    return HostPicture(rect=rect, format=base.format, pixels=pixel * rect.num_pixels, icc=base.icc)


def green_placement(base: HostPicture, mask: HostMask, name: str = "turn it green") -> Placement:
    """A green result inside a mask."""
    picture = green_result(base, mask.rect)
    return Placement(picture=picture, mask=mask, name=name, provenance=PROVENANCE)


def changed_pixels(before: HostPicture, after: HostPicture) -> set[int]:
    """Indices of the pixels that differ in any bit."""
    assert (before.rect, before.format) == (after.rect, after.format)
    step = before.format.bytes_per_pixel
    return {
        i // step
        for i in range(0, len(before.pixels), step)
        if before.pixels[i : i + step] != after.pixels[i : i + step]
    }


def covered_pixels(mask: HostMask, rect: Rect) -> set[int]:
    """Indices of the pixels of `rect` that a mask covers at all."""
    return {i for i, coverage in enumerate(spread_mask(mask, rect)) if coverage}


def read_mask(host: RemoteHost, document: str) -> HostMask:
    """The selection, which must be there."""
    mask = host.read_selection(document)
    assert mask is not None
    return mask
