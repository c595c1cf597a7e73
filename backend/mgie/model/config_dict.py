"""Configs of models as plain data and back, strictly: nothing missing, unknown, or of another type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from mgie.errors import BadCheckpoint, MgieError
from mgie.model.config import ModelConfig

T = TypeVar("T")


def config_to_dict(config: Any) -> dict[str, Any]:
    """Plain data for JSON of any config, a dataclass: dicts, lists, numbers, texts."""
    return cast("dict[str, Any]", _listed(asdict(config)))


def config_from_dict(data: Mapping[str, Any]) -> ModelConfig:
    """The config again. Raises BadCheckpoint naming the field that does not fit."""
    return read_dataclass(ModelConfig, data, "config")


def _listed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _listed(entry) for key, entry in cast("dict[str, object]", value).items()}
    if isinstance(value, tuple):
        return [_listed(entry) for entry in cast("tuple[object, ...]", value)]
    return value


def read_dataclass(cls: type[T], data: object, where: str) -> T:
    """A dataclass of plain data. where: its path, for errors. Raises BadCheckpoint naming the field."""
    if not isinstance(data, Mapping):
        raise BadCheckpoint(f"{where} is {data!r}; a table of fields is needed")
    table = cast("Mapping[str, object]", data)
    names = {entry.name for entry in fields(cls)}  # pyright: ignore[reportArgumentType]  # T is a dataclass
    for problem, found in (("lacks", names - set(table)), ("has the unknown field", set(table) - names)):
        if found:
            raise BadCheckpoint(f"{where} {problem} {', '.join(sorted(found))}")
    hints = get_type_hints(cls)
    values = {name: _convert(hints[name], table[name], f"{where}.{name}") for name in names}
    try:
        return cls(**values)
    except BadCheckpoint:
        raise
    except MgieError as error:
        raise BadCheckpoint(f"{where}: {error}") from error


def _convert(hint: Any, value: object, where: str) -> object:
    origin = get_origin(hint)
    if origin in (Union, UnionType):  # always "part or None" here
        if value is None:
            return None
        (hint,) = (option for option in get_args(hint) if option is not NoneType)
        return _convert(hint, value, where)
    if is_dataclass(hint):
        return read_dataclass(cast("type[object]", hint), value, where)
    if origin is tuple and isinstance(value, list):
        entries = cast("list[object]", value)
        return tuple(_convert(get_args(hint)[0], entry, where) for entry in entries)
    if origin is Literal and value in get_args(hint):
        return value
    if hint is float and type(value) is int:
        return float(value)
    if hint in (int, float, bool, str) and type(value) is hint:
        return value
    raise BadCheckpoint(f"{where} is {value!r}, which is not {getattr(hint, '__name__', hint)}")
