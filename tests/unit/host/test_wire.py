"""Frames survive any cutting, and anything else closes the link with a reason."""

import json
import random
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgie.api.rect import Rect
from mgie.host.channel import Channel
from mgie.host.errors import HostError
from mgie.host.framing import AFTER_TOKEN, BEFORE_TOKEN, MAGIC, PREFIX, FrameReader, Limits, Message, encode
from mgie.host.link_server import LinkServer
from mgie.host.messages import rect_from_json
from support.fake_adapter import FakeAdapter, FakeDocument, NotedPeer, flat_picture

NUM_FUZZ_FRAMES = 100_000
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


def frame(header: bytes, body: bytes = b"", version: int = 1, padding: bytes = b"\0\0\0") -> bytes:
    return PREFIX.pack(MAGIC, version, padding, len(header), len(body)) + header + body


@given(
    header=st.dictionaries(st.text(max_size=8).filter(lambda key: key != "parts"), json_values, max_size=5),
    parts=st.lists(st.binary(max_size=50), max_size=4),
    cuts=st.lists(st.integers(1, 40), min_size=1, max_size=20),
)
def test_a_message_comes_out_as_it_went_in_however_it_is_cut(
    header: dict[str, object], parts: list[bytes], cuts: list[int]
) -> None:
    data = b"".join(encode(Message(header, tuple(parts)))) * 2
    reader = FrameReader(AFTER_TOKEN)
    seen: list[Message] = []
    while data:
        size = cuts[len(data) % len(cuts)]
        seen += reader.feed(data[:size])
        data = data[size:]
    assert seen == [Message(header, tuple(parts))] * 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GET / HTTP/1.1\r\n", "WIRE_BROKEN"),
        (b"M", None),
        (b"MX", "WIRE_BROKEN"),
        (frame(b"{}", version=2), "VERSION_MISMATCH"),
        (frame(b"{}", padding=b"\0\1\0"), "WIRE_BROKEN"),
        (frame(b"not json"), "WIRE_BROKEN"),
        (frame(b"\xff\xfe{}"), "WIRE_BROKEN"),
        (frame(b"[]"), "WIRE_BROKEN"),
        (frame(b'{"a": NaN}'), "WIRE_BROKEN"),
        (frame(b'{"a": ' + b"[" * 500_000 + b"}"), "WIRE_BROKEN"),
        (frame(b'{"a": ' + b"9" * 10_000 + b"}"), "WIRE_BROKEN"),
        (frame(b'{"parts": [3]}', b"ab"), "WIRE_BROKEN"),
        (frame(b'{"parts": [-1, 3]}', b"ab"), "WIRE_BROKEN"),
        (frame(b'{"parts": [true, 1]}', b"ab"), "WIRE_BROKEN"),
        (frame(b'{"parts": 2}', b"ab"), "WIRE_BROKEN"),
        (frame(b"{}", b"ab"), "WIRE_BROKEN"),
        (PREFIX.pack(MAGIC, 1, b"\0\0\0", 1 << 21, 0), "TOO_LARGE"),
        (PREFIX.pack(MAGIC, 1, b"\0\0\0", 2, (1 << 30) + 1), "TOO_LARGE"),
    ],
)
def test_what_is_no_frame_is_refused_with_a_reason(data: bytes, reason: str | None) -> None:
    reader = FrameReader(AFTER_TOKEN)
    if reason is None:
        assert list(reader.feed(data)) == []
        return
    with pytest.raises(HostError) as caught:
        list(reader.feed(data))
    assert caught.value.reason == reason


def test_a_stranger_may_not_announce_a_body() -> None:
    with pytest.raises(HostError, match="over the limit"):
        list(FrameReader(BEFORE_TOKEN).feed(PREFIX.pack(MAGIC, 1, b"\0\0\0", 2, 1)))


