"""Frames on the local socket between panel and host: a JSON header and binary parts, bounded and versioned.

    magic "MGIE" | version u8 | 3 zero bytes | header length u32 | body length u32 | header | body

Numbers are big-endian. The header is a JSON object; its "parts" lists the lengths of the binary parts that
make up the body.
No input or output happens here: bytes go in, messages come out.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from mgie.host.errors import HostError

WIRE_VERSION = 1
MAGIC = b"MGIE"
PREFIX = struct.Struct(">4sB3sII")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a peer may send in one frame."""

    max_header_bytes: int
    max_body_bytes: int


BEFORE_TOKEN = Limits(max_header_bytes=4096, max_body_bytes=0)  # a stranger gets no memory
AFTER_TOKEN = Limits(max_header_bytes=1 << 20, max_body_bytes=1 << 30)


@dataclass(frozen=True)
class Message:
    """One frame: what to do, and the pictures and masks that go with it."""

    header: dict[str, Any]
    parts: tuple[bytes, ...] = ()


def broken(message: str) -> HostError:
    """The peer sent something that is not a frame; the link must be closed."""
    return HostError("WIRE_BROKEN", message)


def refuse_constant(name: str) -> NoReturn:
    """NaN and infinities are Python's own extension of JSON."""
    raise ValueError(f"{name} is no JSON number")


def encode(message: Message) -> list[bytes]:
    """The chunks of one frame, to be sent in order; big parts are not copied."""
    header = dict(message.header)
    if message.parts:
        header["parts"] = [len(part) for part in message.parts]
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    length = sum(len(part) for part in message.parts)
    if len(text) > AFTER_TOKEN.max_header_bytes or length > AFTER_TOKEN.max_body_bytes:
        raise HostError("TOO_LARGE", f"a message of {len(text) + length} bytes exceeds what the link carries")
    return [PREFIX.pack(MAGIC, WIRE_VERSION, b"\0\0\0", len(text), length) + text, *message.parts]


def decode_header(text: bytes, body_length: int) -> tuple[dict[str, Any], Sequence[int]]:
    """The header and the lengths of its parts, which must add up to the body."""
    try:
        header = json.loads(text.decode("utf-8"), parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise broken(f"the header is not JSON: {type(error).__name__}") from None
    if not isinstance(header, dict):
        raise broken(f"the header is a JSON {type(header).__name__}, not an object")
    lengths: Any = header.pop("parts", [])
    if not isinstance(lengths, list) or not all(type(n) is int and n >= 0 for n in lengths):
        raise broken("the parts of a frame are not a list of lengths")
    if sum(lengths) != body_length:
        raise broken(f"the parts of a frame add up to {sum(lengths)} bytes; its body has {body_length}")
    return header, lengths


class FrameReader:
    """Collects bytes as they arrive and hands out whole messages."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._buffer = bytearray()

    @property
    def has_partial(self) -> bool:
        """Whether a frame has begun and is not whole."""
        return bool(self._buffer)

    def clear(self) -> None:
        """Forget what has come so far, and free its memory."""
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """Add `data` and yield every message that is complete. A HostError means: close the link."""
        self._buffer += data
        while (message := self._next()) is not None:
            yield message

    def _next(self) -> Message | None:
        """The first message of the buffer, when it is whole; the prefix is judged as soon as it is there."""
        held = len(self._buffer)
        seen = bytes(self._buffer[:4])
        if seen != MAGIC[: len(seen)]:
            raise broken("the peer does not speak this protocol")
        if held < PREFIX.size:
            return None
        _, version, padding, header_length, body_length = PREFIX.unpack_from(self._buffer)
        if version != WIRE_VERSION:
            raise HostError("VERSION_MISMATCH", f"the peer speaks version {version}, not {WIRE_VERSION}")
        if padding != b"\0\0\0":
            raise broken("reserved bytes of a frame are not zero")
        if header_length > self.limits.max_header_bytes or body_length > self.limits.max_body_bytes:
            raise HostError("TOO_LARGE", f"a frame of {header_length + body_length} bytes is over the limit")
        body = PREFIX.size + header_length
        if held < body + body_length:
            return None
        header, lengths = decode_header(bytes(self._buffer[PREFIX.size : body]), body_length)
        parts: list[bytes] = []
        with memoryview(self._buffer) as view:
            for length in lengths:
                parts.append(bytes(view[body : body + length]))
                body += length
        del self._buffer[:body]
        return Message(header, tuple(parts))
