"""What the panel compares, on the host's canvas as well: a wipe, the difference, a blink, the change map.

A placed result lies in the document, so only what differs from it is laid over; a variation that waits has a
preview layer, which then shows the comparison instead. Nothing of it is saved or a step of undo.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PyQt6.QtCore import QObject, QRectF, Qt, QTimer
from PyQt6.QtGui import QColor, QImage, QPainter, QPen

from mgie.api.rect import Rect
from mgie.host.types import HostPicture
from mgie.panel import pixels
from mgie.panel.canvas_overlay import Overlay
from mgie.panel.host_link import HostLink
from mgie.panel.session import Session
from mgie.panel.state.job import FinishedResult, Outcome
from mgie.panel.state.panel import PanelState
from mgie.panel.state.pictures import Frame
from mgie.panel.views import compare_modes, images
from mgie.panel.views.compare_modes import CompareMode
from mgie.panel.views.full_crop import FullPictures, Part, make_crop
from mgie.panel.views.preview_view import PreviewView
from mgie.panel.watching import watch

_LINE, _LINE_EDGE = QColor(255, 255, 255), QColor(0, 0, 0)
ON_CANVAS = (CompareMode.WIPE, CompareMode.DIFFERENCE, CompareMode.BLINK, CompareMode.CHANGES)


class Sides(NamedTuple):
    """Images of one place."""

    before: QImage
    after: QImage  # null where the canvas shows that itself
    difference: QImage
    changes: QImage  # null where it is not known


class Look(NamedTuple):
    """How a result is looked at; equal where the canvas shows the same."""

    result: str  # key
    mode: CompareMode
    line_x: int  # of a wipe, canvas px; 0 in other modes
    shows_before: bool
    is_placed: bool


class CanvasCompare(QObject):
    """Follows one view as long as it is on."""

    def __init__(
        self,
        view: PreviewView,
        session: Session,
        host: HostLink,
        *,
        is_in_front: Callable[[], bool],
    ) -> None:
        """is_in_front: whether the artist is at the panel, where the comparison must go when not."""
        super().__init__(view)  # it ends with what it follows
        self._view, self._session, self._host, self._is_in_front = view, session, host, is_in_front
        self._is_on = False
        self._shown: Look | None = None
        self._full: tuple[FullPictures, Sides] | None = None  # of the worker alone
        self._small: tuple[Frame, Sides] | None = None  # of the GUI thread alone
        self._soon = QTimer(self)  # once for all that changes in one turn, and after what the session did
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._follow)
        view.looked.connect(self._soon.start)
        watch(session, self._changed, self)

    def turn(self, is_on: bool) -> None:
        """Show it on the canvas from now on, or no longer."""
        self._is_on = is_on
        self._soon.start()

    def look_again(self) -> None:
        """The artist came to the panel, or left it."""
        self._soon.start()

    def _changed(self, _state: PanelState) -> None:
        self._soon.start()

    def _follow(self) -> None:
        result = self._result()
        look = self._look_at(result) if result is not None else None
        if look == self._shown:
            return
        was, self._shown = self._shown, look
        if was is not None and not was.is_placed and (look is None or look.is_placed):
            self._restore(was.result)
        if result is None or look is None:
            if was is not None and was.is_placed:
                self._host.show_overlay(None)
        elif look.is_placed:
            self._overlay(result, look)
        else:
            self._host.push_preview(result.job, self._frame(result, look))

    def _result(self) -> FinishedResult | None:
        """The one that is looked at and stands on the canvas."""
        state = self._session.state
        job = state.job
        if not self._is_on or not self._is_in_front() or job is None or state.is_busy:
            return None
        if job.target.document != state.document or state.before is None:
            return None
        shown = (Outcome.PLACED, Outcome.WAITING)
        own = [k for k in state.finished if k.job.key == job.key and k.result.index == state.chosen]
        return next((k for k in own if k.outcome in shown), None)

    def _look_at(self, result: FinishedResult) -> Look | None:
        view, is_placed = self._view, result.outcome is Outcome.PLACED
        mode = view.mode if view.mode in view.modes else CompareMode.RESULT
        shows_before = view.shows_before
        if mode not in ON_CANVAS and not shows_before:
            return None
        if mode is CompareMode.BLINK and not shows_before and not is_placed:
            return None  # the preview layer as it was
        line_x = view.line_x() if mode is CompareMode.WIPE and not shows_before else 0
        return Look(result.key, mode, line_x, shows_before, is_placed)

    def _restore(self, key: str) -> None:
        """The preview layer of a variation that still waits shows that again."""
        result = self._session.state.result(key)
        if result is not None and result.outcome is Outcome.WAITING:
            self._host.push_preview(result.job, result.result.frame)

    def _overlay(self, result: FinishedResult, look: Look) -> None:
        rect = result.result.picture.rect.intersect(result.job.target.canvas)
        full = self._view.full
        copies = None if full is not None else self._copies(result)

        def draw() -> HostPicture:
            sides = copies if full is None else self._full_sides(full, rect)
            assert sides is not None
            canvas = QImage(rect.width, rect.height, QImage.Format.Format_RGBA8888)
            canvas.fill(Qt.GlobalColor.transparent)
            paint(canvas, sides, look, rect)
            return pixels.preview_of_image(canvas, rect)

        self._host.show_overlay(
            Overlay(
                document=result.job.target.document,
                above=result.layer,
                rect=rect,
                draw=draw,
                waits_for_stroke=look.mode is CompareMode.BLINK,
            )
        )

    def _full_sides(self, full: FullPictures, rect: Rect) -> Sides:
        """Both sides of a result at the canvas' own size, on the host's worker."""
        if self._full is None or self._full[0] is not full:
            crop = make_crop(Part(full, rect, 1.0))
            self._full = (full, Sides(crop.before, QImage(), crop.difference, crop.changes))
        return self._full[1]

    def _frame(self, result: FinishedResult, look: Look) -> Frame:
        """What the preview layer of a variation shows instead of it, as small as its preview."""
        frame = result.result.frame
        canvas = QImage(frame.width, frame.height, QImage.Format.Format_RGB888)
        paint(canvas, self._copies(result), look, frame.place)
        return pixels.frame_of_image(canvas, frame.place)

    def _copies(self, result: FinishedResult) -> Sides:
        """What the panel's copies hold of the place of a result."""
        before, after = self._session.state.before, result.result.frame
        assert before is not None  # else there is no look
        if self._small is None or self._small[0] is not after:
            whole = images.of_frame(before)
            changed = compare_modes.difference(whole, images.composed(before, after))
            values = result.result.changes
            heat = compare_modes.change_map(values, after.width, after.height) if values else QImage()
            parts = (images.part_of(image, before.place, after.place) for image in (whole, changed))
            small, difference = parts
            is_seen_already = result.outcome is Outcome.PLACED
            shown = QImage() if is_seen_already else images.of_frame(after)
            self._small = (after, Sides(small, shown, difference, heat))
        return self._small[1]


def paint(canvas: QImage, sides: Sides, look: Look, rect: Rect) -> None:
    """Paint a look on an image of a place of the canvas; nothing where that shows it already."""
    area = QRectF(canvas.rect())
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if look.shows_before:
        painter.drawImage(area, sides.before)
    elif look.mode is CompareMode.DIFFERENCE:
        painter.drawImage(area, sides.difference)
    elif look.mode is CompareMode.CHANGES:
        painter.drawImage(area, sides.changes)
    elif not sides.after.isNull():
        painter.drawImage(area, sides.after)
    if look.mode is CompareMode.WIPE and not look.shows_before:
        line_x = (look.line_x - rect.x) * area.width() / rect.width
        left = QRectF(0, 0, line_x, area.height())
        painter.save()
        painter.setClipRect(left)
        painter.drawImage(area, sides.before)
        painter.restore()
        for colour, width in ((_LINE_EDGE, 3), (_LINE, 1)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(left.topRight(), left.bottomRight())
    painter.end()
