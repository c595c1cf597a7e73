"""The panel's start to its first paint, and typing in it while previews stream.

`python -m benchmarks panel`: no screen (Qt's offscreen platform), no torch in the panel's process.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QElapsedTimer, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from benchmarks.report import print_table

TESTS = Path(__file__).parents[1] / "tests"
sys.path.insert(0, str(TESTS))  # the scripted ports live there

from mgie.api.events import EditEvent, Preview  # noqa: E402
from mgie.api.rect import Rect  # noqa: E402
from mgie.panel import theme  # noqa: E402
from mgie.panel.session import Session  # noqa: E402
from mgie.panel.views.window import PanelWindow  # noqa: E402
from support.fake_ports import NotedBackend, NotedHost  # noqa: E402
from support.panel_scenes import SAMPLING  # noqa: E402

NUM_STARTS = 7
TYPED_S = 8.0
KEYS_HZ, PREVIEWS_HZ, PREVIEW_PX = 12.0, 30.0, 512

# The panel as `mgie panel PICTURE` starts it; told by Qt when its window is painted first.
_START = """
import sys, time
from PyQt6.QtCore import QEvent, QObject
from PyQt6.QtWidgets import QApplication
class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and watched.objectName() == "panel":
            now, spent = time.clock_gettime(time.CLOCK_MONOTONIC), time.process_time()
            print(now, spent, "torch" in sys.modules, flush=True)
            QApplication.instance().removeEventFilter(self)
            QApplication.instance().quit()
        return False
import mgie.panel.app as app
from mgie.client.local_server import LocalServer
servers, spawn = [], LocalServer._spawn
def noted(server):
    servers.append(spawn(server))
    return servers[-1]
LocalServer._spawn = noted
watch, start = Watch(), app.Panel.start
def started(panel):
    QApplication.instance().installEventFilter(watch)
    start(panel)
app.Panel.start = started
from mgie.panel.__main__ import main
main(sys.argv[1:])
for server in servers:
    server.terminate()
    server.wait()
"""


def main() -> None:
    """Both tables."""
    starts = [first_paint_s() for _ in range(NUM_STARTS)]
    print_table(
        "Panel: start to first paint",
        ("", "fastest", "median", "longest"),
        [
            (name, *(f"{pick(values):.2f}" for pick in (min, statistics.median, max)))
            for name, values in zip(("s", "CPU s"), zip(*starts, strict=True), strict=True)
        ],
    )
    alone, streamed = typing_ms(previews_hz=0), typing_ms(previews_hz=PREVIEWS_HZ)
    print_table(
        "Panel: a key to its paint",
        ("ms", "median", "95 %", "longest"),
        [_row("no previews", alone), _row(f"{PREVIEWS_HZ:g} previews of {PREVIEW_PX} px a second", streamed)],
    )


def first_paint_s() -> tuple[float, float]:
    """From the start of the process to its window's first paint, by the clock and of the processor.

    Fails where torch was loaded for it.
    """
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, "-c", _START, "--state-folder", folder, "--backend-folder", folder]
        begun = time.clock_gettime(time.CLOCK_MONOTONIC)
        answer = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    painted, spent, has_torch = answer.stdout.split()
    assert has_torch == "False", "the panel has loaded torch"
    return float(painted) - begun, float(spent)


def typing_ms(previews_hz: float) -> list[float]:
    """Milliseconds from each key to the paint it causes, while previews come between the keys."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.apply(app, theme.DARK)
    session = Session(NotedBackend(), NotedHost(), SAMPLING)
    window = PanelWindow(session)
    window.resize(360, 800)
    window.show()
    app.processEvents()
    pictures = [np.random.default_rng(seed).bytes(PREVIEW_PX * PREVIEW_PX * 3) for seed in range(4)]
    took, shown, begun = [], 0, time.monotonic()
    key, keys = 0, "make the wood a little darker and the cup warmer "
    while (now := time.monotonic() - begun) < TYPED_S:
        if previews_hz and now >= shown / previews_hz:
            session.runs.receive("j", _preview(pictures[shown % len(pictures)], shown))
            shown += 1
        if now >= key / KEYS_HZ:
            clock = QElapsedTimer()
            clock.start()
            QTest.keyClick(window.instruction.edit, keys[key % len(keys)], Qt.KeyboardModifier.NoModifier)
            app.processEvents()
            took.append(clock.nsecsElapsed() / 1e6)
            key += 1
        app.processEvents()
        time.sleep(0.001)
    window.close()
    return took


def _preview(data: bytes, number: int) -> EditEvent:
    place = Rect(x=0, y=0, width=600, height=400)
    body = Preview(index=0, step=1 + number % 30, place=place, width=PREVIEW_PX, height=PREVIEW_PX, data=data)
    return EditEvent(event=body)


def _row(name: str, values: list[float]) -> tuple[str, str, str, str]:
    picks = (statistics.median(values), float(np.percentile(values, 95)), max(values))
    return (name, *(f"{value:.1f}" for value in picks))  # pyright: ignore[reportReturnType] # three of them
