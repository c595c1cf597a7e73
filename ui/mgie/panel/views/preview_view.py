"""The picture as it develops, beside what it was: several ways to compare, near and far."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from mgie.api.rect import Rect
from mgie.panel.state.panel import PanelState
from mgie.panel.state.pictures import Frame
from mgie.panel.texts import tr
from mgie.panel.views import compare_modes, images
from mgie.panel.views.compare_modes import Camera, CompareMode
from mgie.panel.views.full_crop import Crop, FullCrops, FullPictures, full_pictures
from mgie.panel.views.naming import named

MAX_HEIGHT_PX = 360
GRAB_PX = 12  # how near to the line of a wipe a press takes hold of it
BLINK_MS = 600
ZOOM_STEP = 1.25


class PreviewView(QWidget):
    """Shows the edit; while the mouse or the space bar is down, the picture before it."""

    compared = pyqtSignal(bool)
    changed = pyqtSignal()  # what can be compared, how, or how near
    looked = pyqtSignal()  # anything of what is seen

    def __init__(
        self, name: str = "preview", *, is_detached: bool = False, pulls_by_left: bool = True
    ) -> None:
        """is_detached: fills a window of its own, where the wheel zooms without Ctrl, as nothing scrolls.

        pulls_by_left: the left button moves a picture larger than its room; the middle one always does.
        """
        super().__init__()
        self._frames: tuple[Frame | None, Frame | None] = (None, None)
        self._changes: tuple[bytes, Frame] | None = None  # change map of the result, and its frame
        self._full: FullPictures | None = None  # the same two at full resolution
        self._crops = FullCrops()
        self._crops.made.connect(self._crop_made)
        self._before, self._after, self._derived = QImage(), QImage(), QImage()
        self.is_comparing = False
        self.mode = CompareMode.RESULT
        self.camera = Camera()
        self.wipe = 0.5  # of the widget's width
        self._is_detached, self._pulls_by_left = is_detached, pulls_by_left
        self._fills = is_detached
        self._is_wiping = False
        self._pulled_from: QPointF | None = None
        self._shows_before = False  # of a blink
        self._tint: tuple[QImage, Rect] | None = None  # over the picture, and what it covers of the canvas
        self._blink = QTimer(self)
        self._blink.setInterval(BLINK_MS)
        self._blink.timeout.connect(self._turn)
        self.changed.connect(self.looked)
        named(
            self,
            name,
            tr("Preview"),
            tr("The picture as it develops. Press and hold, or hold the space bar, to see the original."),
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.set_filling(is_detached)

    def set_filling(self, fills: bool) -> None:
        """Take all the room there is from now on, or as much height as the picture has at the width."""
        self._fills = fills
        expanding = QSizePolicy.Policy.Expanding
        policy = QSizePolicy(expanding, expanding if fills else QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(not fills)
        self.setSizePolicy(policy)
        self.updateGeometry()

    def show_state(self, state: PanelState) -> None:
        """Show the chosen variation, finished or developing."""
        self.set_frames(state.before, _after_frame(state), _changes(state), full_pictures(state))

    def set_frames(
        self,
        before: Frame | None,
        after: Frame | None,
        changes: tuple[bytes, Frame] | None = None,
        full: FullPictures | None = None,
    ) -> None:
        """Show two pictures of the same place.

        changes: how much each pixel of `after` changed. full: both at full resolution, for near views.
        """
        old_before, old_after = self._frames
        if before is old_before and after is old_after:
            return
        self._frames, self._changes, self._full = (before, after), changes, full
        self._crops.clear()
        if before is not old_before:
            self._before = images.of_frame(before) if before else QImage()
            self.camera = Camera()
            self.updateGeometry()
        self._after = images.composed(before, after)
        self._derive()
        self.setVisible(before is not None or after is not None)
        self.changed.emit()
        self.update()

    def show_tint(self, tint: tuple[QImage, Rect] | None) -> None:
        """Lay a half-transparent image over the picture, as long as there is one."""
        self._tint = tint
        self.update()

    @property
    def modes(self) -> tuple[CompareMode, ...]:
        """The ways to look at what there is."""
        if None in self._frames:
            return (CompareMode.RESULT,)
        return tuple(m for m in CompareMode if m is not CompareMode.CHANGES or self._changes is not None)

    def set_mode(self, mode: CompareMode) -> None:
        """Look in another way."""
        self.mode = mode
        self.updateGeometry()  # side by side is half as high
        self._derive()
        self.changed.emit()
        self.update()

    def set_camera(self, camera: Camera) -> None:
        """See another part, or nearer."""
        if camera != self.camera:
            self.camera = camera
            self.changed.emit()
            self.update()

    @property
    def is_held(self) -> bool:
        """Whether the mouse has hold of the wipe or of the picture."""
        return self._is_wiping or self._pulled_from is not None

    def compare(self, on: bool) -> None:
        """Show the picture before the edit, or the edit again."""
        if on != self.is_comparing and self._frames[1] is not None:
            self.is_comparing = on
            self.compared.emit(on)
            self.looked.emit()
            self.update()

    @property
    def full(self) -> FullPictures | None:
        """Both sides at full resolution, where they are kept."""
        return self._full

    @property
    def shows_before(self) -> bool:
        """Whether all that is seen is what was before the edit."""
        return self.is_comparing or (self._active_mode is CompareMode.BLINK and self._shows_before)

    def line_x(self) -> int:
        """Where on the canvas the line of a wipe is."""
        place, area = self.place(), self.area()
        if place is None or not area.width():
            return 0
        return place.x + round((self.wipe * self.width() - area.x()) / area.width() * place.width)

    def place(self) -> Rect | None:
        """What is shown, on the canvas."""
        base = self._frames[0] or self._frames[1]
        return base.place if base else None

    def area(self) -> QRectF:
        """Where it is shown, inside this widget; it may reach beyond."""
        place = self.place()
        return QRectF() if place is None else self.camera.place(place.width, place.height, self._room())

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """The height follows from the picture's shape, unless it fills its room."""
        return not self._fills

    def heightForWidth(self, a0: int) -> int:  # noqa: N802 - Qt's name
        """As high as the picture is at this width, within bounds."""
        place = self.place()
        if place is None:
            return 0
        width = (a0 - compare_modes.GAP_PX) / 2 if self._active_mode is CompareMode.SIDE else a0
        return min(MAX_HEIGHT_PX, max(64, round(width * place.height / max(1, place.width))))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """For layouts that ask before they know the width."""
        return QSize(240, self.heightForWidth(max(240, self.width())))

    def paintEvent(self, a0: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        """The pictures in their places; a word tells which one is seen."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.camera.zoom < 2)
        if self.place() is not None:
            self._paint(painter)
        if self.hasFocus():
            painter.setClipping(False)
            painter.setPen(self.palette().highlight().color())
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def mousePressEvent(self, a0: QMouseEvent | None) -> None:  # noqa: N802 - Qt's name
        """Take hold of the wipe or of the picture, else compare while the button is down."""
        if a0 is None:
            return
        is_left = a0.button() == Qt.MouseButton.LeftButton
        if is_left and self._is_at_line(a0):
            self._is_wiping = True
        elif self.camera.zoom and (self._pulls_by_left or not is_left):
            self._pulled_from = a0.position()
        elif self._active_mode is CompareMode.RESULT:
            self.compare(True)

    def mouseMoveEvent(self, a0: QMouseEvent | None) -> None:  # noqa: N802 - Qt's name
        """Wipe, or pull the picture along."""
        place = self.place()
        if a0 is None or place is None:
            return
        if self._is_wiping:
            self._wipe_to(a0.position().x() / max(1, self.width()))
        elif self._pulled_from is not None:
            by, self._pulled_from = a0.position() - self._pulled_from, a0.position()
            self.set_camera(self.camera.moved(by, place.width, place.height))

    def mouseReleaseEvent(self, a0: QMouseEvent | None) -> None:  # noqa: N802 - Qt's name
        """Back to the edit."""
        self._is_wiping, self._pulled_from = False, None
        self.compare(False)

    def wheelEvent(self, a0: QWheelEvent | None) -> None:  # noqa: N802 - Qt's name
        """Ctrl and the wheel zoom; in a window of its own the wheel alone."""
        place = self.place()
        is_meant = a0 is not None and (
            self._is_detached or a0.modifiers() & Qt.KeyboardModifier.ControlModifier
        )
        if a0 is None or place is None or not is_meant or not a0.angleDelta().y():
            super().wheelEvent(a0)
            return
        factor = ZOOM_STEP if a0.angleDelta().y() > 0 else 1 / ZOOM_STEP
        room = self._room()
        self.set_camera(self.camera.zoomed(factor, a0.position(), place.width, place.height, room))
        a0.accept()

    def keyPressEvent(self, a0: QKeyEvent | None) -> None:  # noqa: N802 - Qt's name
        """The space bar compares; arrows move the wipe."""
        step = {Qt.Key.Key_Left: -0.05, Qt.Key.Key_Right: 0.05}.get(Qt.Key(a0.key())) if a0 else None
        if a0 is not None and a0.key() == Qt.Key.Key_Space:
            self.compare(True)
        elif step is not None and self._active_mode is CompareMode.WIPE:
            self._wipe_to(self.wipe + step)
        else:
            super().keyPressEvent(a0)

    def keyReleaseEvent(self, a0: QKeyEvent | None) -> None:  # noqa: N802 - Qt's name
        """Back to the edit; a repeated key is still down."""
        if a0 is not None and a0.key() == Qt.Key.Key_Space:
            if not a0.isAutoRepeat():
                self.compare(False)
        else:
            super().keyReleaseEvent(a0)

    @property
    def _active_mode(self) -> CompareMode:
        return self.mode if self.mode in self.modes else CompareMode.RESULT

    def _room(self) -> QRectF:
        """What one picture may fill."""
        whole = QRectF(self.rect())
        return compare_modes.halves(whole)[0] if self._active_mode is CompareMode.SIDE else whole

    def _is_at_line(self, event: QMouseEvent) -> bool:
        distance = abs(event.position().x() - self.wipe * self.width())
        return self._active_mode is CompareMode.WIPE and distance <= GRAB_PX

    def _derive(self) -> None:
        """What is computed from the pictures once, not at every paint."""
        mode = self._active_mode
        if mode is CompareMode.DIFFERENCE:
            self._derived = compare_modes.difference(self._before, self._after)
        elif mode is CompareMode.CHANGES and self._changes is not None:
            coverage, frame = self._changes
            heat = compare_modes.change_map(coverage, frame.width, frame.height)
            self._derived = images.composed(self._frames[0], frame, instead=heat)
        else:
            self._derived = QImage()
        self._shows_before = False
        self._blink.start() if mode is CompareMode.BLINK else self._blink.stop()

    def _turn(self) -> None:
        self._shows_before = not self._shows_before
        self.looked.emit()
        self.update()

    def _wipe_to(self, part: float) -> None:
        self.wipe = min(1.0, max(0.0, part))
        self.looked.emit()
        self.update()

    def _crop_made(self, crop: Crop) -> None:
        if self._crops.take(crop):
            self.update()

    @property
    def _scale(self) -> float:
        """Screen pixels per pixel of the canvas."""
        place = self.place()
        return self.area().width() * self.devicePixelRatioF() / place.width if place else 0.0

    @property
    def _is_near(self) -> bool:
        """Whether the screen has room for more than the copies hold."""
        place, before = self.place(), self._frames[0]
        return place is not None and before is not None and self._scale * place.width > before.width

    def _near_crop(self) -> Crop | None:
        """Both sides at full resolution, where the copies have less and as soon as the crop is there."""
        place = self.place()
        if self._full is None or place is None or not self._is_near:
            return None
        visible = images.on_canvas(self._room(), place, self.area())
        if visible is None:
            return None
        return self._crops.of(self._full, visible.grow(1).intersect(place), min(1.0, self._scale))

    def _crop_area(self, crop: Crop, whole: QRectF) -> QRectF:
        """Where a crop lies when all of the picture fills `whole`: its pixels on those of the screen."""
        place, ratio = self.place(), self.devicePixelRatioF()
        assert place is not None  # what the crop is of
        corner = QPointF(round(whole.x() * ratio) / ratio, round(whole.y() * ratio) / ratio)
        return images.placed(crop.part.place, place, QRectF(corner, whole.size()))

    def _paint(self, painter: QPainter) -> None:
        mode, whole = self._active_mode, self.area()
        place, crop = self.place(), self._near_crop()
        assert place is not None  # there is something to paint
        area, before, after, derived = whole, self._before, self._after, self._derived
        if crop is not None:
            area, before, after = self._crop_area(crop, whole), crop.before, crop.after
            derived = crop.difference if mode is CompareMode.DIFFERENCE else crop.changes
        painter.setClipRect(whole.intersected(self._room()))
        shows_before = self.shows_before
        if shows_before or mode in (CompareMode.RESULT, CompareMode.BLINK):
            painter.drawImage(area, before if shows_before else after)
        elif mode is CompareMode.WIPE:
            compare_modes.paint_wipe(painter, area, before, after, self.wipe * self.width())
        elif mode is CompareMode.SIDE:
            self._paint_sides(painter, place, crop)
        else:
            painter.drawImage(area, derived)
        if self._tint is not None:
            tint, canvas = self._tint
            painter.drawImage(images.placed(canvas, place, whole), tint)
        seen = whole.intersected(self._room())
        if shows_before:
            images.draw_label(painter, seen, tr("Before"))
        if self.camera.zoom and self._is_near and self._full is None and None not in self._frames:
            images.draw_label(painter, seen, tr("Reduced copy"), is_low=True)

    def _paint_sides(self, painter: QPainter, place: Rect, crop: Crop | None) -> None:
        words = (tr("Before"), tr("After"))
        sides = (crop.before, crop.after) if crop is not None else (self._before, self._after)
        rooms = compare_modes.halves(QRectF(self.rect()))
        for room, image, word in zip(rooms, sides, words, strict=True):
            area = self.camera.place(place.width, place.height, room)
            painter.setClipRect(area.intersected(room))
            painter.drawImage(self._crop_area(crop, area) if crop is not None else area, image)
            images.draw_label(painter, area.intersected(room), word)


def _after_frame(state: PanelState) -> Frame | None:
    if state.edit is None or state.is_undone:
        return None
    for result in state.edit.results:
        if result.index == state.chosen:
            return result.frame
    return state.edit.previews.get(state.chosen)


def _changes(state: PanelState) -> tuple[bytes, Frame] | None:
    """The change map of the chosen result."""
    for result in state.edit.results if state.edit else ():
        if result.index == state.chosen and result.changes:
            return result.changes, result.frame
    return None
