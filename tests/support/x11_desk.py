"""On an X server of its own: whether a held button is seen, and whether another's window gets the keyboard.

Run as a program: starts Xvfb and a window manager; prints JSON of what was found.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

from mgie.panel.x11 import Screen, activate

HOST = """
from PyQt6.QtWidgets import QApplication, QLineEdit
app = QApplication([])
edit = QLineEdit()
edit.setGeometry({x}, 40, 200, 40)
edit.show()
print(int(edit.winId()), flush=True)
app.exec()
"""


def main() -> None:
    """See the module."""
    reading, writing = os.pipe()
    started = [
        subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "900x700x24", "-nolisten", "tcp"],
            pass_fds=(writing,),
            stderr=subprocess.DEVNULL,
        )
    ]
    try:
        os.environ["DISPLAY"] = f":{os.read(reading, 32).decode().strip()}"
        started.append(subprocess.Popen(["openbox"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        windows = [_window(started, x) for x in (10, 400)]
        print(json.dumps({"buttons": _buttons(), "focus": _focus(windows)}))  # noqa: T201 - its answer
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def _window(started: list[subprocess.Popen[bytes]], x: int) -> int:
    process = subprocess.Popen([sys.executable, "-c", HOST.format(x=x)], stdout=subprocess.PIPE)
    started.append(process)
    assert process.stdout is not None
    return int(process.stdout.readline())


def _buttons() -> list[bool]:
    """Before, while and after a button is held."""
    screen = Screen()
    seen = [screen.is_button_down()]
    for action in ("mousedown", "mouseup"):
        subprocess.run(["xdotool", action, "1"], check=True)
        _wait(lambda action=action: screen.is_button_down() == (action == "mousedown"))
        seen.append(screen.is_button_down())
    screen.close()
    return seen


def _focus(windows: list[int]) -> list[bool]:
    """Whether each window was the active one after it was asked for."""
    found: list[bool] = []
    for window in windows:
        activate(window)
        found.append(_wait(lambda window=window: _active() == window))
    return found


def _active() -> int:
    run = subprocess.run(["xdotool", "getactivewindow"], capture_output=True, text=True, check=False)
    return int(run.stdout or 0)


def _wait(condition: Callable[[], bool]) -> bool:
    for _ in range(200):
        if condition():
            return True
        time.sleep(0.05)
    return False


if __name__ == "__main__":
    main()
