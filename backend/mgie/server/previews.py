"""`PreviewBoard`: the latest previews of a running edit; `preview_of`: one as a watcher asked for it."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mgie.api.events import Preview, PreviewOptions
from mgie.api.rect import Rect
from mgie.server.lane_reports import PreviewImage

if TYPE_CHECKING:
    from PIL import Image

_JPEG_QUALITY = 85


class PreviewBoard:
    """The latest preview of every tile of every result. Whoever looks at them asks for the next one."""

    def __init__(self, places: Sequence[Rect], ask: Callable[[int], None]) -> None:
        """places: what each tile shows, on the canvas. ask: wants one at a step divisible by a number."""
        self.places = tuple(places)
        self.latest: dict[tuple[int, int], PreviewImage] = {}  # by result and tile
        self._ask = ask
        self._wanted: dict[object, int] = {}

    def want(self, watcher: object, every_num_steps: int) -> None:
        """A watcher is ready for the next preview."""
        if self._wanted.get(watcher) != every_num_steps:
            self._wanted[watcher] = every_num_steps
            self.ask()

    def leave(self, watcher: object) -> None:
        """A watcher has gone."""
        self._wanted.pop(watcher, None)

    def ask(self) -> None:
        """Ask the lane for what watchers are waiting for."""
        if self._wanted:
            self._ask(min(self._wanted.values()))

    def put(self, preview: PreviewImage) -> None:
        """Take a preview; whoever was waiting for it has it now."""
        self.latest[preview.index, preview.tile] = preview
        self._wanted = {watcher: every for watcher, every in self._wanted.items() if preview.step % every}
        self.ask()


def preview_of(found: PreviewImage, place: Rect, options: PreviewOptions) -> Preview:
    """A preview in the size and format a watcher asked for. Runs in a thread."""
    import numpy as np  # with Pillow: not before the first preview
    from PIL import Image

    scale = options.max_side_px / max(place.width, place.height)
    size = (max(1, round(place.width * scale)), max(1, round(place.height * scale)))
    levels = np.rint(np.nan_to_num(np.clip(found.image, 0.0, 1.0)) * 255.0).astype(np.uint8)
    image = Image.fromarray(levels).resize(size, Image.Resampling.BICUBIC)
    return Preview(
        index=found.index,
        step=found.step,
        place=place,
        width=size[0],
        height=size[1],
        format=options.format,
        data=_encoded(image, options.format),
    )


def _encoded(image: Image.Image, preview_format: str) -> bytes:
    if preview_format == "rgb8":
        return image.tobytes()
    buffer = io.BytesIO()
    if preview_format == "jpeg":
        image.save(buffer, "JPEG", quality=_JPEG_QUALITY)
    else:
        image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
