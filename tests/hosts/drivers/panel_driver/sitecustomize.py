"""Runs test code on the panel's main thread; its Python finds this by PYTHONPATH. Only ever for tests."""

import os
import queue
import socket
import sys
import threading
import time
from pathlib import Path


def serve():
    """Answer at a Unix socket beside this file as soon as there is an application."""
    while (app := running_application()) is None:
        time.sleep(0.1)
    from driver_core import Driver
    from PyQt6 import QtCore, QtWidgets

    class MainThread(QtCore.QObject):
        fed = QtCore.pyqtSignal(object, object, object)

        def __init__(self):
            super().__init__()
            self.moveToThread(app.thread())
            self.fed.connect(self.feed)

        @QtCore.pyqtSlot(object, object, object)
        def feed(self, driver, data, answers):
            answers.put(driver.feed(data))

    main_thread, answers = MainThread(), queue.Queue()
    path = Path(__file__).with_name("socket")
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(path))
        listener.listen()
        while True:
            connection, _ = listener.accept()
            driver = Driver(app=app, QtCore=QtCore, QtWidgets=QtWidgets)
            with connection:
                while data := connection.recv(1 << 20):
                    main_thread.fed.emit(driver, data, answers)
                    connection.sendall(answers.get())


def running_application():
    """The panel's QApplication; None as long as there is none."""
    widgets = sys.modules.get("PyQt6.QtWidgets")
    kind = getattr(widgets, "QApplication", None)
    return kind.instance() if kind else None


if "mgie.panel" in sys.orig_argv:
    threading.Thread(target=serve, daemon=True).start()
