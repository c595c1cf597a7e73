"""A picture over Krita's canvas that is in no document: nothing of it can be saved, undone or redone.

It is a widget on the canvas widget of the view in front, and follows how that is moved, zoomed, turned and
mirrored. Pen and mouse go through it.
"""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false, reportAttributeAccessIssue=false
# (Krita's module exists inside Krita only)

from __future__ import annotations

from krita import Document, Krita

from mgie.api.rect import Rect
from mgie.host.types import HostPicture
from mgie_krita.qt import RGBA, SMOOTH, THROUGH, QtCore, QtGui, QtWidgets

FOLLOW_MS = 40  # how often the overlay looks where the canvas is


class KritaOverlay:
    """An `AdapterPreview` without a layer."""

    def __init__(self, document: Document, rect: Rect) -> None:
        self.rect = rect
        self._document = document
        self._image = QtGui.QImage()
        self._place = rect
        self._sheet: Sheet | None = None
        self._timer = QtCore.QTimer()
        self._timer.timeout.connect(self._follow)
        self._timer.start(FOLLOW_MS)

    def is_alive(self) -> bool:
        """Whether its document is open and it was not dropped."""
        is_open = any(view.document() == self._document for view in Krita.instance().views())
        return self._timer.isActive() and is_open

    def push(self, picture: HostPicture) -> None:
        """Show 8-bit sRGB pixels."""
        rect = self._place = picture.rect
        data = bytes(picture.pixels)
        self._image = QtGui.QImage(data, rect.width, rect.height, 4 * rect.width, RGBA).copy()
        self._follow()
        if self._sheet is not None:
            self._sheet.show_image(self._image)

    def was_saved(self) -> bool:
        """Never: it is in no document."""
        return False

    def drop(self) -> None:
        """Take it off the canvas."""
        self._timer.stop()
        self._let_go()

    def _follow(self) -> None:
        """Lie on the canvas where that shows the document, and nowhere while another one is in front."""
        canvas = None if self._image.isNull() else canvas_of(self._document)
        if canvas is None:
            self._let_go()
            return
        if self._sheet is None or not self._sheet.is_on(canvas):
            self._let_go()
            self._sheet = Sheet(canvas)
            self._sheet.show_image(self._image)
        self._sheet.lie(placing(Krita.instance().activeWindow().activeView(), self._place))

    def _let_go(self) -> None:
        if self._sheet is not None:
            self._sheet.end()
            self._sheet = None


class Sheet:
    """The widget. Krita may delete it together with its canvas at any time."""

    def __init__(self, canvas: QtWidgets.QWidget) -> None:
        self._canvas = canvas
        self._widget = _Picture(canvas)

    def is_on(self, canvas: QtWidgets.QWidget) -> bool:
        """Whether it lies on this canvas, and still is."""
        try:
            return self._canvas is canvas and self._widget.parent() is canvas
        except RuntimeError:  # deleted
            return False

    def show_image(self, image: QtGui.QImage) -> None:
        """Show another picture."""
        self._widget.image = image
        self._widget.update()

    def lie(self, transform: QtGui.QTransform) -> None:
        """From pixels of the image to those of the canvas widget."""
        if self._widget.geometry() != self._canvas.rect():
            self._widget.setGeometry(self._canvas.rect())
        if self._widget.transform != transform or not self._widget.isVisible():
            self._widget.transform = transform
            self._widget.show()
            self._widget.update()

    def end(self) -> None:
        """Off the canvas."""
        try:
            self._widget.hide()
            self._widget.setParent(None)
            self._widget.deleteLater()
        except RuntimeError:
            return  # deleted with its canvas


class _Picture(QtWidgets.QWidget):
    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.image, self.transform = QtGui.QImage(), QtGui.QTransform()
        self.setAttribute(THROUGH)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        painter = QtGui.QPainter(self)
        painter.setRenderHint(SMOOTH, abs(self.transform.determinant()) < 4)  # near, pixels are seen as such
        painter.setTransform(self.transform)
        painter.drawImage(0, 0, self.image)
        painter.end()


def canvas_of(document: Document) -> QtWidgets.QWidget | None:
    """The widget on which the view in front paints this document; None where another one is in front."""
    window = Krita.instance().activeWindow()
    if window is None:
        return None
    view = window.activeView()
    if view is None or view.document() != document:
        return None
    area = window.qwindow().findChild(QtWidgets.QMdiArea)
    part = area.currentSubWindow() if area is not None else None
    for widget in part.findChildren(QtWidgets.QWidget) if part is not None else ():
        if widget.metaObject().className() in ("KisOpenGLCanvas2", "KisQPainterCanvas"):
            return widget
    return None


def placing(view: object, place: Rect) -> QtGui.QTransform:
    """From pixels of a picture over `place` to those of the canvas widget."""
    to_flake, is_invertible = view.flakeToImageTransform().inverted()
    shift = QtGui.QTransform.fromTranslate(place.x, place.y)
    return shift * to_flake * view.flakeToCanvasTransform() if is_invertible else shift
