"""The Qt binding that Krita itself has loaded: PyQt5 in Krita 5, PyQt6 in Krita 6. Never both."""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false, reportAttributeAccessIssue=false
# (two bindings behind one name)

from __future__ import annotations

import sys

import krita  # noqa: F401 (loads the binding)
from krita import DockWidgetFactoryBase

if "PyQt6.QtCore" in sys.modules:
    from PyQt6 import QtCore, QtGui, QtNetwork, QtWidgets

    LOCAL_HOST = QtNetwork.QHostAddress(QtNetwork.QHostAddress.SpecialAddress.LocalHost)
    LOW_DELAY = QtNetwork.QAbstractSocket.SocketOption.LowDelayOption
    DOCK_RIGHT = DockWidgetFactoryBase.DockPosition.DockRight
    ALIGN_CENTER = QtCore.Qt.AlignmentFlag.AlignCenter
    SHORTCUT, CLOSE = QtCore.QEvent.Type.Shortcut, QtCore.QEvent.Type.Close
    THROUGH = QtCore.Qt.WidgetAttribute.WA_TransparentForMouseEvents
    RGBA = QtGui.QImage.Format.Format_RGBA8888
    SMOOTH = QtGui.QPainter.RenderHint.SmoothPixmapTransform
else:
    from PyQt5 import QtCore, QtGui, QtNetwork, QtWidgets

    LOCAL_HOST = QtNetwork.QHostAddress(QtNetwork.QHostAddress.LocalHost)
    LOW_DELAY = QtNetwork.QAbstractSocket.LowDelayOption
    DOCK_RIGHT = DockWidgetFactoryBase.DockRight
    ALIGN_CENTER = QtCore.Qt.AlignCenter
    SHORTCUT, CLOSE = QtCore.QEvent.Shortcut, QtCore.QEvent.Close
    THROUGH = QtCore.Qt.WA_TransparentForMouseEvents
    RGBA = QtGui.QImage.Format_RGBA8888
    SMOOTH = QtGui.QPainter.SmoothPixmapTransform

__all__ = [
    "ALIGN_CENTER",
    "CLOSE",
    "DOCK_RIGHT",
    "LOCAL_HOST",
    "LOW_DELAY",
    "RGBA",
    "SHORTCUT",
    "SMOOTH",
    "THROUGH",
    "QtCore",
    "QtGui",
    "QtNetwork",
    "QtWidgets",
]
