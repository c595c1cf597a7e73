"""A real GIMP or Krita in its Debian root, on a virtual screen, with the adapter installed.

The program runs in a mount namespace of its own: /proc, the run's folder at the same path as outside, and the
machine's root at /machine, through which the host starts the panel from this environment.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mgie.host.errors import HostError
from mgie.host.install import install, plan_install
from mgie.host.install_paths import HostProfile
from mgie.host.launcher import Installed
from mgie.host.remote import RemoteHost

DRIVERS = Path(__file__).parent / "drivers"
ROOTS = Path(os.environ.get("MGIE_HOSTS_DIR", Path.home() / ".cache" / "mgie-hosts"))
START_TIMEOUT_S = 240.0  # a busy machine takes a minute and a half
ProgramName = Literal["gimp", "krita"]


def why_not(suite: str) -> str:
    """Why the programs of a suite cannot run here; empty when they can."""
    if not (ROOTS / suite / ".ready").exists():
        return f"no {suite} root in {ROOTS}; run `make hosts`"
    for tool in ("Xvfb", "openbox", "xdotool", "unshare", "import"):
        if shutil.which(tool) is None:
            return f"{tool} is missing; run `make hosts`"
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        return "mount namespaces are not allowed here; run as root"
    return ""


def wait_until(claim: Callable[[], bool], timeout_s: float, what: str) -> None:
    """Return as soon as `claim` holds; fail with `what` after the timeout."""
    end = time.monotonic() + timeout_s
    while not claim():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {timeout_s:g} s")
        time.sleep(0.05)


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def ask(driver: socket.socket, code: str) -> dict[str, Any] | None:
    """Have a driver execute code; its answer holds the `result` of it. None where the program ended."""
    driver.sendall(json.dumps({"code": code}).encode() + b"\n")
    answer = bytearray()
    while not answer.endswith(b"\n"):
        data = driver.recv(1 << 20)
        if not data:
            return None
        answer += data
    value = json.loads(answer)
    if "error" in value:
        raise AssertionError(value["error"])
    return value


@dataclass
class Screen:
    """A virtual X screen with a window manager."""

    display: str

    def xdotool(self, *arguments: str) -> str:
        """Act as the artist's keyboard and mouse."""
        command = ["xdotool", *arguments]
        environ = {**os.environ, "DISPLAY": self.display}
        return subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout

    def windows(self, name: str) -> list[str]:
        """Ids of the visible windows whose title matches a regular expression."""
        command = ["xdotool", "search", "--onlyvisible", "--name", name]
        environ = {**os.environ, "DISPLAY": self.display}
        return subprocess.run(
            command, env=environ, check=False, capture_output=True, text=True
        ).stdout.split()

    def window(self, name: str) -> str:
        """The id of such a window, as soon as there is one."""
        wait_until(lambda: bool(self.windows(name)), 30, f"a window named {name}")
        return self.windows(name)[-1]

    def screenshot(self, path: Path) -> None:
        """The whole screen as PNG."""
        command = ["import", "-display", self.display, "-window", "root", str(path)]
        subprocess.run(command, check=True, capture_output=True)


