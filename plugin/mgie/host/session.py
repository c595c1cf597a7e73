"""The host's end of one link: token handshake, then requests in order, each answered once.

No sockets here: the adapter feeds the bytes it received and is given the bytes to send.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mgie.host.adapter import Peer, PictureSource
from mgie.host.errors import HostError
from mgie.host.framing import AFTER_TOKEN, BEFORE_TOKEN, FrameReader, Message, encode
from mgie.host.messages import (
    Json,
    Packer,
    Unpacker,
    error_to_json,
    event_to_json,
    format_to_json,
    info_to_json,
    layer_to_json,
    rect_from_json,
    region_to_json,
    state_to_json,
    take,
    take_objects,
    take_strings,
)
from mgie.host.types import PREVIEW_FORMAT, HostEvent, Placement, check_opacity, refuse

if TYPE_CHECKING:
    from mgie.host.link_server import LinkServer

log = logging.getLogger(__name__)

HANDSHAKE_S = 5.0  # from the connection to the right token
STALL_S = 30.0  # without reading, or in the midst of a frame
MAX_UNSENT_BYTES = 64 << 20  # that a panel has asked for and not read, before it may ask for more
MAX_OPEN_PICTURES = 16  # of one panel at a time
MAX_STRIP_PIXELS = 1 << 24  # in one request
MAX_NOTE = 1 << 18  # characters kept with a document
Handler = Callable[[Json, tuple[bytes, ...]], "tuple[Json, Packer | None]"]


class Session:
    """One connection. Feed it with `receive`, call `check` a few times a second; it ends with `Peer.close`.

    Nothing a peer sends raises: whatever goes wrong ends this session alone.
    """

    def __init__(
        self, link_server: LinkServer, peer: Peer, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.role = ""  # empty until the token was right; "panel" or "probe" afterwards
        self._link_server = link_server
        self._adapter = link_server.adapter
        self._peer = peer
        self._clock = clock
        self._opened_s = clock()
        self._received_s = self._opened_s  # when the last bytes came
        self._read_s = self._opened_s  # when the peer last read what waits for it
        self._num_unsent = 0
        self._reader = FrameReader(BEFORE_TOKEN)
        self._pictures: dict[int, PictureSource] = {}
        self._num_pictures = 0
        self._is_open = True
        self._handlers: dict[str, Handler] = {
            "state": self._state,
            "layers": self._layers,
            "open_picture": self._open_picture,
            "read_strip": self._read_strip,
            "close_picture": self._close_picture,
            "read_selection": self._read_selection,
            "select": self._select,
            "regions": self._regions,
            "read_region": self._read_region,
            "begin_preview": self._begin_preview,
            "begin_overlay": self._begin_overlay,
            "push_preview": self._push_preview,
            "drop_preview": self._drop_preview,
            "place_results": self._place_results,
            "take_back": self._take_back,
            "bring_back": self._bring_back,
            "set_opacity": self._set_opacity,
            "parent_window": self._parent_window,
            "embed_window": self._embed_window,
            "read_note": self._read_note,
            "write_note": self._write_note,
        }

    def receive(self, data: bytes) -> None:
        """Bytes from the peer. What cannot be read ends the link with a reason."""
        if not self._is_open:
            return
        self._received_s = self._clock()
        try:
            for message in self._reader.feed(data):
                self._handle(message)
                if not self._is_open:
                    return
        except HostError as error:
            self.end(error)
        except Exception as error:
            log.exception("a message could not be handled")
            self.end(HostError("HOST_FAILED", f"{type(error).__name__} while reading a message"))

    def check(self) -> None:
        """End a link whose handshake takes too long, whose peer does not read, or stops in mid-frame."""
        now = self._clock()
        num_unsent = self._peer.num_unsent()
        if num_unsent == 0 or num_unsent < self._num_unsent:
            self._read_s = now
        self._num_unsent = num_unsent
        if not self.role and now - self._opened_s > HANDSHAKE_S:
            self.end(HostError("TIMED_OUT", "no token came in time"))
        elif now - self._read_s > STALL_S:
            self.end(HostError("TIMED_OUT", "the panel does not read"))
        elif self._reader.has_partial and now - self._received_s > STALL_S:
            self.end(HostError("TIMED_OUT", "a message was not finished"))

    def notify(self, event: HostEvent) -> None:
        """Report an event to the panel; strangers are not told."""
        if self._is_open and self.role:
            self._post(Message(event_to_json(event)))

    def end(self, error: HostError | None = None) -> None:
        """Close the link, with its reason where there is one, and let go of everything it held."""
        if not self._is_open:
            return
        self._is_open = False
        self._reader.clear()
        if error is not None:
            log.warning("link closed reason=%s: %s", error.reason, error.message)
            self._post(Message({"event": "closed", **error_to_json(error)}))
        try:
            for picture in self._pictures.values():
                picture.close()
        except Exception:  # the host's own API raises what it likes
            log.exception("a picture could not be closed")
        self._pictures.clear()
        self._link_server.forget(self)
        self._peer.close()

    def _post(self, message: Message) -> None:
        for chunk in encode(message):
            self._peer.send(chunk)

    def _handle(self, message: Message) -> None:
        if not self.role:
            self._greet(message)
        elif self._peer.num_unsent() > MAX_UNSENT_BYTES:
            self.end(HostError("TOO_LARGE", "the panel asks for more without reading what it has asked for"))
        else:
            self._answer(message)

    def _greet(self, message: Message) -> None:
        """The first message must carry the token."""
        token = take(message.header, "token", str)
        if not hmac.compare_digest(token.encode("utf-8", "surrogatepass"), self._link_server.token.encode()):
            raise HostError("TOKEN_REFUSED", "the token is wrong")
        role = take(message.header, "role", str)
        if role not in ("panel", "probe"):
            raise refuse(f"the role is {role!r}; allowed are panel, probe")
        self._link_server.admit()
        self._reader.limits = AFTER_TOKEN
        self.role = role
        self._post(Message({"welcome": info_to_json(self._link_server.info())}))
        self._link_server.greeted(self)

    def _answer(self, message: Message) -> None:
        """Carry out one request. Only a broken frame ends the link; a refusal is an answer."""
        number = take(message.header, "id", int)
        try:
            handler = self._handlers.get(take(message.header, "op", str))
            if handler is None:
                raise refuse(f"the operation {message.header['op']!r} is unknown")
            result, packer = handler(message.header, message.parts)
            answer = Message({"id": number, "result": result}, tuple(packer.parts) if packer else ())
        except HostError as error:
            answer = Message({"id": number, "error": error_to_json(error)})
        except Exception as error:  # the host's own API raises what it likes; the panel must hear of it
            log.exception("operation failed op=%s", message.header.get("op"))
            failed = HostError("HOST_FAILED", f"{type(error).__name__}: {error}"[:500])
            answer = Message({"id": number, "error": error_to_json(failed)})
        self._post(answer)

    def _state(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        return state_to_json(self._adapter.state()), None

    def _layers(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        layers = self._adapter.layers(take(header, "document", str))
        return {"layers": [layer_to_json(layer) for layer in layers]}, None

    def _open_picture(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, Packer]:
        if len(self._pictures) >= MAX_OPEN_PICTURES:
            raise refuse(f"{MAX_OPEN_PICTURES} pictures are open; close one first")
        picture = self._adapter.open_picture(take(header, "document", str), take(header, "layer", str))
        self._num_pictures += 1
        self._pictures[self._num_pictures] = picture
        packer = Packer()
        packer.parts.append(picture.icc)
        return {"picture": self._num_pictures, "format": format_to_json(picture.format)}, packer

    def _picture(self, header: Json) -> PictureSource:
        picture = self._pictures.get(take(header, "picture", int))
        if picture is None:
            raise refuse("this picture is not open")
        return picture

    def _read_strip(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, Packer]:
        rect = rect_from_json(header.get("rect"))
        if not 0 < rect.num_pixels <= MAX_STRIP_PIXELS:
            raise refuse(f"a strip of {rect.num_pixels} px; 1 to {MAX_STRIP_PIXELS} are allowed")
        packer = Packer()
        packer.parts.append(self._picture(header).read(rect))
        return {}, packer

    def _close_picture(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        self._picture(header).close()
        del self._pictures[header["picture"]]
        return {}, None

    def _read_selection(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, Packer]:
        packer = Packer()
        return {"mask": packer.mask(self._adapter.read_selection(take(header, "document", str)))}, packer

    def _select(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        self._adapter.select(take(header, "document", str), Unpacker(parts).mask(header.get("mask")))
        return {}, None

    def _regions(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        regions = self._adapter.regions(take(header, "document", str))
        return {"regions": [region_to_json(region) for region in regions]}, None

    def _read_region(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, Packer]:
        packer = Packer()
        mask = self._adapter.read_region(take(header, "document", str), take(header, "region", str))
        return {"mask": packer.mask(mask)}, packer

    def _begin_preview(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        preview = self._link_server.begin_preview(
            self,
            document=take(header, "document", str),
            rect=rect_from_json(header.get("rect")),
            mask=Unpacker(parts).mask(header.get("mask")),
            name=take(header, "name", str),
            keep=take(header, "keep", bool),
            above=take(header, "above", str),
        )
        return {"preview": preview}, None

    def _begin_overlay(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        preview = self._link_server.begin_overlay(
            self,
            document=take(header, "document", str),
            rect=rect_from_json(header.get("rect")),
            above=take(header, "above", str),
        )
        return {"preview": preview}, None

    def _push_preview(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        picture = Unpacker(parts).picture(take(header, "picture", dict))
        if picture.format != PREVIEW_FORMAT:
            raise refuse(f"a preview is {PREVIEW_FORMAT.sample} {PREVIEW_FORMAT.channels}")
        self._link_server.push_preview(take(header, "preview", str), picture)
        return {}, None

    def _drop_preview(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        self._link_server.drop_preview(take(header, "preview", str))
        return {}, None

    def _place_results(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        unpacker = Unpacker(parts)
        placements: list[Placement] = [
            unpacker.placement(item) for item in take_objects(header, "placements")
        ]
        if not placements:
            raise refuse("there is no result to place")
        document, group = take(header, "document", str), take(header, "group", str)
        canvas = rect_from_json(header.get("canvas"))
        return {"layers": self._adapter.place_results(document, placements, canvas, group)}, None

    def _take_back(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        self._adapter.take_back(take(header, "document", str), take_strings(header, "layers"))
        return {}, None

    def _bring_back(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        is_back = self._adapter.bring_back(take(header, "document", str), take_strings(header, "layers"))
        return {"is_back": is_back}, None

    def _set_opacity(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        opacity = check_opacity(take(header, "opacity", float))
        since = None if header.get("since") is None else check_opacity(take(header, "since", float))
        self._adapter.set_opacity(take(header, "document", str), take(header, "layer", str), opacity, since)
        return {}, None

    def _parent_window(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        return {"window": self._adapter.parent_window()}, None

    def _embed_window(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        result: dict[str, Any] = {"embedded": self._adapter.embed_window(take(header, "window", int))}
        return result, None

    def _read_note(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        text = self._adapter.read_note(take(header, "document", str), take(header, "layer", str))
        return {"text": text}, None

    def _write_note(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        text = take(header, "text", str)
        if len(text) > MAX_NOTE:
            raise refuse(f"a note of {len(text)} characters; {MAX_NOTE} are allowed")
        self._adapter.write_note(take(header, "document", str), text)
        return {}, None
