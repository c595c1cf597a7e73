"""A panel-like window in another process's docker on an X server of its own; tells where its list opens.

Run as a program: starts Xvfb, a host, and the window; moves the host; prints JSON of two moves, [x, y] each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

HOST = """
import sys
from PyQt6.QtGui import QWindow
from PyQt6.QtWidgets import QApplication, QVBoxLayout, QWidget
app = QApplication([])
outer = QWidget()
outer.setGeometry(20, 30, 240, 200)
column = QVBoxLayout(outer)
column.addWidget(QWidget.createWindowContainer(QWindow.fromWinId(int(sys.argv[1]))))
outer.show()
def step():
    line = sys.stdin.readline()
    if line:
        x, y = map(int, line.split())
        outer.move(x, y)
        print("moved", flush=True)
from PyQt6.QtCore import QSocketNotifier
notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
notifier.activated.connect(step)
print("shown", flush=True)
app.exec()
"""
MOVE = (120, 90)


def main() -> None:
    """See the module."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "900x700x24", "-nolisten", "tcp"],
        pass_fds=(writing,),
        stderr=subprocess.DEVNULL,
    )
    try:
        os.environ["DISPLAY"] = f":{os.read(reading, 32).decode().strip()}"
        print(json.dumps(_moves()))  # noqa: T201 - its answer
    finally:
        server.terminate()
        server.wait()


def _moves() -> dict[str, list[int]]:
    from PyQt6.QtCore import QPoint
    from PyQt6.QtTest import QTest
    from PyQt6.QtWidgets import QApplication, QComboBox, QVBoxLayout, QWidget

    from mgie.panel.popup_places import PopupPlaces

    app = QApplication([])
    window = QWidget()
    box = QComboBox()
    box.addItems(["one", "two", "three"])
    column = QVBoxLayout(window)
    column.addWidget(box)
    PopupPlaces(app, window)
    window.winId()
    host = subprocess.Popen(
        [sys.executable, "-c", HOST, str(int(window.winId()))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert host.stdin is not None
    assert host.stdout is not None
    try:
        host.stdout.readline()
        window.show()
        QTest.qWait(400)

        def opened(x: int, y: int) -> QPoint:
            subprocess.run(
                ["xdotool", "mousemove", str(x - 3), str(y), "mousemove", str(x), str(y)], check=True
            )
            QTest.qWait(100)
            subprocess.run(["xdotool", "click", "1"], check=True)
            QTest.qWait(400)
            popup = app.activePopupWidget()
            assert popup is not None, "the list did not open"
            place = popup.pos()
            popup.hide()
            QTest.qWait(100)
            return place

        first = opened(20 + 50, 30 + 32)
        host.stdin.write(f"{20 + MOVE[0]} {30 + MOVE[1]}\n")
        host.stdin.flush()
        host.stdout.readline()
        QTest.qWait(400)
        second = opened(20 + 50 + MOVE[0], 30 + 32 + MOVE[1])
        return {"docker_moved": list(MOVE), "list_moved": [second.x() - first.x(), second.y() - first.y()]}
    finally:
        host.kill()
        host.wait()


if __name__ == "__main__":
    main()
