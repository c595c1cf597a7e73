"""What `to_proto` and `from_proto` share: enum names by rule, and the messages that are no dataclasses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2, status_pb2

from mgie.api.failure import Failure
from mgie.api.options import OptionValue
from mgie.v1 import types_pb2

DOMAIN = "mgie"  # of the reasons in `ErrorInfo`
ONEOF_NAMES = {"Failure": "Status"}  # values whose message has another name


@cache
def enum_numbers(enum: EnumDescriptor) -> Mapping[str, int]:
    """Numbers by our names: SAMPLE_TYPE_U8 is "u8", COLOUR_SPACE_DISPLAY_P3 is "display-p3".

    A name with an underscore and the same one with a dash mean the same number.
    """
    names = {value.name: value.number for value in enum.values}
    unspecified = next(name for name, number in names.items() if number == 0)
    prefix = unspecified.removesuffix("UNSPECIFIED")
    short = {name.removeprefix(prefix).lower(): number for name, number in names.items() if number}
    return {spelled: n for name, n in short.items() for spelled in (name, name.replace("_", "-"))}


def enum_number(enum: EnumDescriptor, value: Any) -> int:
    """The number of one of our values: a text, or a member of an Enum."""
    return enum_numbers(enum)[value.name.lower() if isinstance(value, Enum) else value]


def is_map(field: Any) -> bool:
    """Whether a field is a map."""
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


def option_to_proto(value: OptionValue) -> types_pb2.OptionValue:
    """One option's value."""
    match value:
        case bool():
            return types_pb2.OptionValue(flag=value)
        case int():
            return types_pb2.OptionValue(integer=value)
        case float():
            return types_pb2.OptionValue(number=value)
        case _:
            return types_pb2.OptionValue(text=value)


def option_from_proto(message: types_pb2.OptionValue) -> OptionValue | None:
    """One option's value; None where the message holds none."""
    member = message.WhichOneof("value")
    return None if member is None else getattr(message, member)


def timestamp(seconds: float) -> Timestamp:
    """Seconds since the epoch as a message."""
    whole = math.floor(seconds)
    return Timestamp(seconds=whole, nanos=int((seconds - whole) * 1e9))


def seconds_of(message: Timestamp) -> float:
    """A message as seconds since the epoch."""
    return message.seconds + message.nanos / 1e9


def failure_from_status(status: status_pb2.Status) -> Failure:
    """The failure in a status of the service."""
    info, help_ = error_details_pb2.ErrorInfo(), error_details_pb2.Help()
    retry = error_details_pb2.RetryInfo()
    for detail in status.details:
        for message in (info, help_, retry):
            detail.Unpack(message)  # does nothing where the type is another
    return Failure(
        reason=info.reason or "UNKNOWN",
        message=status.message,
        advice=help_.links[0].description if help_.links else "",
        metadata=dict(info.metadata),
        retry_s=retry.retry_delay.ToTimedelta().total_seconds() if retry.HasField("retry_delay") else None,
        code=status.code,
    )


def status_from_failure(failure: Failure) -> status_pb2.Status:
    """A status with one `ErrorInfo`, a `Help`, and a `RetryInfo` where waiting helps."""
    status = status_pb2.Status(code=failure.code, message=failure.message)
    info = error_details_pb2.ErrorInfo(reason=failure.reason, domain=DOMAIN, metadata=failure.metadata)
    link = error_details_pb2.Help.Link(
        description=failure.advice, url=f"docs/api.md#{failure.reason.lower()}"
    )
    status.details.add().Pack(info)
    status.details.add().Pack(error_details_pb2.Help(links=[link]))
    if failure.retry_s is not None:
        delay = Duration()
        delay.FromMilliseconds(round(failure.retry_s * 1000))
        status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    return status
