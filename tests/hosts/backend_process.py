"""The real service around the tiny networks, as a process that can be killed.

`python backend_process.py STATE_DIR SECONDS_PER_STEP`
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from hosts.program import wait_until
from mgie.client.discovery import read_discovery

TESTS = Path(__file__).parents[1]


class SlowEditor:
    """The tiny networks with a pause after every step, so that there is time to stop them."""

    def __init__(self, editor, step_s: float) -> None:
        self._editor = editor
        self._step_s = step_s

    def __getattr__(self, name: str):
        return getattr(self._editor, name)

    def sample(self, requests, options):
        steps = self._editor.sample(requests, options)
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                return end.value
            time.sleep(self._step_s)
            yield step


def main() -> None:
    """Serve until killed."""
    from mgie.server.lifecycle import serve
    from support.fake_service import OneModel, fake_settings, lane_of
    from support.tiny import tiny_editor

    editor = SlowEditor(tiny_editor(), float(sys.argv[2]))
    settings = fake_settings(Path(sys.argv[1]), model=editor.info.id)
    asyncio.run(serve(settings, registry=OneModel(editor), lanes=[lane_of(editor, settings)]))


@contextmanager
def backend(home: Path, step_s: float):
    """A backend where the panel of a host with this home looks for it, instead of any that runs there."""
    stop_backend_of(home)
    folder = home / ".local/state/mgie/server"
    folder.mkdir(parents=True, exist_ok=True)
    environ = {**os.environ, "PYTHONPATH": str(TESTS)}
    process = subprocess.Popen([sys.executable, __file__, str(folder), str(step_s)], env=environ)
    try:
        wait_until(lambda: _running_pid(home) == process.pid, 240, "the backend's start")
        yield process
    finally:
        process.kill()
        process.wait(10)


def stop_backend_of(home: Path) -> None:
    """End the backend that a panel started by itself, and wait until it is gone."""
    pid = _running_pid(home)
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        wait_until(lambda: _running_pid(home) != pid, 60, "the end of the backend")


def _running_pid(home: Path) -> int | None:
    """The process of the backend that answers there."""
    found = read_discovery(home / ".local/state/mgie/server")
    return None if found is None else found.pid


if __name__ == "__main__":
    main()
