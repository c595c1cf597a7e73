"""A lane's estimate as the small image one watcher asked for."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from mgie.api.rect import Rect
from mgie.server.from_proto import PreviewWish
from mgie.server.lane_events import PreviewMade
from mgie.server.to_proto import rect_of
from mgie.v1 import edit_service_pb2 as edits

_JPEG_QUALITY = 85


def preview_event(preview: PreviewMade, place: Rect, wish: PreviewWish) -> edits.EditEvent:
    """The event of a preview, scaled to the watcher's size and stored as it likes. Runs in a thread."""
    scale = wish.max_side_px / max(place.width, place.height)
    size = (max(1, round(place.width * scale)), max(1, round(place.height * scale)))
    levels = np.rint(np.nan_to_num(np.clip(preview.image, 0.0, 1.0)) * 255.0).astype(np.uint8)
    image = Image.fromarray(levels).resize(size, Image.Resampling.BICUBIC)
    return edits.EditEvent(
        preview=edits.Preview(
            index=preview.index,
            step=preview.step,
            place=rect_of(place),
            width=size[0],
            height=size[1],
            format=edits.PreviewFormat.ValueType(wish.format),
            data=_stored(image, wish.format),
        )
    )


def _stored(image: Image.Image, preview_format: int) -> bytes:
    if preview_format == edits.PREVIEW_FORMAT_RGB8:
        return image.tobytes()
    buffer = io.BytesIO()
    if preview_format == edits.PREVIEW_FORMAT_JPEG:
        image.save(buffer, "JPEG", quality=_JPEG_QUALITY)
    else:
        image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
