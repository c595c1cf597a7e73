"""Makes docs/images/gimp.webp and gimp.jpg: an edit in the real GIMP by the shipped model, words to layer.

`PYTHONPATH=tests python tests/hosts/animation.py "make it night"`. Each picture is a capture of the screen;
waiting is shortened: no picture stands longer than `MAX_MS`.
"""

from __future__ import annotations

import argparse
import threading
import time
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageChops

from hosts.artists import Artist
from hosts.panels import drafts
from hosts.program import Screen, wait_until
from hosts.screenshots import IMAGES, SELECT, running, side_by_side

MAX_MS = 600
LAST_MS = 3000
SIZE = (960, 600)


class Recorder(threading.Thread):
    """Takes the screen again and again until told to stop."""

    def __init__(self, screen: Screen, folder: Path) -> None:
        super().__init__()
        self._screen, self._folder = screen, folder
        self._has_ended = threading.Event()
        self.frames: list[tuple[float, Image.Image]] = []  # seconds, picture

    def run(self) -> None:
        """One picture after the other."""
        while not self._has_ended.is_set():
            taken_s = time.monotonic()
            path = self._folder / "frame.png"
            self._screen.screenshot(path)
            with Image.open(path) as picture:
                frame = picture.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
            if not self.frames or ImageChops.difference(frame, self.frames[-1][1]).getbbox():
                self.frames.append((taken_s, frame))
            self._has_ended.wait(0.1)

    def end(self) -> None:
        """Return once the last picture is taken."""
        self._has_ended.set()
        self.join()


def main() -> None:
    """Record one edit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instruction")
    parser.add_argument("--model", default="mgie-mini")
    options = parser.parse_args()
    with running("gimp", options.model) as (artist, screen):
        frames = record(artist, screen, options.instruction)
    write(frames, IMAGES / "gimp.webp")


def record(artist: Artist, screen: Screen, instruction: str) -> list[tuple[float, Image.Image]]:
    """Words, the model's plan, previews, the layer; then the layer's undo and redo."""
    program = artist.program
    panel = side_by_side(artist, screen)
    time.sleep(20)  # until the model is ready
    recorder = Recorder(screen, program.home)
    recorder.start()
    program.run(SELECT["gimp"])
    time.sleep(2)
    panel.focus()
    screen.xdotool("type", "--delay", "90", instruction)
    screen.xdotool("key", "Return")
    # By the panel's own notes: asking GIMP for layers that come and go makes it show messages.
    wait_until(lambda: "under_way" in drafts(program), 60, "the start of the edit")
    wait_until(lambda: "under_way" not in drafts(program), 300, "the end of the edit")
    time.sleep(3)
    still = program.home / "still.png"
    screen.screenshot(still)
    Image.open(still).convert("RGB").resize((1200, 750)).save(IMAGES / "gimp.jpg", quality=82)
    artist.undo()
    time.sleep(4)  # until the panel says so
    artist.redo()
    time.sleep(3)
    recorder.end()
    return recorder.frames


def write(frames: list[tuple[float, Image.Image]], path: Path) -> None:
    """One animated picture."""
    gaps = [round(1000 * (after - before)) for (before, _), (after, _) in pairwise(frames)]
    durations = [min(MAX_MS, gap) for gap in gaps] + [LAST_MS]
    first, *rest = (picture for _, picture in frames)
    first.save(path, save_all=True, append_images=rest, duration=durations, loop=0, quality=60, method=4)
    print(f"{path}: {len(frames)} pictures, {sum(durations) / 1000:.1f} s, {path.stat().st_size} bytes")  # noqa: T201


if __name__ == "__main__":
    main()
