"""One picture over another in plain Python: exact, for pictures of every sample type.

Runs of untouched and of fully covered pixels are copied whole; only soft edges are computed sample by sample.
"""

from __future__ import annotations

import struct

from mgie.api.rect import Rect
from mgie.host.types import HostMask, HostPicture

STRUCT_CODES = {"u8": "B", "u16": "H", "u32": "I", "f16": "e", "f32": "f", "f64": "d"}


def crop_picture(picture: HostPicture, rect: Rect) -> HostPicture:
    """The part of a picture inside `rect`, which must lie within it."""
    if rect == picture.rect:
        return picture
    rows = [picture_row(picture, rect, y) for y in range(rect.y, rect.y + rect.height)]
    return HostPicture(rect=rect, format=picture.format, pixels=b"".join(rows), icc=picture.icc)


def picture_row(picture: HostPicture, rect: Rect, y: int) -> bytes:
    """The pixels of canvas row `y` between the sides of `rect`."""
    step = picture.format.bytes_per_pixel
    start = ((y - picture.rect.y) * picture.rect.width + rect.x - picture.rect.x) * step
    return picture.pixels[start : start + rect.width * step]


def mask_row(mask: HostMask | None, rect: Rect, y: int) -> bytes:
    """Coverage of canvas row `y` between the sides of `rect`; 0 outside the mask, 255 without one."""
    if mask is None:
        return b"\xff" * rect.width
    row = Rect(x=rect.x, y=y, width=rect.width, height=1)
    part = row.intersect(mask.rect)
    if part.num_pixels == 0:
        return bytes(rect.width)
    start = (y - mask.rect.y) * mask.rect.width + part.x - mask.rect.x
    before, after = part.x - rect.x, rect.x + rect.width - part.x - part.width
    return bytes(before) + mask.coverage[start : start + part.width] + bytes(after)


def blend_picture(base: HostPicture, picture: HostPicture, mask: HostMask | None) -> HostPicture:
    """`base` with `picture` mixed in by the mask's coverage, alpha like any other channel."""
    pixels = bytearray(base.pixels)
    step = base.format.bytes_per_pixel
    rect = picture.rect.intersect(base.rect)
    for y in range(rect.y, rect.y + rect.height):
        start = ((y - base.rect.y) * base.rect.width + rect.x - base.rect.x) * step
        old = bytes(pixels[start : start + rect.width * step])
        new = picture_row(picture, rect, y)
        pixels[start : start + len(old)] = blend_row(old, new, mask_row(mask, rect, y), base)
    return HostPicture(rect=base.rect, format=base.format, pixels=bytes(pixels), icc=base.icc)


def blend_row(old: bytes, new: bytes, coverage: bytes, base: HostPicture) -> bytes:
    """Mix two rows; coverage 0 keeps `old` bit for bit, 255 takes `new`."""
    if coverage.count(255) == len(coverage):
        return new
    if coverage.count(0) == len(coverage):
        return old
    row = bytearray(old)
    step, code = base.format.bytes_per_pixel, STRUCT_CODES[base.format.sample]
    pixel = struct.Struct(f"<{base.format.num_channels}{code}")
    is_float = base.format.sample.startswith("f")
    for x, weight in enumerate(coverage):
        if weight == 255:
            row[x * step : (x + 1) * step] = new[x * step : (x + 1) * step]
        elif weight:
            pairs = zip(pixel.unpack_from(old, x * step), pixel.unpack_from(new, x * step), strict=True)
            mixed = [a + (b - a) * weight / 255 for a, b in pairs]
            pixel.pack_into(row, x * step, *(mixed if is_float else map(round, mixed)))
    return bytes(row)
