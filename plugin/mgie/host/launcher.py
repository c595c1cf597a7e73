"""Starts the panel from inside a host, with the interpreter that `mgie install` wrote beside the adapter."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mgie.host.appearance import Appearance

log = logging.getLogger(__name__)

SETTINGS_NAME = "installed.json"
_UNTOLD = Appearance()
GRACE_S = 30.0  # a panel that ends this soon has failed to start
# What hosts in bundles set for their own libraries; the panel's interpreter must not load those.
HOST_ONLY = (
    "GDK_PIXBUF_MODULEDIR",
    "GDK_PIXBUF_MODULE_FILE",
    "GIO_EXTRA_MODULES",
    "GI_TYPELIB_PATH",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONNOUSERSITE",
    "QML2_IMPORT_PATH",
    "QT_PLUGIN_PATH",
    "QT_QPA_PLATFORM_PLUGIN_PATH",
)


@dataclass(frozen=True, kw_only=True)
class Installed:
    """What `mgie install` noted beside an adapter."""

    interpreter: str  # of the environment that holds the panel
    version: str  # of this project


def read_installed(folder: Path) -> Installed | None:
    """The note in an adapter's folder; None when there is none or it is damaged."""
    try:
        value = json.loads((folder / SETTINGS_NAME).read_text(encoding="utf-8"))
        return Installed(interpreter=str(value["interpreter"]), version=str(value["version"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("no usable %s: %s", SETTINGS_NAME, error)
        return None


def panel_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The host's environment without what is meant for the host's own libraries."""
    return {name: value for name, value in environ.items() if name not in HOST_ONLY}


class PanelLauncher:
    """Starts one panel at a time and notices when it could not start."""

    def __init__(self, folder: Path, link_file: Path) -> None:
        self._folder = folder
        self._link_file = link_file
        self._process: subprocess.Popen[bytes] | None = None
        self._started_s = 0.0

    def start(self, environ: Mapping[str, str], appearance: Appearance = _UNTOLD) -> str:
        """Start the panel unless one is on its way. Returns a sentence for the artist when that fails.

        appearance: of the host, so that the panel matches it.
        """
        if self._process is not None and self._process.poll() is None:
            return ""
        installed = read_installed(self._folder)
        if installed is None:
            return "The plug-in does not know where MGIE is installed. Run `mgie install` again."
        command = [installed.interpreter, "-m", "mgie.panel", "--connect", str(self._link_file)]
        command += appearance.arguments()
        log_path = self._link_file.with_suffix(".log")
        try:
            with log_path.open("wb") as output:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=panel_environment(environ),
                    start_new_session=os.name == "posix",
                )
        except OSError as error:
            return f"MGIE's panel could not be started: {error}. Run `mgie install` again."
        self._started_s = time.monotonic()
        log.info("panel started pid=%d", self._process.pid)
        return ""

    def failure(self) -> str:
        """A sentence for the artist, once, when the panel ended right after its start."""
        process = self._process
        if process is None or process.poll() is None:
            return ""
        self._process = None
        if process.returncode == 0 or time.monotonic() - self._started_s > GRACE_S:
            return ""
        return (
            f"MGIE's panel ended at once with status {process.returncode}. "
            f"{self._link_file.with_suffix('.log')} says why; `mgie doctor` may help."
        )
