"""The end of a login session, or Ctrl+C: the panel goes as when its window is closed, and nothing is lost."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

from PyQt6.QtCore import QSocketNotifier


@contextmanager
def ended_by_signals(end: Callable[[], None]) -> Generator[None]:
    """Call `end` in the GUI thread when the process is asked to terminate.

    Python handles a signal only when it next runs, which Qt's loop may not let it do for long: the byte that
    the interpreter writes at once wakes the loop.
    """
    reader, writer = socket.socketpair()
    for end_of_pair in (reader, writer):
        end_of_pair.setblocking(False)
    read = QSocketNotifier.Type.Read
    woken = QSocketNotifier(reader.fileno(), read)  # pyright: ignore[reportArgumentType, reportCallIssue] # PyQt takes the number
    woken.activated.connect(lambda: reader.recv(64))
    old_fd = signal.set_wakeup_fd(writer.fileno())

    def handle(number: int, frame: FrameType | None) -> None:
        end()

    old = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(old_fd)
        woken.setEnabled(False)
        reader.close()
        writer.close()
