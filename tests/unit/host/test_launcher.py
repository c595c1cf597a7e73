"""Starting the panel from a host, and the file by which it finds the host."""

import json
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from mgie.cli.doctor import doctor
from mgie.host.appearance import Appearance
from mgie.host.connection_file import Link, links_folder, new_token, read_link, write_link
from mgie.host.errors import HostError
from mgie.host.launcher import PanelLauncher, panel_environment
from mgie.host.remote import RemoteHost
from mgie.host.types import Invoked
from support.fake_adapter import FakeAdapter, FakeDocument, FakeServer, flat_picture

LINK = Link(program="gimp", pid=7, port=1234, token="secret")


def launcher(folder: Path, interpreter: str) -> PanelLauncher:
    (folder / "installed.json").write_text(json.dumps({"interpreter": interpreter, "version": "1"}))
    return PanelLauncher(folder, folder / "gimp-7.json")


def test_a_link_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = write_link(LINK, tmp_path / "links")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    assert read_link(path) == LINK
    assert len(new_token()) >= 43
    assert new_token() != new_token()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"program": 3}', "not json"])
def test_what_is_no_link_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(HostError) as caught:
        read_link(tmp_path / "a.json")
    assert caught.value.reason == "BAD_REQUEST"


def test_a_link_file_of_a_host_that_ended_is_gone(tmp_path: Path) -> None:
    with pytest.raises(HostError) as caught:
        read_link(tmp_path / "a.json")
    assert caught.value.reason == "LINK_LOST"


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {}, "home/.local/state/mgie/links"),
        ("linux", {"XDG_STATE_HOME": "/state"}, "/state/mgie/links"),
        ("darwin", {}, "home/Library/Application Support/mgie/links"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/mgie/links"),
    ],
)
def test_link_files_lie_where_the_system_keeps_state(
    platform: str, environ: dict[str, str], expected: str
) -> None:
    assert links_folder(platform, Path("home"), environ) == Path(expected)


def test_the_panel_does_not_load_the_libraries_of_the_host() -> None:
    cleaned = panel_environment({"LD_LIBRARY_PATH": "/x", "PYTHONHOME": "/y", "HOME": "/h"})
    assert cleaned == {"HOME": "/h"}


def test_an_environment_that_is_gone_is_said_in_one_sentence(tmp_path: Path) -> None:
    assert "mgie install" in PanelLauncher(tmp_path, tmp_path / "a.json").start({})
    assert "mgie install" in launcher(tmp_path, str(tmp_path / "no-python")).start({})


def test_a_panel_that_ends_at_once_is_said_once(tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho $@\nexit 3\n")
    script.chmod(0o755)
    starter = launcher(tmp_path, str(script))
    assert starter.start({}, Appearance(look="dark", window="#3c3c3c", language="de")) == ""
    deadline = time.monotonic() + 10
    while not (failure := starter.failure()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "status 3" in failure
    assert starter.failure() == ""
    said = (tmp_path / "gimp-7.log").read_text()
    assert (
        said
        == f"-m mgie.panel --connect {tmp_path / 'gimp-7.json'} --look dark --window #3c3c3c --language de\n"
    )


def test_only_one_panel_is_started(tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text(
        f'#!/bin/sh\necho started >> {tmp_path / "count"}\nexec {sys.executable} -c "input()"\n'
    )
    script.chmod(0o755)
    starter = launcher(tmp_path, str(script))
    assert [starter.start({}), starter.start({})] == ["", ""]
    deadline = time.monotonic() + 10
    while not starter.failure() and time.monotonic() < deadline:
        time.sleep(0.01)  # input() ends at once: there is no terminal
    assert (tmp_path / "count").read_text() == "started\n"


def test_what_was_chosen_before_the_panel_came_is_told_when_it_comes() -> None:
    server = FakeServer(FakeAdapter(a=FakeDocument(flat_picture(4, 4))))
    with server.lock:
        assert not server.link_server.invoke(Invoked(action="edit", document="a"))
    heard: list[object] = []
    host = RemoteHost(server.link, timeout_s=10)
    host.subscribe(heard.append)
    host.state()
    assert Invoked(action="edit", document="a") in heard
    with server.lock:
        assert server.link_server.invoke(Invoked(action="repeat", document="a"))
    host.state()
    assert heard.count(Invoked(action="edit", document="a")) == 1
    host.close()
    server.close()


def test_a_probe_is_no_panel() -> None:
    server = FakeServer(FakeAdapter(a=FakeDocument(flat_picture(4, 4))))
    probe = RemoteHost(server.link, role="probe", timeout_s=10)
    assert probe.state().active == "a"
    assert not server.link_server.has_panel
    probe.close()
    server.close()


def test_the_doctor_says_which_hosts_let_a_panel_in(tmp_path: Path) -> None:
    """One that answers, and one that crashed and left its link file."""
    server = FakeServer(FakeAdapter(a=FakeDocument(flat_picture(4, 4))))
    folder = links_folder("linux", tmp_path, {})
    write_link(server.link, folder)
    write_link(Link(program="gimp", pid=2, port=1, token="x"), folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path))
        patch.delenv("XDG_STATE_HOME", raising=False)
        answer = CliRunner().invoke(doctor, [])
    assert "krita 5.2.9 answers, 1 documents open" in answer.output
    assert "gimp does not listen" in answer.output
    server.close()
