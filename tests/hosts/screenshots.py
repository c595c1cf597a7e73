"""Takes docs/images/{gimp,krita,hosts}.jpg: real programs with the real panel once a result is placed.

`PYTHONPATH=tests python tests/hosts/screenshots.py gimp "warm it up"` with the scripted model of the tests,
or with `--model mgie-mini` an installed one; `hosts`: the four programs together, in three languages.
The photograph is scikit-image's coffee (CC0).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import skimage.data
from PIL import Image

from hosts.artists import Artist, artist_of
from hosts.backend_process import TESTS, stop_backend_of
from hosts.panels import Panel
from hosts.program import HostProgram, ProgramName, Screen, virtual_screen, wait_until

IMAGES = TESTS.parent / "docs" / "images"
SELECT = {
    "gimp": """
image.select_ellipse(Gimp.ChannelOps.REPLACE, 130, 60, 340, 300)
Gimp.Selection.feather(image, 40)
Gimp.displays_flush()
""",
    "krita": """
rx, ry = 170, 150
data = bytes(
    255 if ((i + 0.5 - rx) / rx) ** 2 + ((j + 0.5 - ry) / ry) ** 2 <= 1 else 0
    for j in range(300) for i in range(340)
)
s = krita.Selection()
s.setPixelData(QtCore.QByteArray(data), 130, 60, 340, 300)
s.feather(20)
doc.setSelection(s)
doc.waitForDone()
for docker in app.dockers():
    if docker.objectName() in ("ColorSelectorNg", "PresetDocker", "sharedtooldocker"):
        docker.setVisible(False)
app.action("zoom_to_fit").trigger()
""",
}


# Krita's layers, and the more room for the panel below them.
DOCKERS = """
window = app.activeWindow().qwindow()
both = [d for name in ("KisLayerBox", "mgie_docker") for d in app.dockers() if d.objectName() == name]
window.resizeDocks(both, [250, 660], QtCore.Qt.Orientation(2))
window.resizeDocks(both, [330, 330], QtCore.Qt.Orientation(1))
"""


ALL_HOSTS: tuple[tuple[ProgramName, str, str, str], ...] = (
    ("gimp", "trixie", "light", "C.UTF-8"),
    ("gimp", "sid", "dark", "de_DE.UTF-8"),
    ("krita", "trixie", "light", "ja_JP.UTF-8"),
    ("krita", "sid", "dark", "C.UTF-8"),
)


def main() -> None:
    """One picture of one program, or of all four."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", choices=("gimp", "krita", "hosts"))
    parser.add_argument("instruction")
    parser.add_argument("--model", default="", help="an installed model instead of the scripted one")
    options = parser.parse_args()
    size, path = (1200, 750), IMAGES / f"{options.program}.jpg"
    if options.program != "hosts":
        with running(options.program, options.model) as (artist, screen):
            picture(artist, screen, options.instruction).resize(size).save(path, quality=82)
        return
    together = Image.new("RGB", (1600, 1000))
    for number, (program, suite, look, locale) in enumerate(ALL_HOSTS):
        with running(program, options.model, suite=suite, look=look, locale=locale) as (artist, screen):
            part = picture(artist, screen, options.instruction).resize((800, 500), Image.Resampling.LANCZOS)
        together.paste(part, (number % 2 * 800, number // 2 * 500))
    together.save(path, quality=82)


@contextmanager
def running(
    name: ProgramName, model: str, *, suite: str = "trixie", look: str = "dark", locale: str = "C.UTF-8"
) -> Generator[tuple[Artist, Screen]]:
    """A program with the panel's plug-in on a screen of its own, a backend, and coffee.png in its home.

    model: see `start_backend`. look: dark or light. locale: as in de_DE.UTF-8.
    """
    with tempfile.TemporaryDirectory(prefix="mgie-hosts-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        Image.fromarray(skimage.data.coffee()).save(home / "coffee.png")
        backend = start_backend(home, model)
        try:
            with virtual_screen() as screen:
                program = HostProgram(name, suite, home, screen, locale)
                program.install()
                dress(program, look)
                program.start()
                try:
                    yield artist_of(program), screen
                finally:
                    program.kill()
        finally:
            backend.kill()
            stop_backend_of(home)


def dress(program: HostProgram, look: str) -> None:
    """Choose the program's own dark or light theme, and let it find the machine's fonts (for Japanese)."""
    if program.name == "gimp":
        rc, line = program.home / "gimp/gimprc", f"(theme-color-scheme {look})\n"
    else:
        theme = {"dark": "Krita dark", "light": "Krita bright"}[look]
        rc, line = program.home / ".config/kritarc", f"\n[theme]\nTheme={theme}\n"
    rc.write_text(rc.read_text(encoding="utf-8") + line, encoding="utf-8")
    fonts = program.home / ".config/fontconfig/fonts.conf"
    fonts.parent.mkdir(parents=True, exist_ok=True)
    fonts.write_text("<fontconfig><dir>/machine/usr/share/fonts</dir></fontconfig>\n", encoding="utf-8")


def start_backend(home: Path, model: str) -> subprocess.Popen[bytes]:
    """The service with an installed model, or with the scripted one, slow enough to be photographed."""
    folder = home / ".local/state/mgie/server"
    folder.mkdir(parents=True)
    script = json.dumps({"step_s": 1.5, "token_s": 0.3, "native_size_px": 256})
    command = [sys.executable, "-m", "support.fake_service", str(folder), script]
    if model:
        command = [sys.executable, "-m", "mgie.cli", "serve", "--state-dir", str(folder), "--model", model]
    backend = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(TESTS)})
    wait_until(lambda: (folder / "server.json").exists(), 90, "the backend's start")
    return backend


def picture(artist: Artist, screen: Screen, instruction: str) -> Image.Image:
    """Edit, and take the screen with the layer and the card of the result."""
    program = artist.program
    panel = side_by_side(artist, screen)
    program.run(SELECT[program.name])
    time.sleep(2)
    panel.edit(instruction)
    wait_until(lambda: bool(artist.provenance()), 300, "the placed result")
    time.sleep(3)  # the panel follows
    taken = program.home / "screen.png"
    screen.screenshot(taken)
    return Image.open(taken).convert("RGB")


def side_by_side(artist: Artist, screen: Screen) -> Panel:
    """Open the photograph, and give the panel its share of the screen."""
    program = artist.program
    if program.name == "krita":
        program.run("app.activeWindow().qwindow().showMaximized()")
    else:
        arrange(screen, screen.window("GNU Image|GIMP"), x=0, width=1214)
    artist.open_photo(str(program.home / "coffee.png"))
    time.sleep(3)
    if program.name == "gimp":
        arrange(screen, screen.window(".* GIMP$"), x=0, width=1214)  # it has taken its own size meanwhile
        time.sleep(2)
        screen.xdotool("key", "ctrl+shift+j")  # the picture as large as the window
    panel = Panel(program)
    panel.open()
    time.sleep(3)
    if program.name == "gimp":
        arrange(screen, screen.window("^MGIE$"), x=1218, width=380)
        time.sleep(1)
    else:
        program.run(DOCKERS)
        time.sleep(2)
    return panel


def arrange(screen: Screen, window: str, *, x: int, width: int) -> None:
    """Give a window a share of the screen, from its top to its bottom."""
    screen.xdotool("windowmove", window, str(x), "0")
    screen.xdotool("windowsize", window, str(width), "974")  # and the title bar


if __name__ == "__main__":
    main()
