"""The panel against the real service: tiny networks here, a scripted editor in a process to be killed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mgie.api.rect import Rect
from mgie.client.discovery import Discovery
from mgie.client.local_server import LocalServer
from mgie.host.types import HostMask, HostPicture, PixelFormat
from mgie.panel.app import Options, Panel
from mgie.panel.state.job import Outcome
from mgie.panel.state.progress import Phase
from support import fake_service
from support.fake_host import FakeHost, flat_picture
from support.gain_editor import AlphaEditor
from support.tiny import tiny_editor

MASK = HostMask(rect=Rect(x=16, y=12, width=32, height=24), coverage=b"\xff" * (32 * 24))


class ScriptedServer(LocalServer):
    """Starts the scripted service instead of `mgie serve`."""

    def __init__(self, state_dir: Path, script: dict[str, object]) -> None:
        super().__init__(state_dir)
        self._command = (sys.executable, "-m", "support.fake_service", str(state_dir), json.dumps(script))
        self.spawned: list[subprocess.Popen[bytes]] = []  # also one that came too late for a closing panel

    def _spawn(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(self._command, start_new_session=True)
        threading.Thread(target=process.wait, daemon=True).start()  # leaves no zombie, whoever forgets it
        self.spawned.append(process)
        return process


class Desk:
    """A host in memory and a panel; the backend is the test's."""

    def __init__(
        self, qapp: QApplication, qtbot: QtBot, folder: Path, picture: HostPicture, **script: float
    ) -> None:
        """script: of the backend that the panel starts where the test has started none."""
        self.host = FakeHost()
        self.server = ScriptedServer(folder / "server", script)
        self.document = self.host.open_picture("photo.png", picture)
        self.panel = Panel(qapp, self.host, lambda state: self.server, Options(state_folder=folder / "panel"))
        self.qtbot = qtbot
        qtbot.addWidget(self.panel.window)

    def start(self) -> None:
        self.panel.start()
        self.wait(lambda: self.panel.session.state.host.target is not None)
        self.wait(lambda: self.panel.session.state.backend.is_reachable)

    def edit(self, instruction: str) -> None:
        self.panel.window.instruction.edit.setPlainText(instruction)
        self.panel.window.actions_bar.primary.click()

    @property
    def phase(self) -> Phase | None:
        edit = self.panel.session.state.edit
        return edit.phase if edit else None

    def num_placed(self) -> int:
        return sum(k.outcome is Outcome.PLACED for k in self.panel.session.state.finished)

    def wait(self, condition, timeout: int = 60_000) -> None:
        self.qtbot.waitUntil(condition, timeout=timeout)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path, so that a Unix socket fits into it."""
    path = Path(tempfile.mkdtemp(prefix="mgie-panel-"))
    (path / "server").mkdir()
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def deep_picture() -> HostPicture:
    """16 bits, not flat."""
    rng = np.random.default_rng(3)
    values = rng.integers(0, 65536, (48, 64, 3), np.uint16)
    rect = Rect(x=0, y=0, width=64, height=48)
    return HostPicture(rect=rect, format=PixelFormat(sample="u16", channels="rgb"), pixels=values.tobytes())


@pytest.fixture
def desk(qapp: QApplication, qtbot: QtBot, folder: Path, deep_picture: HostPicture) -> Iterator[Desk]:
    desk = Desk(qapp, qtbot, folder, deep_picture)
    yield desk
    desk.panel.close()
    _kill_server(desk)  # one that the panel started because the test's own had gone before it


@pytest.fixture
def tiny(folder: Path) -> Iterator[Discovery]:
    editor = tiny_editor()
    settings = fake_service.fake_settings(folder / "server", model=editor.info.id)
    with fake_service.running(editor, settings) as discovery:
        yield discovery


def _set_steps(desk: Desk, num_steps: int) -> None:
    session = desk.panel.session
    desk.wait(lambda: session.state.model is not None)
    schema = session.state.model.option("num_inference_steps")
    session.choose_settings(session.state.settings.with_option(schema, num_steps))


def _few_steps(desk: Desk) -> None:
    _set_steps(desk, 2)


def test_the_real_service_edits_inside_the_selection_and_in_16_bits(
    tiny: Discovery, desk: Desk, deep_picture: HostPicture
) -> None:
    desk.host.select(desk.document, MASK)
    desk.start()
    _few_steps(desk)
    desk.edit("make it look like late afternoon")
    desk.wait(lambda: desk.num_placed() == 1)
    after = desk.host.read_pixels(desk.document)
    assert after.format == deep_picture.format
    before_values = np.frombuffer(deep_picture.pixels, "<u2").reshape(48, 64, 3)
    values = np.frombuffer(after.pixels, "<u2").reshape(48, 64, 3)
    changed = (values != before_values).any(axis=-1)
    assert changed[12:36, 16:48].any()
    changed[12:36, 16:48] = False
    assert not changed.any()
    provenance = json.loads(desk.host.placed[0][1][0].provenance)
    assert "late afternoon" in json.dumps(provenance)


def test_a_transparent_result_lands_as_a_layer_with_its_alpha(folder: Path, desk: Desk) -> None:
    editor = AlphaEditor()
    settings = fake_service.fake_settings(folder / "server", model=editor.info.id)
    with fake_service.running(editor, settings):
        desk.start()
        desk.edit("only a glow at the right")
        desk.wait(lambda: desk.num_placed() == 1)
    (placement,) = desk.host.placed[0][1]
    rect = placement.mask.rect
    opacity = np.frombuffer(placement.mask.coverage, np.uint8).reshape(rect.height, rect.width)
    columns = opacity[rect.height // 2].astype(int)
    assert rect == Rect(0, 0, 64, 48)
    assert not columns[:18].any()
    assert (columns[-18:] == 255).all()
    assert (np.diff(columns) >= 0).all()
    assert 0 < columns[32] < 255


def test_the_real_service_holds_and_takes_the_corrected_words(tiny: Discovery, desk: Desk) -> None:
    desk.start()
    _few_steps(desk)
    desk.panel.window.text.hold.click()
    desk.edit("add snow")
    desk.wait(lambda: desk.phase is Phase.HELD)
    desk.panel.window.text.edit.setPlainText("snow lies on the roof")
    desk.panel.window.actions_bar.primary.click()
    desk.wait(lambda: desk.num_placed() == 1)
    assert desk.panel.window.text.edit.toPlainText() == "snow lies on the roof"


def test_variations_fill_the_grid_and_the_chosen_one_is_placed(tiny: Discovery, desk: Desk) -> None:
    desk.start()
    _few_steps(desk)
    settings = desk.panel.session.state.settings
    desk.panel.session.choose_settings(replace(settings, num_variations=3))
    desk.edit("add snow")
    desk.wait(lambda: desk.phase is Phase.DONE)
    grid = desk.panel.window.grid
    assert len(grid.buttons) == 3
    grid.buttons[1].click()
    assert desk.panel.window.actions_bar.primary.text() == "Place variation 2"
    desk.panel.window.actions_bar.primary.click()
    desk.wait(lambda: desk.num_placed() == 1)


def test_more_like_one_is_painted_by_the_real_service_from_the_same_words(
    tiny: Discovery, desk: Desk
) -> None:
    desk.start()
    _few_steps(desk)
    session = desk.panel.session
    session.choose_settings(replace(session.state.settings, num_variations=2))
    desk.edit("add snow")
    desk.wait(lambda: desk.phase is Phase.DONE)
    first = session.state
    desk.panel.window.grid.more.click()
    desk.wait(lambda: desk.phase is Phase.DONE and session.state.job != first.job)
    second = session.state
    assert second.job.source_edit == first.edit.edit
    assert second.edit.text == first.edit.text
    seeds = [{r.edit_result.seed for r in state.edit.results} for state in (first, second)]
    assert len(seeds[1]) == 2
    assert seeds[0].isdisjoint(seeds[1])
    assert second.edit.results[0].picture.pixels != first.edit.results[0].picture.pixels
    assert second.edit.results[0].changes  # the change map came along
    desk.panel.window.actions_bar.primary.click()
    desk.wait(lambda: desk.num_placed() == 1)


def _kill_server(desk: Desk) -> None:
    for process in desk.server.spawned:
        process.kill()
        process.wait()


def test_a_missing_service_is_started_and_when_it_is_killed_started_again(
    qapp: QApplication, qtbot: QtBot, folder: Path, deep_picture: HostPicture
) -> None:
    desk = Desk(qapp, qtbot, folder, deep_picture, step_s=0.05)
    try:
        desk.start()
        _set_steps(desk, 40)
        desk.edit("brighten it")
        desk.wait(lambda: desk.phase is Phase.SAMPLING and desk.panel.session.state.edit.step > 1)
        _kill_server(desk)
        desk.wait(lambda: desk.num_placed() == 1)
        assert desk.panel.session.state.edit.text.strip() == "the picture would be like: brighten it"
    finally:
        desk.panel.close()
        _kill_server(desk)


def test_the_window_never_stands_still_while_an_edit_streams(
    qapp: QApplication, qtbot: QtBot, folder: Path
) -> None:
    """A 4 megapixel picture, real service in another process, a preview every few milliseconds.

    What is bounded is the time one turn of the GUI thread takes of the processor, 50 ms: the wall clock of a
    busy machine would measure the machine.
    """
    desk = Desk(qapp, qtbot, folder, flat_picture(2400, 1600), step_s=0.01, token_s=0.005, native_size_px=256)
    turns: list[float] = []
    last = time.thread_time()

    def turn() -> None:
        nonlocal last
        now = time.thread_time()
        turns.append(now - last)
        last = now

    timer = QTimer()
    timer.setInterval(0)
    timer.timeout.connect(turn)
    try:
        desk.start()
        desk.panel.window.grab()  # fonts and style are made once, before
        _set_steps(desk, 30)
        timer.start()
        last = time.thread_time()
        turns.clear()
        desk.edit("brighten it")
        desk.wait(lambda: desk.num_placed() == 1)
    finally:
        timer.stop()
        desk.panel.close()
        _kill_server(desk)
    assert len(desk.host.pushed) > 2
    assert max(turns) < 0.05
