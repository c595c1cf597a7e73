"""The panel's main states, photographed inside the real programs: dark and light, English, German, Japanese.

`PYTHONPATH=tests python tests/hosts/state_pictures.py FOLDER [--program krita] [--suite sid] [--look light]
[--locale ja_JP.UTF-8]`; of what is left out, all that is prepared here. Each picture is the whole screen; a
sheet shows the panel's part of all of them side by side. The model is the tests' scripted one, so that every
state comes at its time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Generator
from itertools import product
from pathlib import Path

from PIL import Image

from hosts.artists import Artist
from hosts.panels import Panel, add_region, drafts
from hosts.program import ROOTS, ProgramName, wait_until, why_not
from hosts.screenshots import SELECT, running, side_by_side

PROGRAMS: tuple[ProgramName, ...] = ("gimp", "krita")
SUITES, LOOKS = ("trixie", "sid"), ("dark", "light")
LOCALES = {"C.UTF-8": "en", "de_DE.UTF-8": "de", "ja_JP.UTF-8": "ja"}
WORDS = "make it look like late afternoon"
PANEL_X = 1210  # px: the panel's part of the screen begins here
SHEET_COLUMNS = 5
TABS_TO_VARIATIONS = 4  # from the instruction


def main() -> None:
    """Everything that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--program", nargs="+", choices=PROGRAMS, default=PROGRAMS)
    parser.add_argument("--suite", nargs="+", choices=SUITES, default=SUITES)
    parser.add_argument("--look", nargs="+", choices=LOOKS, default=LOOKS)
    parser.add_argument("--locale", nargs="+", choices=LOCALES, default=LOCALES)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for suite, program, locale, look in product(options.suite, options.program, options.locale, options.look):
        missing = why_not(suite) or why_no_language(suite, locale)
        if missing:
            print(f"no pictures of {program} in {suite}, {locale}: {missing}")  # noqa: T201
        else:
            take(program, options.folder, suite, look, locale)


def why_no_language(suite: str, locale: str) -> str:
    """Why the programs of a suite cannot speak a language; empty when they can."""
    is_there = locale == "C.UTF-8" or (ROOTS / suite / ".languages").exists()
    return "" if is_there else f"run tests/hosts/prepare.sh --languages {suite}"


def take(program: ProgramName, folder: Path, suite: str, look: str, locale: str) -> None:
    """One picture of each state, and the sheet."""
    name = f"{program}-{suite}-{look}-{LOCALES[locale]}"
    parts: list[Image.Image] = []
    with running(program, "", suite=suite, look=look, locale=locale) as (artist, screen):
        panel = side_by_side(artist, screen)
        artist.program.run(SELECT[program])
        time.sleep(2)
        for state in states(artist, panel):
            path = folder / f"{name}-{state}.png"
            screen.screenshot(path)
            with Image.open(path) as whole:
                parts.append(whole.convert("RGB").crop((PANEL_X, 0, whole.width, whole.height)))
    sheet(parts).save(folder / f"sheet-{name}.png")


def states(artist: Artist, panel: Panel) -> Generator[str]:
    """The name of each state while the panel is in it."""
    program, keys = artist.program, artist.program.screen.xdotool
    yield "idle"
    panel.edit(WORDS)
    wait_until(lambda: "under_way" in drafts(program), 60, "the start of the edit")
    time.sleep(2.5)
    yield "writing"
    time.sleep(3.5)
    yield "painting"
    wait_until(lambda: bool(artist.provenance()), 120, "the placed result")
    time.sleep(3)  # the panel follows
    yield "result"
    yield from _held(artist, panel)
    panel.edit("please decline this")
    _until_ended(artist)
    yield "declined"
    panel.edit("this will crash")
    _until_ended(artist)
    yield "error"
    panel.press("Escape")
    panel.press("ctrl+l")
    keys("key", *["Tab"] * TABS_TO_VARIATIONS, "Down", "Down", "Down")
    panel.edit("warm it up")
    _until_ended(artist)
    yield "variations"
    panel.press("ctrl+shift+m")
    time.sleep(3)
    yield "models"
    keys("key", "Escape")  # a click of `press` would meet a button of the page
    add_region(artist, panel, "make the cup blue", (190, 90, 200, 160))
    add_region(artist, panel, "brighten the spoon", (330, 230, 120, 130))
    panel.press("ctrl+Return")
    time.sleep(9)
    yield "regions"
    _until_ended(artist)
    time.sleep(12)
    yield "regions-done"


def _held(artist: Artist, panel: Panel) -> Generator[str]:
    """Paused before painting, with a corrected text; then stopped."""
    panel.press("ctrl+h")
    panel.edit("make it night")
    wait_until(lambda: "under_way" in drafts(artist.program), 60, "the start of the edit")
    time.sleep(6)
    panel.press("ctrl+e")
    artist.program.screen.xdotool("key", "ctrl+End")
    artist.program.screen.xdotool("type", "--delay", "15", ", with a moon")
    time.sleep(1)
    yield "paused"
    panel.press("Escape")
    _until_ended(artist)
    panel.press("ctrl+h")


def _until_ended(artist: Artist) -> None:
    """Until nothing is under way, and the panel shows it."""
    time.sleep(4)  # until it has begun
    wait_until(lambda: "under_way" not in drafts(artist.program), 120, "the end of the edit")
    time.sleep(3)


def sheet(parts: list[Image.Image]) -> Image.Image:
    """All side by side."""
    width, height = parts[0].size
    made = Image.new(
        "RGB", (width * min(len(parts), SHEET_COLUMNS), height * -(-len(parts) // SHEET_COLUMNS))
    )
    for number, part in enumerate(parts):
        made.paste(part, (number % SHEET_COLUMNS * width, number // SHEET_COLUMNS * height))
    return made


if __name__ == "__main__":
    main()
