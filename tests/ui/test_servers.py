"""A backend on another machine, through the panel: looked at, pinned, kept, lost and found again."""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mgie.client.discovery import Discovery
from mgie.client.servers import remembered_servers
from mgie.panel.state.panel import PanelState
from mgie.panel.state.saved import from_json, to_json
from mgie.panel.state.server_choice import ServerChoice
from mgie.server.tls import make_certificate
from support.desk import Desk
from support.fake_backend import FakeBackend
from support.fake_editor import FakeEditor
from support.fake_service import fake_settings, running


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where servers are remembered."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "mgie"


@pytest.fixture
def studio() -> Iterator[Discovery]:
    """The real service as others reach it: behind TLS, with its token."""
    folder = Path(tempfile.mkdtemp(prefix="mgie-test-"))
    settings = fake_settings(folder, listen="0.0.0.0:0")
    with running(FakeEditor(), settings) as discovery:
        yield discovery
    shutil.rmtree(folder, ignore_errors=True)


def look(bench, address: str, token: str) -> None:
    card = bench.panel.window.models.server
    card.address.setText(address)
    card.token.setText(token)
    card.look.click()


def test_a_server_elsewhere_is_seen_pinned_and_used_and_left_again(
    bench, studio: Discovery, config: Path
) -> None:
    bench.start()
    own = bench.state.model.id
    window = bench.panel.window
    window.backend.open.click()
    address = f"127.0.0.1:{studio.address.rpartition(':')[2]}"
    look(bench, address, Path(studio.token_path).read_text())
    card = window.models.server
    bench.wait(lambda: bool(card.fingerprint.text()))
    assert card.fingerprint.text().replace(" ", "").replace("\n", "") == studio.fingerprint
    assert bench.state.server.name == ""  # seen is not yet trusted
    card.trust.click()
    bench.wait(lambda: bench.state.model is not None and bench.state.model.id == "fake")
    bench.wait(lambda: bench.state.backend.link.value == "ready")
    assert bench.state.server.name == address.replace(":", "-")
    assert f"at {bench.state.server.name}" in window.backend.words.toolTip() + window.backend.words.text()
    [kept] = remembered_servers().values()
    assert (kept.address, kept.fingerprint) == (address, studio.fingerprint)
    assert stat.S_IMODE(Path(kept.token_file).stat().st_mode) == 0o600
    window.models.back.click()
    bench.edit("make it snow")
    bench.wait(lambda: bool(bench.host.placed))
    window.backend.open.click()
    card.own.click()
    bench.wait(lambda: bench.state.model is not None and bench.state.model.id == own)
    assert bench.state.server == ServerChoice()


def test_a_wrong_token_is_refused_with_a_sentence(bench, studio: Discovery) -> None:
    bench.start()
    bench.panel.session.models.open()
    look(bench, f"127.0.0.1:{studio.address.rpartition(':')[2]}", "wrong")
    bench.wait(lambda: bool(bench.state.server.fingerprint))
    bench.panel.window.models.server.trust.click()
    bench.wait(lambda: bench.state.backend.link.value == "failed")
    assert "refused" in bench.panel.window.notice.sentence.text()


def test_words_and_a_running_edit_outlive_a_lost_connection(bench) -> None:
    remote, certificate = FakeBackend(), make_certificate("127.0.0.1")
    remote.script.step_s = 0.3
    remote.serve(certificate)
    try:
        bench.start()
        bench.panel.session.models.open()
        look(bench, f"127.0.0.1:{remote.port}", "t")
        bench.wait(lambda: bool(bench.state.server.fingerprint))
        bench.panel.window.models.server.trust.click()
        bench.wait(lambda: bool(bench.state.server.name) and bench.state.backend.link.value == "ready")
        bench.panel.session.models.close()
        bench.edit("add snow")
        bench.wait(lambda: bool(remote.edits))
        bench.panel.window.instruction.edit.setPlainText("and a robin")
        remote.stop()
        bench.wait(lambda: bench.state.backend.link.value in ("lost", "failed"))
        assert bench.panel.window.instruction.edit.toPlainText() == "and a robin"
        remote.serve(certificate)
        bench.wait(lambda: bench.state.backend.link.value == "ready")
        bench.wait(lambda: bool(bench.host.placed))
        assert bench.state.draft.instruction == "and a robin"
    finally:
        remote.stop()


def test_nothing_changes_while_something_is_edited() -> None:
    desk = Desk()
    desk.session.servers.look("studio:1", "t")
    desk.session.servers.seen("studio:1", "ab" * 32)
    desk.begin()
    desk.session.servers.use_seen()
    desk.session.servers.use_own()
    assert desk.backend.servers_used == []


def test_the_fingerprint_of_another_address_is_not_taken_for_this_one() -> None:
    desk = Desk()
    desk.session.servers.look("studio:1", "t")
    desk.session.servers.look("other:1", "t")
    desk.session.servers.seen("studio:1", "ab" * 32)
    desk.session.servers.use_seen()
    assert desk.backend.looked_at == ["studio:1", "other:1"]
    assert desk.backend.servers_used == []


def test_the_server_in_use_is_remembered_and_nothing_secret_is() -> None:
    choice = ServerChoice(name="studio-1", address="studio:1", token="secret", fingerprint="ab" * 32)
    text = to_json(replace(PanelState(), server=choice))
    assert "secret" not in text
    assert from_json(text).server == ServerChoice(name="studio-1")


def test_an_address_that_nobody_answers_is_said_to_be_unreachable(bench) -> None:
    bench.start()
    bench.panel.session.models.open()
    look(bench, "127.0.0.1:1", "t")
    bench.wait(bench.panel.window.models.server.problem.isVisible)
    assert "answers at 127.0.0.1:1" in bench.panel.window.models.server.problem.text()
