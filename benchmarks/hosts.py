"""The real GIMP and Krita under previews and results: `make hosts`, then `python -m benchmarks hosts`.

"Blocked" is the longest time the host's main thread was away while a preview came: in Krita the longest gap
of a 1 ms timer on that thread, in GIMP the longest of many small calls of a second plug-in.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from benchmarks.report import print_table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # the drivers of the real programs live there

from benchmarks.host_latency import step_to_layer_ms
from hosts.program import HostProgram, ProgramName, virtual_screen, wait_until, why_not
from mgie.api.rect import Rect
from mgie.host.remote import RemoteHost
from mgie.host.types import PREVIEW_FORMAT, HostMask, HostPicture, Placement

T = TypeVar("T")
SIZES = ((1024, 1024), (4000, 3000))
NUM_PUSHES = 15
OPEN = {
    "gimp": """
image = Gimp.Image.new({w}, {h}, Gimp.ImageBaseType.RGB)
layer = Gimp.Layer.new(image, "base", {w}, {h}, Gimp.ImageType.RGB_IMAGE, 100, Gimp.LayerMode.NORMAL)
layer.fill(Gimp.FillType.WHITE)
image.insert_layer(layer, None, 0)
display = Gimp.Display.new(image)
""",
    "krita": """
doc = app.createDocument({w}, {h}, "bench", "RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc", 72.0)
doc.setBatchmode(True)
app.activeWindow().addView(doc)
app.setActiveDocument(doc)
doc.waitForDone()
""",
}
SELECT = {
    "gimp": "image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 1024, 1024)",
    "krita": "s = krita.Selection(); s.select(0, 0, 1024, 1024, 255); doc.setSelection(s); doc.waitForDone()",
}
CLOSE = {"gimp": "display.delete()", "krita": "doc.waitForDone(); doc.setModified(False); doc.close()"}
WATCH_S = 0.6
# GIMP: the longest of many small calls, each of which GIMP's main thread has to answer.
WATCH_GIMP = f"""
import time
end = time.perf_counter() + {WATCH_S}
result = 0.0
while (start := time.perf_counter()) < end:
    Gimp.get_images()
    result = max(result, (time.perf_counter() - start) * 1000)
    time.sleep(0.002)
"""
# Krita: the longest gap between two turns of a timer on the main thread since it was last read.
WATCH_KRITA = """
import time
class Gaps(QtCore.QObject):
    def __init__(self):
        super().__init__()
        self.last = time.perf_counter(); self.longest = 0.0
        self.startTimer(1)
    def timerEvent(self, event):
        now = time.perf_counter()
        self.longest = max(self.longest, now - self.last); self.last = now
    def take(self):
        longest, self.longest = self.longest, 0.0
        return longest * 1000
gaps = Gaps()
"""


def main() -> None:
    """Print a table per program."""
    reason = why_not("trixie")
    if reason:
        print(f"hosts: {reason}")  # noqa: T201 (a report on the terminal)
        return
    for name in ("gimp", "krita"):
        with tempfile.TemporaryDirectory(prefix="mgie-hosts-") as folder, virtual_screen() as screen:
            program = HostProgram(name, "trixie", Path(folder), screen)
            program.install()
            program.start()
            try:
                measure(program, name)
            finally:
                program.kill()


def measure(program: HostProgram, name: ProgramName) -> None:
    """Previews of 1024x1024 px on a small and on a large canvas, then a result of the same size."""
    rows: list[list[str]] = []
    if name == "krita":
        program.run(WATCH_KRITA)
    for width, height in SIZES:
        program.run(OPEN[name].format(w=width, h=height))
        host = program.connect()
        wait_until(lambda host=host: bool(host.state().active), 20, "the open document")
        row = [f"{width}x{height}", *measure_document(program, host)]
        host.close()
        program.run(SELECT[name])
        rows.append([*row, f"{statistics.median(step_to_layer_ms(program)):.0f}"])
        program.run(CLOSE[name])
        time.sleep(1)
    headers = [
        "canvas", "push, answered", "main thread blocked", "read whole", "place result", "step to layer"
    ]  # fmt: skip
    print_table(f"{name}: 1024x1024 px previews, median of {NUM_PUSHES}, ms", headers, rows)


def measure_document(program: HostProgram, host: RemoteHost) -> list[str]:
    """Medians in milliseconds, as text."""
    document = host.state().active
    canvas = host.document(document).canvas
    rect = Rect(x=0, y=0, width=1024, height=1024)
    mask = HostMask(rect=rect, coverage=b"\xff" * rect.num_pixels)
    read_ms, picture = timed(lambda: host.read_pixels(document))
    preview = host.begin_preview(document, rect, mask=mask)
    time.sleep(1)
    pushes_ms: list[float] = []
    blocked_ms: list[float] = []
    for i in range(NUM_PUSHES):
        frame = HostPicture(
            rect=rect, format=PREVIEW_FORMAT, pixels=bytes((i * 10, 80, 90, 255)) * rect.num_pixels
        )
        with ThreadPoolExecutor(1) as pool:
            blocked = pool.submit(watch, program)
            time.sleep(WATCH_S / 3)
            pushes_ms.append(push(host, preview, frame))
            blocked_ms.append(blocked.result())
    host.drop_preview(preview)
    step = picture.format.bytes_per_pixel
    result = HostPicture(
        rect=rect, format=picture.format, pixels=picture.pixels[: rect.num_pixels * step], icc=picture.icc
    )
    placement = Placement(picture=result, mask=mask, name="result")
    place_ms, _ = timed(lambda: host.place_results(document, [placement], canvas=canvas))
    medians = [statistics.median(pushes_ms), statistics.median(blocked_ms), read_ms, place_ms]
    return [f"{value:.0f}" for value in medians]


def timed(act: Callable[[], T]) -> tuple[float, T]:
    """Milliseconds an act took, and its result."""
    start_s = time.perf_counter()
    result = act()
    return (time.perf_counter() - start_s) * 1000, result


def push(host: RemoteHost, preview: str, frame: HostPicture) -> float:
    """Push one frame and wait until the host has it in the layer; requests are answered in order."""
    start_s = time.perf_counter()
    host.push_preview(preview, frame)
    while host.is_previewing:
        time.sleep(0.0005)
    return (time.perf_counter() - start_s) * 1000


def watch(program: HostProgram) -> float:
    """The longest time the main thread was away during WATCH_S seconds, in milliseconds."""
    if program.name == "gimp":
        return program.run(WATCH_GIMP)
    program.run("gaps.take()")
    time.sleep(WATCH_S)
    return program.run("result = gaps.take()")
