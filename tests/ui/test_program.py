"""The panel as a program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from mgie.panel.unix_signals import ended_by_signals


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_mgie_panel_tells_what_it_takes_and_loads_no_model() -> None:
    code = (
        "import sys; from mgie.cli.main import cli\n"
        "try: cli(['panel', '--help'])\n"
        "finally: print('torch' in sys.modules, 'diffusers' in sys.modules)"
    )
    done = _run("-c", code)
    assert done.returncode == 0, done.stderr
    assert "--connect LINK" in done.stdout
    assert done.stdout.rstrip().endswith("False False")


def test_a_fault_in_a_slot_does_not_end_the_panel() -> None:
    code = (
        "import sys\n"
        "from PyQt6.QtCore import QCoreApplication, QTimer\n"
        "from mgie.panel.program import log_fault\n"
        "sys.excepthook = log_fault\n"
        "app = QCoreApplication([])\n"
        "QTimer.singleShot(0, lambda: 1 / 0)\n"
        "QTimer.singleShot(50, app.quit)\n"
        "app.exec(); print('went on')\n"
    )
    done = _run("-c", code)
    assert (done.returncode, done.stdout.strip()) == (0, "went on")
    assert "ZeroDivisionError" in done.stderr
    assert _run("-c", code.replace("sys.excepthook = log_fault\n", "")).returncode < 0  # what PyQt does


def test_a_link_to_a_host_that_has_ended_is_told_in_a_sentence(tmp_path: Path) -> None:
    done = _run("-m", "mgie.panel", "--connect", str(tmp_path / "gimp-1.json"))
    assert done.returncode == 1
    assert "has ended" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_terminated_panel_ends_like_a_closed_one(bench) -> None:
    """A session that ends sends SIGTERM: drafts are written, the loop is left."""
    bench.start()
    bench.panel.window.instruction.edit.setPlainText("half a sentence")
    ended: list[bool] = []

    def end() -> None:
        bench.panel.close()
        ended.append(True)

    with ended_by_signals(end):
        os.kill(os.getpid(), signal.SIGTERM)
        bench.wait(lambda: bool(ended))
    assert "half a sentence" in next(bench.folder.glob("panel-*.json")).read_text(encoding="utf-8")


def test_a_server_that_is_not_remembered_is_told_in_a_sentence() -> None:
    done = _run("-m", "mgie.panel", "--server", "no-such-server")
    assert done.returncode == 1
    assert "no-such-server" in done.stderr
    assert "Traceback" not in done.stderr
