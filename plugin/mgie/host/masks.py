"""Coverage masks as hosts hand them out: cut to what they cover, and placed into a larger rectangle."""

from __future__ import annotations

import struct

from mgie.api.rect import Rect
from mgie.host.blend import STRUCT_CODES
from mgie.host.types import HostMask, HostPicture


def trim_mask(mask: HostMask) -> HostMask:
    """The same coverage over the smallest rectangle that holds it; 0x0 when nothing is covered."""
    width = mask.rect.width
    rows = [mask.coverage[i * width : (i + 1) * width] for i in range(mask.rect.height)]
    covered = [i for i, row in enumerate(rows) if row.count(0) != width]
    if not covered:
        return HostMask(rect=Rect(x=mask.rect.x, y=mask.rect.y, width=0, height=0), coverage=b"")
    rows = rows[covered[0] : covered[-1] + 1]
    left = min(width - len(row.lstrip(b"\0")) for row in rows)
    right = max(len(row.rstrip(b"\0")) for row in rows)
    rect = Rect(x=mask.rect.x + left, y=mask.rect.y + covered[0], width=right - left, height=len(rows))
    return HostMask(rect=rect, coverage=b"".join(row[left:right] for row in rows))


def spread_mask(mask: HostMask, rect: Rect) -> bytes:
    """Coverage over all of `rect`, 0 where the mask does not reach."""
    part = mask.rect.intersect(rect)
    if part == rect == mask.rect:
        return mask.coverage
    rows: list[bytes] = []
    for y in range(rect.y, rect.y + rect.height):
        if part.num_pixels == 0 or not part.y <= y < part.y + part.height:
            rows.append(bytes(rect.width))
            continue
        start = (y - mask.rect.y) * mask.rect.width + part.x - mask.rect.x
        row = mask.coverage[start : start + part.width]
        rows.append(bytes(part.x - rect.x) + row + bytes(rect.x + rect.width - part.x - part.width))
    return b"".join(rows)


def faded_mask(mask: HostMask | None, rect: Rect, opacity: float) -> HostMask | None:
    """The coverage of a layer over `rect` with its opacity in it; None for all of it."""
    if opacity >= 1.0:
        return mask
    coverage = mask.coverage if mask is not None else b"\xff" * rect.num_pixels
    table = bytes(round(value * opacity) for value in range(256))
    return HostMask(rect=mask.rect if mask is not None else rect, coverage=coverage.translate(table))


def mask_into_alpha(picture: HostPicture, mask: HostMask) -> HostPicture:
    """The picture with its alpha lowered by a mask over the same rectangle, for hosts without layer masks."""
    last = picture.format.num_channels - 1
    code = STRUCT_CODES[picture.format.sample]
    sample = struct.Struct(f"<{code}")
    step = picture.format.bytes_per_pixel
    offset = last * sample.size
    is_float = picture.format.sample.startswith("f")
    pixels = bytearray(picture.pixels)
    for i, coverage in enumerate(mask.coverage):
        if coverage != 255:
            place = i * step + offset
            value = sample.unpack_from(pixels, place)[0] * coverage / 255
            sample.pack_into(pixels, place, value if is_float else round(value))
    return HostPicture(rect=picture.rect, format=picture.format, pixels=bytes(pixels), icc=picture.icc)
