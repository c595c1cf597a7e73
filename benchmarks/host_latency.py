"""From a step of the model to its pixels in a layer of the real GIMP or Krita, through the panel itself.

The panel runs in this process without a screen, the service in a thread with the scripted model of the tests:
the time a model takes to decode its preview is not part of it, everything after it is.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PyQt6.QtWidgets import QApplication

from hosts.program import HostProgram
from mgie.client.local_server import LocalServer
from mgie.host.remote import RemoteHost
from mgie.panel.app import Options, Panel
from mgie.panel.state.job import Outcome
from mgie.panel.state.settings import CUSTOM
from support.fake_editor import FakeEditor, Script
from support.fake_service import fake_settings, running

STEP_S = 0.6  # longer than any latency, so that a picture in the layer belongs to the last step before it
NUM_STEPS = 16
WAIT_S = 60.0


class Arrivals:
    """Notes when the host has answered for a preview, by looking every half millisecond."""

    def __init__(self, host: RemoteHost) -> None:
        self.times_s: list[float] = []  # monotonic
        self._host = host
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="arrivals")
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        was_previewing = False
        while not self._is_over.wait(0.0005):
            is_previewing = self._host.is_previewing
            if was_previewing and not is_previewing:
                self.times_s.append(time.monotonic())
            was_previewing = is_previewing


def step_to_layer_ms(program: HostProgram) -> list[float]:
    """Milliseconds from each step to its preview in the layer, for the open document and its selection.

    The first preview is left out: it also makes the layer.
    """
    app = QApplication.instance() or QApplication(["benchmark", "-platform", "offscreen"])
    assert isinstance(app, QApplication)
    assert program.link_file is not None
    editor = FakeEditor(Script(step_s=STEP_S, native_size_px=512))
    with tempfile.TemporaryDirectory(prefix="mgie-latency-") as folder:
        service, state = Path(folder, "server"), Path(folder, "panel")
        service.mkdir()
        with running(editor, fake_settings(service)):
            host = RemoteHost.from_file(program.link_file)
            options = Options(state_folder=state, wants_embedding=False)
            panel = Panel(app, host, lambda _: LocalServer(service), options)
            arrivals = Arrivals(host)
            try:
                run_edit(app, panel)
            finally:
                arrivals.close()
                panel.close()
                panel.window.close()
    steps_s = editor.seen.step_times
    return [
        (arrived - max(step for step in steps_s if step <= arrived)) * 1000
        for arrived in arrivals.times_s[1:]
    ]


def run_edit(app: QApplication, panel: Panel) -> None:
    """One edit, as by the panel's own button, until its result is a layer."""
    session = panel.session
    panel.start()
    wait(app, lambda: session.state.host.target is not None and session.state.backend.link.value == "ready")
    session.choose_settings(
        replace(session.state.settings, preset=CUSTOM, options={"num_inference_steps": NUM_STEPS})
    )
    session.type_instruction("make it brighter")
    session.act()
    wait(app, lambda: any(finished.outcome is Outcome.PLACED for finished in session.state.finished))


def wait(app: QApplication, claim: Callable[[], bool]) -> None:
    """Let the panel work until `claim` holds."""
    end_s = time.monotonic() + WAIT_S
    while not claim():
        if time.monotonic() > end_s:
            raise TimeoutError(f"the panel did not get on within {WAIT_S:g} s")
        app.processEvents()
        time.sleep(0.001)
