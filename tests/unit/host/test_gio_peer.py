"""GIMP's end of the link on a real GLib loop, in a process of the system's Python, which has its bindings."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mgie.host.connection_file import Link
from mgie.host.framing import Message, encode
from mgie.host.remote import RemoteHost

ROOT = Path(__file__).parents[3]
PYTHON = "/usr/bin/python3"
HAS_GI = subprocess.run([PYTHON, "-c", "from gi.repository import Gio"], capture_output=True, check=False)

pytestmark = pytest.mark.skipif(HAS_GI.returncode != 0, reason=f"{PYTHON} has no GLib bindings (python3-gi)")


@pytest.fixture
def link() -> Iterator[Link]:
    """A host with a picture of 16 MB."""
    path = os.pathsep.join(str(ROOT / folder) for folder in ("plugin", "backend", "tests"))
    process = subprocess.Popen(
        [PYTHON, "-m", "support.gio_server"],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    port, token = process.stdout.readline().split()
    yield Link(program="gimp", pid=process.pid, port=int(port), token=token)
    process.stdin.close()
    process.stdout.close()
    assert process.wait(20) == 0


def test_a_whole_picture_comes_unharmed(link: Link) -> None:
    host = RemoteHost(link)
    picture = host.read_pixels("a")
    assert picture.pixels == b"\x40\x80\xc0\xff" * (2048 * 2048)
    host.close()


def test_a_panel_that_does_not_read_holds_up_nobody(link: Link) -> None:
    """It asks for 128 MB and reads nothing: another panel is answered, and the first one is let go."""
    stuck = socket.create_connection(("127.0.0.1", link.port))
    opening = {"id": 1, "op": "open_picture", "document": "a", "layer": ""}
    strip = {"op": "read_strip", "picture": 1, "rect": [0, 0, 2048, 1024]}
    messages = [{"token": link.token, "role": "panel"}, opening, *({"id": i, **strip} for i in range(2, 18))]
    stuck.sendall(b"".join(chunk for message in messages for chunk in encode(Message(message))))
    start = time.monotonic()
    host = RemoteHost(link)
    assert host.state().active == "a"
    host.close()
    assert time.monotonic() - start < 10
    stuck.settimeout(20)
    num_read = 0
    while data := stuck.recv(1 << 20):  # what was under way, then the end
        num_read += len(data)
    assert num_read < 128 << 20
    stuck.close()


def test_a_link_that_is_refused_says_why(link: Link) -> None:
    with socket.create_connection(("127.0.0.1", link.port)) as stranger:
        stranger.sendall(b"".join(encode(Message({"token": "guess", "role": "panel"}))))
        stranger.settimeout(20)
        answer = b""
        while data := stranger.recv(4096):
            answer += data
    assert b"TOKEN_REFUSED" in answer
