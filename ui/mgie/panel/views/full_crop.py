"""The visible part of a picture before and after an edit at full resolution, made off the GUI thread."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import NamedTuple

from PyQt6.QtCore import QObject, QThreadPool, pyqtSignal
from PyQt6.QtGui import QImage

from mgie.api.rect import Rect
from mgie.host.blend import crop_picture
from mgie.host.types import HostPicture
from mgie.panel import pixels
from mgie.panel.state.panel import PanelState
from mgie.panel.state.pictures import ResultPicture
from mgie.panel.views import compare_modes, images

log = logging.getLogger(__name__)

MARGIN = 0.25  # of the visible part's longer side, made around it as well: a short pull shows it at once


@dataclass(frozen=True, eq=False, kw_only=True)
class FullPictures:
    """Where the pixels of both sides are; equal only to itself."""

    before: HostPicture
    result: ResultPicture


class Part(NamedTuple):
    """What a crop is of."""

    source: FullPictures
    place: Rect  # on the canvas
    scale: float  # pixels of the images per pixel of the canvas, 0..1

    def covers(self, other: Part) -> bool:
        """Whether a crop of this part shows all of another as well as it can be shown."""
        is_alike = self.source is other.source and math.isclose(self.scale, other.scale)
        return is_alike and self.place.contains(other.place)


@dataclass(frozen=True, eq=False, kw_only=True)
class Crop:
    """One part of both sides, at one resolution."""

    part: Part
    before: QImage
    after: QImage
    difference: QImage
    changes: QImage  # null where it is not known


def full_pictures(state: PanelState) -> FullPictures | None:
    """Both sides of the chosen result; None where one is not kept, or where only a copy of a clip is."""
    before = state.before
    if before is None or before.full is None or before.clip or state.edit is None or state.is_undone:
        return None
    for result in state.edit.results:
        if result.index == state.chosen:
            return FullPictures(before=before.full.picture, result=result)
    return None


class FullCrops(QObject):
    """Keeps the newest crop of one view, and makes another one when that does not do."""

    made = pyqtSignal(object)  # Crop; emitted off the GUI thread

    def __init__(self) -> None:
        super().__init__()  # no parent: the work under way must find it alive
        self._crop: Crop | None = None
        self._wanted: Part | None = None

    def take(self, crop: Crop) -> bool:
        """Keep what was made, unless something else is wanted by now."""
        is_wanted = self._wanted is crop.part
        if is_wanted:
            self._crop = crop
        return is_wanted

    def clear(self) -> None:
        """Let everything go."""
        self._crop = self._wanted = None

    def of(self, source: FullPictures, visible: Rect, scale: float) -> Crop | None:
        """A crop that shows at least `visible`, at `scale`; None while it is being made."""
        crop = self._crop
        asked = Part(source, visible, scale)
        if crop is not None and crop.part.covers(asked):
            return crop
        if self._wanted is None or not self._wanted.covers(asked):
            place = visible.grow(round(MARGIN * max(visible.width, visible.height)))
            place = place.intersect(source.before.rect)
            self._wanted = part = Part(source, place, scale)
            pool = QThreadPool.globalInstance()
            assert pool is not None
            pool.start(lambda: self._make(part))
        return None

    def _make(self, part: Part) -> None:
        if self._wanted is not part:
            return  # the artist has moved on
        try:
            crop = make_crop(part)
        except Exception:  # off the GUI thread nobody else would see it; the copies stay
            log.exception("a part at full resolution could not be made")
            return
        self.made.emit(crop)


def make_crop(part: Part) -> Crop:
    """Both sides of a part of the canvas."""
    (source, place, scale), result = part, part.source.result
    before = pixels.frame_of(crop_picture(source.before, place), _side(place, scale))
    area = place.intersect(result.picture.rect)
    after, heat = None, None
    if area.num_pixels:
        inside = crop_picture(result.picture, area)
        after = pixels.frame_of(inside, _side(area, scale), result.weight)
        changes = pixels.small_coverage(result.change_map, area, after.width, after.height)
        heat = compare_modes.change_map(changes, after.width, after.height) if changes else None
    is_known = result.change_map is not None
    shown = images.composed(before, after)
    return Crop(
        part=part,
        before=images.of_frame(before),
        after=shown,
        difference=compare_modes.difference(images.of_frame(before), shown),
        changes=images.composed(before, after, instead=heat) if is_known else QImage(),
    )


def _side(rect: Rect, scale: float) -> int:
    return max(1, math.ceil(max(rect.width, rect.height) * scale))
