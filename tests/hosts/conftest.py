"""One GIMP and one Krita for all tests of a run; each test opens and closes its own documents."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from hosts.artists import Artist, artist_of, wait_for_documents
from hosts.backend_process import stop_backend_of
from hosts.program import HostProgram, virtual_screen, why_not
from mgie.host.remote import RemoteHost
from mgie.host.types import DocumentInfo

SUITE = os.environ.get("MGIE_HOSTS_SUITE", "trixie")


@pytest.fixture(scope="session")
def programs() -> dict[str, HostProgram]:
    """Programs that were asked for; they keep running until the end."""
    reason = why_not(SUITE)
    if reason:
        pytest.skip(reason)
    return {}


def start(
    name: str, programs: dict[str, HostProgram], stack: list[ExitStack], folders: pytest.TempPathFactory
) -> HostProgram:
    """The running program of this name, started on its own screen at first use."""
    if name in programs:
        if not programs[name].is_running:
            programs[name].start()  # in the same profile
        return programs[name]
    holder = ExitStack()
    stack.append(holder)
    # /tmp/pytest-of-USER/pytest-N/krita0: with .local/state/mgie/server/mgie.sock below it some 80 of the 107
    # bytes that a Unix socket may have.
    home = folders.mktemp(name)
    program = HostProgram(name, SUITE, home, holder.enter_context(virtual_screen()))  # type: ignore[arg-type]
    holder.callback(stop_backend_of, home)
    holder.callback(program.kill)
    program.install()
    programs[name] = program
    program.start()
    return program


@pytest.fixture(scope="session")
def screens() -> Iterator[list[ExitStack]]:
    """Screens and folders of the started programs."""
    stacks: list[ExitStack] = []
    yield stacks
    for stack in stacks:
        stack.close()


@pytest.fixture(params=["gimp", "krita"])
def program(
    request: pytest.FixtureRequest,
    screens: list[ExitStack],
    programs: dict[str, HostProgram],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[HostProgram]:
    """A program that is well; the test that leaves it ill fails, and the next one gets it started anew."""
    program = start(request.param, programs, screens, tmp_path_factory)
    yield program
    ailment = program.ailment
    if ailment:
        program.kill()
        pytest.fail(f"{ailment}\n{program.log()[-2000:]}")


@pytest.fixture
def artist(program: HostProgram) -> Iterator[Artist]:
    """An artist with an empty program; what is open afterwards gets closed."""
    artist = artist_of(program)
    yield artist
    if program.is_running:
        artist.close_document()
        wait_for_documents(program, 0)


@pytest.fixture
def host(program: HostProgram, artist: Artist) -> Iterator[RemoteHost]:
    """The adapter's link, as a panel holds it; it ends before the documents close."""
    host = program.connect()
    yield host
    host.close()


@pytest.fixture
def document(artist: Artist, host: RemoteHost) -> DocumentInfo:
    """A 16-bit document in a wide-gamut profile, with a feathered ellipse selected."""
    _, precision, profile = artist.formats[1]
    artist.new_document(precision, profile)
    artist.select_ellipse()
    wait_for_documents(artist.program, 1)
    found = host.state().active_document
    assert found is not None
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Keep a picture of the screen where a test in a real program failed."""
    report = yield
    program = getattr(item, "funcargs", {}).get("program")
    if report.failed and isinstance(program, HostProgram):
        folder = Path(__file__).parents[2] / "out" / "hosts"
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(OSError, subprocess.SubprocessError):  # a screen that is gone must not end the run
            program.screen.screenshot(folder / (item.name.replace("[", "-").rstrip("]") + ".png"))
        report.sections.append(("Program", program.log()[-3000:]))
    return report
