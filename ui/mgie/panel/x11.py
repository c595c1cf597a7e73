"""What Qt does for its own windows alone, on X11: the keyboard for another's window, the mouse over it."""

from __future__ import annotations

import ctypes
import ctypes.util
from typing import Any

_CLIENT_MESSAGE = 33
_SUBSTRUCTURE = (1 << 19) | (1 << 20)  # notify and redirect: what window managers listen to
_FROM_A_PAGER = 2  # so that no manager takes it for a program that pushes itself to the front
_PAINTING_BUTTONS = (1 << 8) | (1 << 9) | (1 << 10)  # Button1Mask to Button3Mask; the others are the wheel


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


class Screen:
    """One connection to the X server, for one thread. `is_there` is false where there is none."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("X11")
        self._x11: Any = ctypes.CDLL(name) if name else None
        self._display: Any = None
        if self._x11 is not None:
            self._x11.XOpenDisplay.restype = ctypes.c_void_p
            self._x11.XDefaultRootWindow.restype = self._x11.XInternAtom.restype = ctypes.c_ulong
            opened = self._x11.XOpenDisplay(None)
            self._display = ctypes.c_void_p(opened) if opened else None

    @property
    def is_there(self) -> bool:
        """Whether there is a server to ask."""
        return self._display is not None

    def close(self) -> None:
        """End the connection."""
        if self._display is not None:
            self._x11.XCloseDisplay(self._display)
            self._display = None

    def activate(self, window: int) -> None:
        """Ask the window manager to give the keyboard to a top-level window (EWMH: _NET_ACTIVE_WINDOW).

        A window inside the host's own has the keyboard only while the mouse is over it.
        """
        if self._display is None:
            return
        message = _ClientMessage(
            type=_CLIENT_MESSAGE,
            window=window,
            message_type=self._x11.XInternAtom(self._display, b"_NET_ACTIVE_WINDOW", 0),
            format=32,
        )
        message.data[0] = _FROM_A_PAGER
        self._x11.XSendEvent(
            self._display, self._root, 0, ctypes.c_long(_SUBSTRUCTURE), ctypes.byref(message)
        )
        self._x11.XFlush(self._display)

    def is_button_down(self) -> bool:
        """Whether a button of the mouse or the pen is held, in whichever program."""
        if self._display is None:
            return False
        windows = (ctypes.c_ulong(), ctypes.c_ulong())
        places = tuple(ctypes.c_int() for _ in range(4))
        mask = ctypes.c_uint()
        pointers = (ctypes.byref(value) for value in (*windows, *places, mask))
        self._x11.XQueryPointer(self._display, self._root, *pointers)
        return bool(mask.value & _PAINTING_BUTTONS)

    @property
    def _root(self) -> ctypes.c_ulong:
        return ctypes.c_ulong(self._x11.XDefaultRootWindow(self._display))


def activate(window: int) -> None:
    """`Screen.activate` on a connection of its own."""
    screen = Screen()
    screen.activate(window)
    screen.close()
