"""Giving the keyboard back to another program's window on X11, which Qt does for windows of its own alone."""

from __future__ import annotations

import ctypes
import ctypes.util

_CLIENT_MESSAGE = 33
_SUBSTRUCTURE = (1 << 19) | (1 << 20)  # notify and redirect: what window managers listen to
_FROM_A_PAGER = 2  # so that no manager takes it for a program that pushes itself to the front


class _ClientMessage(ctypes.Structure):
    """XClientMessageEvent of Xlib, padded to the size of XEvent."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("padding", ctypes.c_long * 16),
    )


def activate(window: int) -> bool:
    """Ask the window manager to give the keyboard to a top-level window (EWMH's _NET_ACTIVE_WINDOW).

    False where there is no X server to ask. (A window inside the host's own has the keyboard only while the
    mouse is over it, so that there is nothing to give back.)
    """
    name = ctypes.util.find_library("X11")
    if name is None:
        return False
    x11 = ctypes.CDLL(name)
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XDefaultRootWindow.restype = x11.XInternAtom.restype = ctypes.c_ulong
    display = x11.XOpenDisplay(None)
    if not display:
        return False
    connection = ctypes.c_void_p(display)
    try:
        message = _ClientMessage(
            type=_CLIENT_MESSAGE,
            window=window,
            message_type=x11.XInternAtom(connection, b"_NET_ACTIVE_WINDOW", 0),
            format=32,
        )
        message.data[0] = _FROM_A_PAGER
        root = ctypes.c_ulong(x11.XDefaultRootWindow(connection))
        x11.XSendEvent(connection, root, 0, ctypes.c_long(_SUBSTRUCTURE), ctypes.byref(message))
        x11.XFlush(connection)
    finally:
        x11.XCloseDisplay(connection)
    return True
