"""A model from the page to an edit: the panel, `mgie serve` in its own process, and a hub that breaks off."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mgie.client.discovery import read_discovery
from mgie.files.record import from_json
from mgie.panel.app import Options, Panel
from mgie.panel.panel_server import PanelServer
from mgie.panel.state.job import Outcome
from support.fake_host import FakeHost, flat_picture
from support.flaky_server import FlakyServer
from support.tiny_hub import tiny_hub


class Studio:
    """A host in memory, and a panel that starts the real backend where it needs one."""

    def __init__(self, qapp: QApplication, qtbot: QtBot, folder: Path) -> None:
        self.folder, self._qapp, self._qtbot = folder, qapp, qtbot
        self.host = FakeHost()
        self.host.open_picture("photo.png", flat_picture(64, 48))
        self.panel = self.open_panel()

    def open_panel(self) -> Panel:
        panel = Panel(
            self._qapp,
            self.host,
            lambda state: PanelServer(self.folder / "server", model=lambda: state().settings.model),
            Options(state_folder=self.folder / "panel"),
        )
        self._qtbot.addWidget(panel.window)
        panel.start()
        self.panel = panel
        self.wait(lambda: panel.session.state.backend.is_reachable)
        self.wait(lambda: panel.session.state.host.target is not None)
        return panel

    def wait(self, condition: Callable[[], object]) -> None:
        self._qtbot.waitUntil(lambda: bool(condition()), timeout=180_000)

    def card(self, model_id: str):
        self.wait(lambda: model_id in self.panel.window.models.cards)
        return self.panel.window.models.cards[model_id]

    def end_server(self) -> None:
        """As a crash does."""
        found = read_discovery(self.folder / "server")
        if found is not None:
            os.kill(found.pid, signal.SIGKILL)
            self.wait(lambda: read_discovery(self.folder / "server") is None)

    def edit(self, instruction: str) -> str:
        """Type, press, wait for the layer; returns the model that made it."""
        placed = self.num_placed()
        self.panel.window.instruction.edit.setPlainText(instruction)
        self.panel.window.actions_bar.primary.click()
        self.wait(lambda: self.num_placed() == placed + 1 or self._failed())
        assert not self._failed(), self.panel.session.state.edit
        (record,) = from_json(self.host.placed[-1][1][0].provenance).edits
        return record.model

    def num_placed(self) -> int:
        return sum(k.outcome is Outcome.PLACED for k in self.panel.session.state.finished)

    def _failed(self) -> bool:
        edit = self.panel.session.state.edit
        return edit is not None and edit.failure is not None


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="mgie-studio-"))  # short, so that a Unix socket fits into it
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def hub(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlakyServer]:
    with tiny_hub(folder / "hub") as (server, sources):
        monkeypatch.setenv("MGIE_SOURCES", str(sources))
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("MGIE_MODELS_DIR", str(folder / "models"))
        yield server


@pytest.fixture
def studio(qapp: QApplication, qtbot: QtBot, folder: Path, hub: FlakyServer) -> Iterator[Studio]:
    studio = Studio(qapp, qtbot, folder)
    yield studio
    studio.panel.close()
    studio.end_server()


@pytest.mark.timeout(600)
def test_a_model_is_fetched_chosen_and_edits_and_the_first_one_comes_back(
    studio: Studio, hub: FlakyServer
) -> None:
    clip = {path: hub.files.pop(path) for path in list(hub.files) if "clip-vit" in path}
    hub.break_after = [1000]
    window = studio.panel.window
    window.backend.open.click()
    card = studio.card("tiny")
    studio.wait(card.isVisible)
    card.get.click()
    assert hub.requests == []
    assert window.models.terms.text.text() == "Use it for tests only."
    window.models.terms.accept.click()
    studio.wait(lambda: "broke off" in card.problem.text())  # a part cannot be had yet
    studio.wait(lambda: card.get.text() == "Resume")

    studio.end_server()  # the panel starts it again; nothing that came is lost
    studio.wait(lambda: studio.panel.session.state.backend.link.value in ("lost", "starting"))
    studio.wait(lambda: studio.panel.session.state.backend.is_reachable)
    hub.files |= clip
    hub.requests.clear()
    card.get.click()
    studio.wait(lambda: card.choose.isVisible())
    fetched = [path for _, path, _ in hub.requests if "/resolve/" in path]
    assert fetched
    assert all("clip-vit" in path for path in fetched)
    card.verify.click()
    studio.wait(lambda: card.doing.text() == "All files are intact.")
    card.choose.click()
    assert not window.models.isVisible()
    assert studio.edit("make it red") == "tiny"

    studio.panel.close()
    studio.end_server()
    panel = studio.open_panel()  # the document keeps its model, and the backend is started with it
    assert panel.session.state.model is not None
    assert panel.session.state.model.id == "tiny"
    assert panel.session.state.backend.default_model is not None
    assert panel.session.state.backend.default_model.id == "tiny"
    panel.window.backend.open.click()
    studio.card("mgie-mini").choose.click()
    assert studio.edit("make it warmer") == "mgie-mini"
