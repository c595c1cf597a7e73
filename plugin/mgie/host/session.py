"""The host's end of one link: token handshake, then requests in order, each answered once.

No sockets here: the adapter feeds the bytes it received and is given the bytes to send.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mgie.host.adapter import PictureSource
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
)
from mgie.host.types import PREVIEW_FORMAT, HostEvent, Placement, refuse

if TYPE_CHECKING:
    from mgie.host.link_server import Hub

log = logging.getLogger(__name__)

MAX_OPEN_PICTURES = 16  # of one panel at a time
MAX_STRIP_PIXELS = 1 << 24  # in one request
Handler = Callable[[Json, tuple[bytes, ...]], "tuple[Json, Packer | None]"]


class Session:
    """One connected panel. Feed it with `receive`; it ends by calling `close` once. `send` must not raise."""

    def __init__(self, hub: Hub, send: Callable[[bytes], None], close: Callable[[], None]) -> None:
        self.role = ""  # empty until the token was right; "panel" or "probe" afterwards
        self._hub = hub
        self._send = send
        self._close = close
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
            "regions": self._regions,
            "read_region": self._read_region,
            "begin_preview": self._begin_preview,
            "push_preview": self._push_preview,
            "drop_preview": self._drop_preview,
            "place_results": self._place_results,
            "parent_window": self._parent_window,
            "embed_window": self._embed_window,
        }

    def receive(self, data: bytes) -> None:
        """Bytes from the panel. A frame that cannot be read ends the link with a reason."""
        if not self._is_open:
            return
        try:
            for message in self._reader.feed(data):
                if self.role:
                    self._answer(message)
                else:
                    self._greet(message)
                if not self._is_open:
                    return
        except HostError as error:
            self.end(error)

    def notify(self, event: HostEvent) -> None:
        """Tell the panel of an event; strangers hear nothing."""
        if self._is_open and self.role:
            self._post(Message(event_to_json(event)))

    def end(self, error: HostError | None = None) -> None:
        """Close the link, saying why when it is still open, and let go of everything it held."""
        if not self._is_open:
            return
        self._is_open = False
        if error is not None:
            log.warning("link closed reason=%s: %s", error.reason, error.message)
            self._post(Message({"event": "closed", **error_to_json(error)}))
        for picture in self._pictures.values():
            picture.close()
        self._pictures.clear()
        self._hub.forget(self)
        self._close()

    def _post(self, message: Message) -> None:
        for chunk in encode(message):
            self._send(chunk)

    def _greet(self, message: Message) -> None:
        """The first message must carry the token."""
        token = take(message.header, "token", str)
        if not hmac.compare_digest(token.encode(), self._hub.token.encode()):
            raise HostError("TOKEN_REFUSED", "the token is wrong")
        role = take(message.header, "role", str)
        if role not in ("panel", "probe"):
            raise refuse(f"the role is {role!r}; allowed are panel, probe")
        self._reader.limits = AFTER_TOKEN
        self.role = role
        self._post(Message({"welcome": info_to_json(self._hub.info())}))
        self._hub.greeted(self)

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
        return state_to_json(self._hub.adapter.state()), None

    def _layers(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        layers = self._hub.adapter.layers(take(header, "document", str))
        return {"layers": [layer_to_json(layer) for layer in layers]}, None

    def _open_picture(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, Packer]:
        if len(self._pictures) >= MAX_OPEN_PICTURES:
            raise refuse(f"{MAX_OPEN_PICTURES} pictures are open; close one first")
        picture = self._hub.adapter.open_picture(take(header, "document", str), take(header, "layer", str))
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
        return {"mask": packer.mask(self._hub.adapter.read_selection(take(header, "document", str)))}, packer

    def _regions(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        regions = self._hub.adapter.regions(take(header, "document", str))
        return {"regions": [region_to_json(region) for region in regions]}, None

    def _read_region(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, Packer]:
        packer = Packer()
        mask = self._hub.adapter.read_region(take(header, "document", str), take(header, "region", str))
        return {"mask": packer.mask(mask)}, packer

    def _begin_preview(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        preview = self._hub.begin_preview(
            self,
            document=take(header, "document", str),
            rect=rect_from_json(header.get("rect")),
            mask=Unpacker(parts).mask(header.get("mask")),
            name=take(header, "name", str),
            keep=take(header, "keep", bool),
        )
        return {"preview": preview}, None

    def _push_preview(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        picture = Unpacker(parts).picture(take(header, "picture", dict))
        if picture.format != PREVIEW_FORMAT:
            raise refuse(f"a preview is {PREVIEW_FORMAT.sample} {PREVIEW_FORMAT.channels}")
        self._hub.push_preview(take(header, "preview", str), picture)
        return {}, None

    def _drop_preview(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        self._hub.drop_preview(take(header, "preview", str))
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
        return {"layers": self._hub.adapter.place_results(document, placements, canvas, group)}, None

    def _parent_window(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        return {"window": self._hub.adapter.parent_window()}, None

    def _embed_window(self, header: Json, parts: tuple[bytes, ...]) -> tuple[Json, None]:
        result: dict[str, Any] = {"embedded": self._hub.adapter.embed_window(take(header, "window", int))}
        return result, None