def test_limits_are_judged_before_the_bytes_arrive() -> None:
    reader = FrameReader(Limits(max_header_bytes=10, max_body_bytes=10))
    with pytest.raises(HostError):
        list(reader.feed(PREFIX.pack(MAGIC, 1, b"\0\0\0", 11, 0)))


def malformed(generator: random.Random) -> bytes:
    """A frame that is damaged somewhere, or whole but senseless."""
    ops = [
        "state",
        "layers",
        "open_picture",
        "read_strip",
        "push_preview",
        "place_results",
        "begin_preview",
        7,
    ]
    header: dict[str, object] = {"id": generator.choice([1, "1", None, -1, 1e9]), "op": generator.choice(ops)}
    for key in (
        "document",
        "rect",
        "picture",
        "mask",
        "placements",
        "name",
        "format",
        "layer",
        "event",
        "keep",
    ):
        if generator.random() < 0.5:
            junk = [
                None,
                "a",
                3,
                [],
                {},
                [1, 2, 3, 4],
                [0, 0, -1, 9],
                [{}],
                True,
                2**70,
                {"rect": [0, 0, 1, 1]},
            ]
            header[key] = generator.choice(junk)
    body = generator.randbytes(generator.choice([0, 0, 3, 400]))
    if body:
        header["parts"] = generator.choice([[len(body)], [1, len(body) - 1], [5], [], "x", [-1]])
    data = bytearray(frame(json.dumps(header).encode(), body))
    for _ in range(generator.choice([0, 0, 1, 3])):
        data[generator.randrange(len(data))] = generator.randrange(256)
    if generator.random() < 0.1:
        del data[generator.randrange(len(data)) :]
    return bytes(data) if generator.random() < 0.95 else generator.randbytes(generator.randrange(1, 200))


@pytest.mark.slow
def test_a_host_survives_malformed_frames_and_says_why_it_closes() -> None:
    """Every frame is answered, waited upon, or closes the link and names a reason."""
    generator = random.Random(7)
    link_server = LinkServer(FakeAdapter(a=FakeDocument(flat_picture(4, 4))), "secret")
    greeting = b"".join(encode(Message({"token": "secret", "role": "panel"})))
    num_closed = 0
    for i in range(NUM_FUZZ_FRAMES):
        peer = NotedPeer()
        session = link_server.open_session(peer)
        if i % 4:
            session.receive(greeting)
        session.receive(malformed(generator))
        replies = list(FrameReader(AFTER_TOKEN).feed(bytes(peer.sent)))
        if peer.is_closed:
            num_closed += 1
            assert replies[-1].header["event"] == "closed"
            assert replies[-1].header["reason"]
        session.end()
    assert 0 < num_closed < NUM_FUZZ_FRAMES
    assert not link_server.has_panel


def test_a_panel_survives_malformed_frames() -> None:
    """Whatever a host sends, reading it ends in a message, in waiting, or in a HostError."""
    generator = random.Random(8)
    num_refused = 0
    ours, theirs = socket.socketpair()
    for _ in range(NUM_FUZZ_FRAMES):
        channel = Channel(ours, 1.0, lambda event: None)
        try:
            channel.receive(malformed(generator))
        except HostError:
            num_refused += 1
    ours.close()
    theirs.close()
    assert 0 < num_refused < NUM_FUZZ_FRAMES


@pytest.mark.parametrize(
    "numbers",
    [[0, 0, -1, 9], [0, 0, 1 << 20, 1], [1 << 20, 0, 1, 1], [0, 0, 1], [0, 0, 1, 1.5], [0, 0, 1, True]],
)
def test_a_rectangle_no_canvas_can_have_is_refused(numbers: list[object]) -> None:
    with pytest.raises(HostError) as caught:
        rect_from_json(numbers)
    assert caught.value.reason == "BAD_REQUEST"


def test_an_empty_rectangle_crosses_the_link() -> None:
    assert rect_from_json([-5, 3, 0, 0]) == Rect(-5, 3, 0, 0)
