"""Values to JSON and back. What comes from the wire is checked field by field; nothing is believed.

Pictures and masks put their pixels into the binary parts of a message: `Packer` collects them, `Unpacker`
takes them out in the same order.
"""

from __future__ import annotations

from typing import Any, TypeVar

from mgie.api.rect import Rect
from mgie.host.errors import ADVICE, HostError
from mgie.host.types import (
    DocumentInfo,
    HostEvent,
    HostInfo,
    HostMask,
    HostPicture,
    HostState,
    Invoked,
    LayerInfo,
    LinkClosed,
    PixelFormat,
    Placement,
    PreviewLost,
    PreviewSaved,
    SavedSelection,
    StateChanged,
    check_rect,
    refuse,
)

Json = dict[str, Any]
T = TypeVar("T")
MAX_TEXT = 1 << 19  # characters of one string
MAX_ITEMS = 10_000  # of one list


def take(value: Json, name: str, kind: type[T]) -> T:
    """The field `name`, which must be exactly of type `kind` (an int is no bool, a bool no int)."""
    field = value.get(name)
    if type(field) is not kind:
        raise refuse(f"the field {name!r} is {type(field).__name__}, not {kind.__name__}")
    if isinstance(field, str) and len(field) > MAX_TEXT:
        raise refuse(f"the field {name!r} has {len(field)} characters; at most {MAX_TEXT} are allowed")
    if isinstance(field, list) and len(field) > MAX_ITEMS:  # pyright: ignore[reportUnknownArgumentType] (length only)
        raise refuse(f"the field {name!r} has too many items; at most {MAX_ITEMS} are allowed")
    return field


def take_objects(value: Json, name: str) -> list[Json]:
    """The field `name`, which must be a list of objects."""
    items: list[Any] = take(value, name, list)
    if not all(isinstance(item, dict) for item in items):
        raise refuse(f"the field {name!r} is not a list of objects")
    return items


def take_strings(value: Json, name: str) -> list[str]:
    """The field `name`, which must be a list of strings."""
    items: list[Any] = take(value, name, list)
    if not all(isinstance(item, str) for item in items):
        raise refuse(f"the field {name!r} is not a list of strings")
    return items


def rect_to_json(rect: Rect) -> list[int]:
    """Four numbers: x, y, width, height."""
    return [rect.x, rect.y, rect.width, rect.height]


def rect_from_json(value: object) -> Rect:
    """Four numbers, or BAD_REQUEST."""
    if not isinstance(value, list) or len(value) != 4 or not all(type(n) is int for n in value):
        raise refuse("a rectangle is four whole numbers: x, y, width, height")
    return check_rect(Rect(*value))


def format_to_json(value: PixelFormat) -> Json:
    """Sample type and channels."""
    return {"sample": value.sample, "channels": value.channels}


def format_from_json(value: Json) -> PixelFormat:
    """Sample type and channels; PixelFormat itself refuses what it does not know."""
    return PixelFormat(sample=take(value, "sample", str), channels=take(value, "channels", str))  # type: ignore[arg-type]


