"""A model from the page to an edit, in the real programs: fetched over a bad line, chosen, left again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from hosts.artists import Artist, wait_for_documents
from hosts.backend_process import stop_backend_of
from hosts.panels import Panel, drafts, end_panel, fresh_panel, photo
from hosts.program import HostProgram, wait_until
from mgie.client.discovery import read_discovery
from mgie.weights.pull_state import received_bytes
from support.tiny_hub import tiny_hub

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(900)]

# From the page's first button: import, free, then those of the models (tests/ui/test_models.py).
TABS_TO_GET_TINY = 6  # after load and verify of mgie-mini
TABS_TO_CHOOSE_TINY = 4  # installed, it comes first
TABS_TO_CHOOSE_MINI = 5  # after verify of "tiny", which is loaded


@contextmanager
def server(home: Path, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    """`mgie serve` where the panel of a host with this home looks for it; its supervisor's process."""
    stop_backend_of(home)
    folder = home / ".local/state/mgie/server"
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "mgie.cli", "serve", "--state-dir", str(folder), "--no-preload"]
    process = subprocess.Popen(command, env={**os.environ, **environ})
    try:
        wait_until(lambda: pid_of(home, process) is not None, 240, "the backend")
        yield process
    finally:
        process.kill()
        process.wait(10)


def pid_of(home: Path, supervisor: subprocess.Popen[bytes]) -> int | None:
    """The process that answers there for a supervisor; None while none does."""
    assert supervisor.poll() is None, "the panel's own backend was faster"
    found = read_discovery(home / ".local/state/mgie/server")
    with suppress(psutil.NoSuchProcess):
        return found.pid if found and psutil.Process(found.pid).ppid() == supervisor.pid else None
    return None


def crash(home: Path, supervisor: subprocess.Popen[bytes]) -> None:
    """Let the backend crash as by a fault in a library, and wait until it is there again.

    Its supervisor starts it again at once, before the panel has missed it: what the panel starts would not
    know the hub of this test.
    """
    pid = pid_of(home, supervisor)
    assert pid is not None
    os.kill(pid, signal.SIGSEGV)
    wait_until(lambda: pid_of(home, supervisor) not in (None, pid), 240, "the backend after its crash")


def press_on_page(panel: Panel, num_tabs: int) -> None:
    """Open the page of models anew, go to one of its buttons, press it."""
    panel.press("Escape")
    panel.press("ctrl+shift+m")
    time.sleep(3)
    for _ in range(num_tabs):
        panel.program.screen.xdotool("key", "Tab")
        time.sleep(0.2)
    panel.program.screen.xdotool("key", "space")


def model_of_document(program: HostProgram) -> str:
    """What the panel has written down as the model of the only document."""
    return next(iter(drafts(program).get("named_models", {}).values()), "")


def test_a_model_is_fetched_chosen_edits_and_is_left_again(
    program: HostProgram, artist: Artist, tmp_path: Path
) -> None:
    artist.open_photo(str(photo(program.home / "photo.png")))
    artist.select_ellipse()
    wait_for_documents(program, 1)
    panel, models = fresh_panel(program), tmp_path / "models"
    with tiny_hub(tmp_path / "hub") as (hub, sources):
        environ = {"MGIE_SOURCES": str(sources), "HF_ENDPOINT": hub.url, "MGIE_MODELS_DIR": str(models)}
        clip = {path: hub.files.pop(path) for path in list(hub.files) if "clip-vit" in path}
        hub.break_after = [1000]
        with server(program.home, **environ) as supervisor:
            panel.open()
            press_on_page(panel, TABS_TO_GET_TINY)
            time.sleep(2)
            assert hub.requests == []  # the licence is shown first, its button has the keyboard
            panel.program.screen.xdotool("key", "space")
            wait_until(lambda: any("clip-vit" in path for _, path, _ in hub.requests), 120, "the download")
            wait_until(lambda: received_bytes(models, "tiny") > 10_000, 60, "what came")
            time.sleep(2)  # the last part is not to be had, the work ends
            crash(program.home, supervisor)
            hub.files |= clip
            hub.requests.clear()
            time.sleep(8)  # the panel finds it
            press_on_page(panel, TABS_TO_GET_TINY)
            wait_until(lambda: (models / "tiny" / "model.json").is_file(), 120, "the installed model")
            fetched = [path for _, path, _ in hub.requests if "/resolve/" in path]
            assert fetched
            assert all("clip-vit" in path for path in fetched)  # the rest was kept
            time.sleep(2)
            program.screen.screenshot(program.home / "models.png")
            press_on_page(panel, TABS_TO_CHOOSE_TINY)
            wait_until(lambda: model_of_document(program) == "tiny", 30, "the choice")
            panel.edit("make it red")
            wait_until(lambda: len(artist.provenance()) == 1, 120, "the result's layer")
            assert '"tiny"' in artist.provenance()[0]
            press_on_page(panel, TABS_TO_CHOOSE_MINI)
            wait_until(lambda: model_of_document(program) == "mgie-mini", 30, "the way back")
            panel.edit("make it warmer")
            wait_until(lambda: len(artist.provenance()) == 2, 180, "the second result's layer")
            assert any('"mgie-mini"' in provenance for provenance in artist.provenance())
            end_panel(program.home)  # else it would start a backend of its own
