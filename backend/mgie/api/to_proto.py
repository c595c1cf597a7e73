"""From the vocabulary's values to messages, by the fields' names. A new field needs no line here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, cast

from google.protobuf import message_factory
from google.protobuf.message import Message

from mgie.api.failure import Failure
from mgie.api.proto_fields import (
    ONEOF_NAMES,
    enum_number,
    is_map,
    option_to_proto,
    status_from_failure,
    timestamp,
)
from mgie.api.rect import Rect
from mgie.errors import BadOption

M = TypeVar("M", bound=Message)


def to_proto(value: Any, message_class: type[M]) -> M:
    """The message of a dataclass. Raises BadOption for a value that the field cannot hold."""
    message = message_class()
    _fill(message, value)
    return message


def options_to_proto(options: Mapping[str, Any]) -> dict[str, Message]:
    """An options map for a request that is not itself a value of the vocabulary."""
    return {name: option_to_proto(value) for name, value in options.items()}


def _fill(message: Any, value: Any) -> None:
    names = value._fields if isinstance(value, Rect) else [field.name for field in fields(value)]
    descriptor = message.DESCRIPTOR
    for name in names:
        part = getattr(value, name)
        if part is None:
            continue
        if name in descriptor.oneofs_by_name:
            _set_oneof(message, name, part)
            continue
        try:
            _set(message, descriptor.fields_by_name[name], part)
        except (TypeError, ValueError, OverflowError) as error:
            raise BadOption(f"{name} is {part!r}, which cannot be sent: {error}") from error


def _set_oneof(message: Any, name: str, part: Any) -> None:
    wanted = ONEOF_NAMES.get(type(part).__name__, type(part).__name__)
    for field in message.DESCRIPTOR.oneofs_by_name[name].fields:
        if field.message_type is not None and field.message_type.name == wanted:
            _set(message, field, part)
            return
    raise BadOption(f"{name} is a {type(part).__name__}, which no message can carry")


def _set(message: Any, field: Any, value: Any) -> None:
    name = field.name
    if is_map(field):
        _set_map(getattr(message, name), field, value)
    elif field.is_repeated:
        _extend(getattr(message, name), field, cast("Sequence[Any]", value))
    elif field.message_type is not None:
        getattr(message, name).CopyFrom(_message(field, value))
    elif field.enum_type is not None:
        setattr(message, name, _number(field, value))
    else:
        setattr(message, name, value)


def _set_map(target: Any, field: Any, values: Mapping[Any, Any]) -> None:
    value_field = field.message_type.fields_by_name["value"]
    for key, value in values.items():
        if value_field.message_type is not None:
            target[key].CopyFrom(_message(value_field, value))
        else:
            target[key] = value


def _extend(target: Any, field: Any, values: Sequence[Any]) -> None:
    if field.message_type is not None:
        target.extend([_message(field, value) for value in values])
    elif field.enum_type is not None:
        target.extend([_number(field, value) for value in values])
    else:
        target.extend(values)


def _number(field: Any, value: Any) -> int:
    try:
        return enum_number(field.enum_type, value)
    except KeyError as error:
        raise ValueError(f"no {field.enum_type.name} is called {value!r}") from error


def _message(field: Any, value: Any) -> Message:
    match field.message_type.full_name:
        case "google.protobuf.Timestamp":
            return timestamp(value)
        case "google.rpc.Status":
            return status_from_failure(cast("Failure", value))
        case "mgie.v1.OptionValue":
            return option_to_proto(value)
        case _:
            assert is_dataclass(value) or isinstance(value, Rect)
            message = message_factory.GetMessageClass(field.message_type)()
            _fill(message, value)
            return message
