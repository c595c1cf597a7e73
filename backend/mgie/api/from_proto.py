"""From messages to the vocabulary's values, strictly. A new field needs no line here.

What a peer can get wrong in form is refused here, by the field's path; limits are the server's to check.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from mgie.api.options import OptionValue
from mgie.api.proto_fields import (
    ONEOF_NAMES,
    enum_numbers,
    failure_from_status,
    is_map,
    option_from_proto,
    seconds_of,
)
from mgie.api.rect import Rect
from mgie.errors import MgieError

T = TypeVar("T")
MAX_PLACE_PX = 1 << 24  # how far from the origin a rectangle may lie


class InvalidField(MgieError):
    """A field of a message that cannot be as it is."""

    reason = "REQUEST_INVALID"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.metadata = {"field": field}


def from_proto(value_class: type[T], message: Any, where: str = "") -> T:
    """The value of a message. where: the message's own path, for the error.

    Raises InvalidField, or what the value's own checks raise.
    """
    hints = _hints(value_class)
    values: dict[str, Any] = {}
    for field in fields(value_class):  # pyright: ignore[reportArgumentType] # T is a dataclass
        path = f"{where}.{field.name}" if where else field.name
        found = _field(message, field, hints[field.name], path)
        if found is not MISSING:
            values[field.name] = found
    return value_class(**values)


def options_from_proto(messages: Mapping[str, Any], where: str = "options") -> dict[str, OptionValue]:
    """An options map of a request that is not itself a value of the vocabulary."""
    return {name: _option(messages[name], f"{where}.{name}") for name in messages}


@cache
def _hints(value_class: type) -> dict[str, Any]:
    return get_type_hints(value_class)


def _field(message: Any, field: Field[Any], hint: Any, path: str) -> Any:
    """The value of one field; MISSING where its default is meant."""
    descriptor = message.DESCRIPTOR
    if field.name in descriptor.oneofs_by_name:
        return _oneof(message, field.name, hint, path)
    wire = descriptor.fields_by_name[field.name]
    if is_map(wire):
        return _map(getattr(message, field.name), wire, hint, path)
    if wire.is_repeated:
        return _repeated(getattr(message, field.name), wire, get_args(hint)[0], path)
    is_unset = not message.HasField(field.name) if wire.has_presence else False
    if wire.enum_type is not None:
        is_unset = is_unset or getattr(message, field.name) == 0
    if is_unset:
        if field.default is MISSING and field.default_factory is MISSING:
            if _without_none(hint) is Rect:
                return Rect(0, 0, 0, 0)  # its own check says what an empty one is good for
            raise InvalidField(path, "is missing")
        return MISSING
    return _single(getattr(message, field.name), wire, _without_none(hint), path)


def _oneof(message: Any, name: str, hint: Any, path: str) -> Any:
    member = message.WhichOneof(name)
    if member is None:
        raise InvalidField(path, "is missing")
    wire = message.DESCRIPTOR.fields_by_name[member]
    for option in get_args(hint):
        if ONEOF_NAMES.get(option.__name__, option.__name__) == wire.message_type.name:
            return _single(getattr(message, member), wire, option, path)
    raise InvalidField(path, f"{member} is unknown here; one side is newer than the other")


def _map(found: Any, wire: Any, hint: Any, path: str) -> dict[Any, Any]:
    value_field = wire.message_type.fields_by_name["value"]
    value_hint = get_args(hint)[1]
    return {key: _single(found[key], value_field, value_hint, f"{path}.{key}") for key in found}


def _repeated(found: Sequence[Any], wire: Any, hint: Any, path: str) -> tuple[Any, ...]:
    return tuple(_single(value, wire, hint, f"{path}[{index}]") for index, value in enumerate(found))


def _single(value: Any, wire: Any, hint: Any, path: str) -> Any:
    if wire.message_type is not None:
        return _message(value, wire, hint, path)
    if wire.enum_type is not None:
        return _enum(value, wire, hint, path)
    return value


def _message(value: Any, wire: Any, hint: Any, path: str) -> Any:
    match wire.message_type.full_name:
        case "google.protobuf.Timestamp":
            return seconds_of(value)
        case "google.rpc.Status":
            return failure_from_status(value)
        case "mgie.v1.OptionValue":
            return _option(value, path)
        case "mgie.v1.Rect":
            return _rect(value, path)
        case _:
            return from_proto(cast("type[Any]", hint), value, path)


def _option(message: Any, path: str) -> OptionValue:
    value = option_from_proto(message)
    if value is None:
        raise InvalidField(path, "holds no value")
    return value


def _rect(message: Any, path: str) -> Rect:
    if max(abs(message.x), abs(message.y)) > MAX_PLACE_PX:
        at = f"({message.x}, {message.y})"
        raise InvalidField(path, f"{at} lies too far from the origin; {MAX_PLACE_PX} px at most")
    return Rect(message.x, message.y, message.width, message.height)


def _enum(number: int, wire: Any, hint: Any, path: str) -> Any:
    names = [name for name, known in enum_numbers(wire.enum_type).items() if known == number]
    if isinstance(hint, type) and issubclass(hint, Enum):
        members = {member.name.lower(): member for member in hint}
        choices = [members[name] for name in names if name in members]
    else:
        choices = [name for name in names if name in get_args(hint)]
    if not choices:
        allowed = sorted(set(enum_numbers(wire.enum_type).values()))
        raise InvalidField(path, f"{number} is none of {allowed}")
    return choices[0]


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        parts = [part for part in get_args(hint) if part is not NoneType]
        return parts[0] if len(parts) == 1 else Union[tuple(parts)]  # noqa: UP007 # made at run time
    return hint
