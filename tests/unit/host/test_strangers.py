"""The host link before the token was shown, and with peers that stop reading or writing."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator

import pytest

from mgie.host.errors import HostError
from mgie.host.framing import AFTER_TOKEN, MAGIC, PREFIX, FrameReader, Message, encode
from mgie.host.link_server import MAX_PANELS, MAX_STRANGERS, LinkServer
from mgie.host.remote import RemoteHost
from mgie.host.session import HANDSHAKE_S, MAX_UNSENT_BYTES, STALL_S
from support.fake_adapter import FakeAdapter, FakeDocument, FakePreview, FakeServer, NotedPeer, flat_picture

TOKEN = "secret"
GREETING = b"".join(encode(Message({"token": TOKEN, "role": "panel"})))


def frame(header: bytes) -> bytes:
    return PREFIX.pack(MAGIC, 1, b"\0\0\0", len(header), 0) + header


class Clock:
    """Time that the test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Desk:
    """A link_server with a clock of its own."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.adapter = FakeAdapter(a=FakeDocument(flat_picture(64, 64)))
        self.link_server = LinkServer(self.adapter, TOKEN, self.clock)

    def greeted(self) -> NotedPeer:
        peer = NotedPeer()
        self.link_server.open_session(peer).receive(GREETING)
        return peer

    def pass_time(self, seconds: float) -> None:
        """Let time pass as a host's timer sees it."""
        self.clock.now_s += seconds
        self.link_server.poll()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def reason(peer: NotedPeer) -> str:
    """Why the link of a peer was closed."""
    messages = list(FrameReader(AFTER_TOKEN).feed(bytes(peer.sent)))
    return messages[-1].header["reason"] if messages else ""


def test_silent_strangers_do_not_keep_a_panel_out(desk: Desk) -> None:
    strangers = [NotedPeer() for _ in range(3 * MAX_STRANGERS)]
    for stranger in strangers:
        desk.link_server.open_session(stranger)
    assert desk.link_server.has_panel is False
    desk.greeted()
    assert desk.link_server.has_panel
    assert sum(not stranger.is_closed for stranger in strangers) < MAX_STRANGERS


def test_strangers_do_not_count_and_panels_do(desk: Desk) -> None:
    panels = [desk.greeted() for _ in range(MAX_PANELS)]
    late = desk.greeted()
    assert reason(late) == "HOST_BUSY"
    assert late.is_closed
    assert not any(panel.is_closed for panel in panels)


def test_a_handshake_has_a_deadline_however_slowly_it_drips(desk: Desk) -> None:
    silent, dripping, panel = NotedPeer(), NotedPeer(), desk.greeted()
    desk.link_server.open_session(silent)
    session = desk.link_server.open_session(dripping)
    for byte in GREETING[:4]:
        session.receive(bytes([byte]))
        desk.pass_time(HANDSHAKE_S / 3)
    assert silent.is_closed
    assert dripping.is_closed
    assert reason(dripping) == "TIMED_OUT"
    assert not panel.is_closed


@pytest.mark.parametrize(
    "junk",
    [
        frame(b'{"token":"\\ud800","role":"panel"}'),
        frame(json.dumps({"token": "\udfff" * 50, "role": "panel"}).encode()),
        frame(json.dumps({"token": TOKEN, "role": "\ud800"}).encode()),
        frame(b'{"token":1,"role":"panel"}'),
        frame(b'{"token":null}'),
        frame(b"[" * 4000),
        frame(b'{"a":' + b"9" * 4000 + b"}"),
        frame(b"\xff\xfe"),
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack(">4sB3sII", b"MGIE", 1, b"\0\0\0", 2**32 - 1, 0),
    ],
)
def test_whatever_a_stranger_sends_ends_its_own_session_alone(desk: Desk, junk: bytes) -> None:
    for _ in range(2 * MAX_PANELS):
        peer = NotedPeer()
        desk.link_server.open_session(peer).receive(junk)
        assert peer.is_closed
        assert reason(peer)
    desk.greeted()
    assert desk.link_server.has_panel


def test_a_panel_that_does_not_read_is_let_go_and_keeps_no_memory(desk: Desk) -> None:
    panel = NotedPeer()
    session = desk.link_server.open_session(panel)
    session.receive(GREETING)
    panel.reads = False
    panel.unsent = 7
    desk.pass_time(1)
    desk.pass_time(STALL_S - 1)
    assert not panel.is_closed
    desk.pass_time(2)
    assert panel.is_closed
    assert not desk.link_server.has_panel


def test_a_panel_that_reads_slowly_stays(desk: Desk) -> None:
    panel = desk.greeted()
    for unsent in (9000, 5000, 1000):
        panel.unsent = unsent
        desk.pass_time(STALL_S - 1)
    assert not panel.is_closed


def test_a_panel_may_not_ask_for_more_than_it_reads(desk: Desk) -> None:
    panel = NotedPeer()
    session = desk.link_server.open_session(panel)
    session.receive(GREETING)
    panel.unsent = MAX_UNSENT_BYTES + 1
    session.receive(b"".join(encode(Message({"id": 1, "op": "state"}))))
    assert panel.is_closed
    assert reason(panel) == "TOO_LARGE"


def test_an_unfinished_message_ends_the_link_and_its_memory(desk: Desk) -> None:
    panel = NotedPeer()
    session = desk.link_server.open_session(panel)
    session.receive(GREETING)
    session.receive(PREFIX.pack(MAGIC, 1, b"\0\0\0", 2, 1 << 29) + bytes(1 << 20))
    assert session._reader.has_partial
    desk.pass_time(STALL_S + 1)
    assert panel.is_closed
    assert not session._reader.has_partial


class StubbornPreview(FakePreview):
    """A layer that the program does not let go of."""

    def drop(self) -> None:
        raise RuntimeError("the layer is locked")


def test_a_session_frees_its_place_whatever_the_program_raises(desk: Desk) -> None:
    document = desk.adapter.find("a")
    panel = NotedPeer()
    session = desk.link_server.open_session(panel)
    session.receive(GREETING)
    begin = {"id": 1, "op": "begin_preview", "document": "a", "rect": [0, 0, 4, 4], "mask": None}
    session.receive(b"".join(encode(Message({**begin, "name": "x", "keep": False, "above": ""}))))
    (owned,) = desk.link_server._previews.values()
    owned.preview = StubbornPreview(document, owned.preview.rect, None, "x")
    document.previews.append(owned.preview)
    session.end()
    assert panel.is_closed
    assert not desk.link_server.has_panel


@pytest.fixture
def server() -> Iterator[FakeServer]:
    server = FakeServer(FakeAdapter(a=FakeDocument(flat_picture(64, 64))))
    yield server
    server.close()


def test_a_hundred_strangers_on_real_sockets_do_not_disturb_a_panel(server: FakeServer) -> None:
    host = RemoteHost(server.link)
    strangers = [socket.create_connection(("127.0.0.1", server.link.port)) for _ in range(100)]
    for number, stranger in enumerate(strangers):
        stranger.sendall((b"", b"M", frame(b'{"token":"\\ud800"}'), b"junk")[number % 4])
    assert host.read_pixels("a").rect.width == 64
    other = RemoteHost(server.link)
    assert other.state().active == "a"
    deadline = time.monotonic() + 30
    while len(server.link_server._sessions) > MAX_STRANGERS + 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(HostError, match="token"):
        RemoteHost(type(server.link)(**{**vars(server.link), "token": "guess"}))
    for stranger in strangers:
        stranger.close()
    host.close()
    other.close()