@contextmanager
def virtual_screen() -> Iterator[Screen]:
    """Xvfb and openbox; reached from the root through the abstract socket."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    server = subprocess.Popen(
        command, pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(writer)
    with os.fdopen(reader) as pipe:
        display = ":" + pipe.readline().strip()
    environ = {**os.environ, "DISPLAY": display}
    manager = subprocess.Popen(["openbox"], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield Screen(display)
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait(10)


class HostProgram:
    """A running host. `run` executes code inside it, `connect` opens the adapter's link."""

    def __init__(
        self, name: ProgramName, suite: str, home: Path, screen: Screen, locale: str = "C.UTF-8"
    ) -> None:
        """locale: others than C.UTF-8 need `prepare.sh --languages`."""
        self.name = name
        self.home = home
        self.screen = screen
        self.locale = locale
        self._root = ROOTS / suite
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._driver: socket.socket | None = None

    @property
    def profile(self) -> HostProfile:
        """Where the adapter is installed."""
        if self.name == "gimp":
            return HostProfile(program="gimp", version="", package="given", folder=self.home / "gimp")
        folder, config = self.home / ".local/share/krita", self.home / ".config/kritarc"
        return HostProfile(program="krita", version="", package="given", folder=folder, config=config)

    def install(self) -> None:
        """Install the adapter, whose panel runs in this environment, and the test driver."""
        wrapper = self.home / "python-of-the-machine"
        # The interpreter lies outside of the root: leave it through the bound root of the machine.
        driver = self.home / "panel_driver"
        command = f'PYTHONPATH={driver} exec chroot /machine {sys.executable} "$@"'
        wrapper.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
        wrapper.chmod(0o755)
        shutil.copytree(DRIVERS / "panel_driver", driver)
        shutil.copy(DRIVERS / "driver_core.py", driver)
        install(plan_install(self.profile, Installed(interpreter=str(wrapper), version="test")))
        if self.name == "gimp":
            folder = self.home / "gimp" / "plug-ins" / "mgie-driver"
            folder.mkdir(parents=True)
            shutil.copy(DRIVERS / "gimp_driver.py", folder / "mgie-driver.py")
            (folder / "mgie-driver.py").chmod(0o755)
            self._write_gimprc()
        else:
            folder = self.profile.folder / "pykrita"
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copytree(DRIVERS / "krita_driver", folder / "krita_driver")
            shutil.copy(DRIVERS / "krita_driver.desktop", folder)
            folder = folder / "krita_driver"
            kritarc = self.home / ".config/kritarc"
            text = kritarc.read_text(encoding="utf-8")
            kritarc.write_text(
                text.replace("[python]\n", "[python]\nenable_krita_driver=true\n"), encoding="utf-8"
            )
        shutil.copy(DRIVERS / "driver_core.py", folder)

    def _write_gimprc(self) -> None:
        version = (self._root / ".ready").read_text().split("gimp ")[1].split("-")[0]
        lines = ["(show-welcome-dialog no)", "(check-updates no)", f'(config-version "{version}")']
        (self.home / "gimp" / "gimprc").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def start(self) -> None:
        """Start the program and wait until driver and adapter answer."""
        arguments = {"gimp": ["gimp", "--no-splash"], "krita": ["krita", "--nosplash"]}[self.name]
        for link in self._links():
            link.unlink()  # of a program that was killed: nobody listens there any more
        (self._root / self.home.relative_to("/")).mkdir(parents=True, exist_ok=True)
        setup = (
            'mount -t proc proc "$0/proc" && mount --rbind / "$0/machine" && mount --bind "$1" "$0$1" && '
            'shift && exec chroot "$0" "$@"'
        )
        environ = {
            "DISPLAY": self.screen.display,
            "HOME": str(self.home),
            "LANG": self.locale,
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
            "XDG_RUNTIME_DIR": str(self.home),
            "GIMP3_DIRECTORY": str(self.home / "gimp"),
            "MGIE_DRIVER_PORT": str(self._port),
            "NO_AT_BRIDGE": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [
            "unshare",
            "-m",
            "--propagation",
            "private",
            "sh",
            "-c",
            setup,
            str(self._root),
            str(self.home),
        ]
        command += ["env", "-i", *(f"{key}={value}" for key, value in environ.items()), *arguments]
        with (self.home / "program.log").open("ab") as output:
            self._process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        wait_until(self._has_driver, START_TIMEOUT_S, f"the start of {self.name}")
        wait_until(lambda: self.link_file is not None, START_TIMEOUT_S, "the start of the adapter")
        wait_until(self._has_window, START_TIMEOUT_S, f"the window of {self.name}")

    def _has_window(self) -> bool:
        if self.name == "gimp":
            return bool(self.screen.windows("GNU Image Manipulation Program|GIMP"))
        code = "window = app.activeWindow(); result = bool(window and window.qwindow().isVisible())"
        return bool(self.run(code))

    def _has_driver(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"{self.name} ended at its start: {self.log()[-2000:]}")
        try:
            self._driver = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        except OSError:
            return False
        return True

    @property
    def link_file(self) -> Path | None:
        """What the adapter wrote for the panel."""
        return max(self._links(), key=lambda path: path.stat().st_mtime_ns, default=None)

    def _links(self) -> list[Path]:
        return list((self.home / ".local/state/mgie/links").glob("*.json"))

    def connect(self, role: str = "panel") -> RemoteHost:
        """Open the adapter's link as a panel does."""
        assert self.link_file is not None, f"{self.name} has no link file: its adapter has ended"
        return RemoteHost.from_file(self.link_file, role=role, timeout_s=30)

    def run(self, code: str) -> Any:
        """Execute code inside the program and return what it set as `result`."""
        assert self._driver is not None
        answer = ask(self._driver, code)
        if answer is None:
            raise AssertionError(f"{self.name} ended during a test: {self.log()[-2000:]}")
        return answer["result"]

    @property
    def is_running(self) -> bool:
        """Whether the program has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def ailment(self) -> str:
        """What is wrong with it: it ended by itself, or its adapter serves no more. Empty when well."""
        if self._process is None:
            return ""  # killed on purpose
        if self._process.poll() is not None:
            return f"{self.name} ended with status {self._process.returncode}"
        try:
            self.connect(role="probe").close()
        except (HostError, AssertionError) as error:
            return f"the adapter in {self.name} serves no more: {error}"
        return ""

    def log(self) -> str:
        """What the program has printed."""
        path = self.home / "program.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def kill(self) -> None:
        """End it as a crash would."""
        if self._driver is not None:
            self._driver.close()
            self._driver = None
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(60)
            self._process = None