class Packer:
    """Collects the binary parts of a message."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def picture(self, picture: HostPicture) -> Json:
        """A picture; its pixels and profile become two parts."""
        self.parts += [picture.pixels, picture.icc]
        return {"rect": rect_to_json(picture.rect), "format": format_to_json(picture.format)}

    def mask(self, mask: HostMask | None) -> Json | None:
        """A mask or None; its coverage becomes a part."""
        if mask is None:
            return None
        self.parts.append(mask.coverage)
        return {"rect": rect_to_json(mask.rect)}

    def placement(self, placement: Placement) -> Json:
        """A result with all that goes with it."""
        return {
            "picture": self.picture(placement.picture),
            "mask": self.mask(placement.mask),
            "name": placement.name,
            "provenance": placement.provenance,
            "above": placement.above,
            "opacity": float(placement.opacity),
            "replaces": placement.replaces,
        }


class Unpacker:
    """Hands out the binary parts of a message in order."""

    def __init__(self, parts: tuple[bytes, ...]) -> None:
        self._parts = list(reversed(parts))

    def part(self) -> bytes:
        """The next part."""
        if not self._parts:
            raise refuse("a message has fewer binary parts than its header needs")
        return self._parts.pop()

    def picture(self, value: Json) -> HostPicture:
        """A picture from its header and two parts."""
        rect, pixel_format = rect_from_json(value.get("rect")), format_from_json(take(value, "format", dict))
        return HostPicture(rect=rect, format=pixel_format, pixels=self.part(), icc=self.part())

    def mask(self, value: object) -> HostMask | None:
        """A mask from its header and a part; None from null."""
        if value is None:
            return None
        if not isinstance(value, dict):
            raise refuse("a mask is an object or null")
        return HostMask(rect=rect_from_json(value.get("rect")), coverage=self.part())

    def placement(self, value: Json) -> Placement:
        """A result with all that goes with it."""
        return Placement(
            picture=self.picture(take(value, "picture", dict)),
            mask=self.mask(value.get("mask")),
            name=take(value, "name", str),
            provenance=take(value, "provenance", str),
            above=take(value, "above", str),
            opacity=take(value, "opacity", float),
            replaces=take(value, "replaces", str),
        )


def layer_to_json(layer: LayerInfo) -> Json:
    """All fields."""
    return {**vars(layer), "rect": rect_to_json(layer.rect), "opacity": float(layer.opacity)}


def layer_from_json(value: Json) -> LayerInfo:
    """All fields."""
    return LayerInfo(
        id=take(value, "id", str),
        name=take(value, "name", str),
        kind=take(value, "kind", str),  # type: ignore[arg-type] (checked by LayerInfo)
        rect=rect_from_json(value.get("rect")),
        is_visible=take(value, "is_visible", bool),
        parent=take(value, "parent", str),
        is_in_hidden_group=take(value, "is_in_hidden_group", bool),
        is_in_locked_group=take(value, "is_in_locked_group", bool),
        is_in_faded_group=take(value, "is_in_faded_group", bool),
        is_clipped=take(value, "is_clipped", bool),
        opacity=take(value, "opacity", float),
    )


def region_to_json(region: SavedSelection) -> Json:
    """All fields."""
    return {**vars(region), "rect": rect_to_json(region.rect)}


def region_from_json(value: Json) -> SavedSelection:
    """All fields."""
    return SavedSelection(
        id=take(value, "id", str),
        name=take(value, "name", str),
        kind=take(value, "kind", str),  # type: ignore[arg-type] (checked by SavedSelection)
        rect=rect_from_json(value.get("rect")),
    )


def document_to_json(document: DocumentInfo) -> Json:
    """All fields."""
    layer, selection = document.active_layer, document.selection
    return {
        **vars(document),
        "format": format_to_json(document.format),
        "active_layer": None if layer is None else layer_to_json(layer),
        "selection": None if selection is None else rect_to_json(selection),
    }


def document_from_json(value: Json) -> DocumentInfo:
    """All fields."""
    has_layer, has_selection = value.get("active_layer") is not None, value.get("selection") is not None
    return DocumentInfo(
        id=take(value, "id", str),
        name=take(value, "name", str),
        width=take(value, "width", int),
        height=take(value, "height", int),
        format=format_from_json(take(value, "format", dict)),
        profile_name=take(value, "profile_name", str),
        active_layer=layer_from_json(take(value, "active_layer", dict)) if has_layer else None,
        selection=rect_from_json(value["selection"]) if has_selection else None,
        unsupported=take(value, "unsupported", str),
    )


def state_to_json(state: HostState) -> Json:
    """The documents and the active one."""
    return {"documents": [document_to_json(document) for document in state.documents], "active": state.active}


def state_from_json(value: Json) -> HostState:
    """The documents and the active one."""
    documents = tuple(document_from_json(item) for item in take_objects(value, "documents"))
    return HostState(documents=documents, active=take(value, "active", str))


def info_to_json(info: HostInfo) -> Json:
    """All fields."""
    return {**vars(info), "kept_previews": list(info.kept_previews)}


def info_from_json(value: Json) -> HostInfo:
    """All fields."""
    return HostInfo(
        program=take(value, "program", str),  # type: ignore[arg-type] (checked by HostInfo)
        version=take(value, "version", str),
        can_preview=take(value, "can_preview", bool),
        can_overlay=take(value, "can_overlay", bool),
        can_embed=take(value, "can_embed", bool),
        kept_previews=tuple(take_strings(value, "kept_previews")),
    )


def event_to_json(event: HostEvent) -> Json:
    """An event with its name under "event"."""
    if isinstance(event, StateChanged):
        return {"event": "state", "state": state_to_json(event.state)}
    names = {
        Invoked: "invoked",
        PreviewLost: "preview_lost",
        PreviewSaved: "preview_saved",
        LinkClosed: "closed",
    }
    return {"event": names[type(event)], **vars(event)}


def event_from_json(value: Json) -> HostEvent:
    """The event its name says."""
    name = take(value, "event", str)
    if name == "state":
        return StateChanged(state=state_from_json(take(value, "state", dict)))
    if name == "invoked":
        return Invoked(action=take(value, "action", str), document=take(value, "document", str))  # type: ignore[arg-type]
    if name == "preview_lost":
        return PreviewLost(preview=take(value, "preview", str), reason=take(value, "reason", str))
    if name == "preview_saved":
        return PreviewSaved(preview=take(value, "preview", str))
    if name == "closed":
        return LinkClosed(reason=take(value, "reason", str), message=take(value, "message", str))
    raise refuse(f"the event {name!r} is unknown")


def error_to_json(error: HostError) -> Json:
    """Reason and message."""
    return {"reason": error.reason, "message": error.message}


def error_from_json(value: Json) -> HostError:
    """Reason and message; an unknown reason of a newer host becomes HOST_FAILED."""
    reason = take(value, "reason", str)
    return HostError(reason if reason in ADVICE else "HOST_FAILED", take(value, "message", str))
