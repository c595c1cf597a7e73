"""How the picture before and after is compared: the way to look, the size, a window of its own."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QCloseEvent, QKeyEvent
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from mgie.panel.state.panel import PanelState
from mgie.panel.texts import tr
from mgie.panel.views.compare_modes import Camera, CompareMode, mode_label
from mgie.panel.views.folding_row import FoldingRow
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import named
from mgie.panel.views.preview_view import PreviewView


class CompareBar(QWidget):
    """Shown where there is something to compare."""

    def __init__(self, preview: PreviewView, name: str, on_detach: Callable[[], None] | None = None) -> None:
        super().__init__()
        self._preview = preview
        named(self, name, tr("Compare"))
        self.mode = named(
            QComboBox(), f"{name}_mode", tr("Compare"), tr("How the picture before and after is compared")
        )
        self.mode.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.full = named(
            QToolButton(),
            f"{name}_full",
            tr("One to one"),
            tr("One picture pixel to one screen pixel; Ctrl and the wheel zoom"),
        )
        self.full.setText(tr("1:1"))
        self.full.setCheckable(True)
        self.detach = named(
            QToolButton(), f"{name}_detach", tr("Compare in a window"), tr("Compare in a separate window")
        )
        give_icon(self.detach, "detach")
        self.detach.setVisible(on_detach is not None)
        self.on_canvas = named(
            QToolButton(),
            f"{name}_on_canvas",
            tr("Compare on the canvas"),
            tr("Show the wipe, difference, blink or change map on the canvas, too; nothing of it is saved"),
        )
        give_icon(self.on_canvas, "layers")
        self.on_canvas.setCheckable(True)
        self.on_canvas.setVisible(False)  # until there is a canvas that can
        sizes = named(QWidget(), f"{name}_sizes", tr("Size"))
        row = QHBoxLayout(sizes)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.full)
        row.addWidget(self.detach)
        row.addWidget(self.on_canvas)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(FoldingRow(f"{name}_row", self.mode, sizes))
        preview.changed.connect(self._show)
        self.mode.activated.connect(self._choose)
        self.full.clicked.connect(self._zoom)
        if on_detach is not None:
            self.detach.clicked.connect(on_detach)
        self._show()

    def _show(self) -> None:
        """The ways there are, and the one that is chosen."""
        modes = self._preview.modes
        self.setVisible(len(modes) > 1)
        if [self.mode.itemData(i) for i in range(self.mode.count())] != list(modes):
            self.mode.clear()
            for mode in modes:
                self.mode.addItem(mode_label(mode), mode)
        self.mode.setCurrentIndex(max(0, self.mode.findData(self._preview.mode)))
        self.full.setChecked(bool(self._preview.camera.zoom))

    def _choose(self) -> None:
        mode = self.mode.currentData()
        assert isinstance(mode, CompareMode)
        self._preview.set_mode(mode)

    def _zoom(self) -> None:
        ratio = self._preview.devicePixelRatioF()
        self._preview.set_camera(Camera(zoom=1 / ratio) if self.full.isChecked() else Camera())


class CompareWindow(QWidget):
    """The same pictures in a window as large as the artist likes."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner, Qt.WindowType.Window)
        named(self, "compare_window", tr("Compare"))
        self.setWindowTitle(tr("Compare"))
        self.preview = PreviewView("compare_preview", is_detached=True)
        self.preview.setMinimumSize(240, 180)
        self.bar = CompareBar(self.preview, "compare_window_bar")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.preview, 1)
        column.addWidget(self.bar)
        self.resize(800, 640)

    def show_state(self, state: PanelState) -> None:
        """Follow the panel."""
        self.preview.show_state(state)

    def keyPressEvent(self, a0: QKeyEvent | None) -> None:  # noqa: N802 - Qt's name
        """Esc closes it."""
        if a0 is not None and a0.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(a0)

    def closeEvent(self, a0: QCloseEvent | None) -> None:  # noqa: N802 - Qt's name
        """A blink that nobody sees costs nothing."""
        self.preview.set_mode(CompareMode.RESULT)
        super().closeEvent(a0)
