"""Strict mappings to frozen dataclasses: an unknown key, a wrong type or a gap is an error with its path."""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from mgie.errors import BadOption

T = TypeVar("T")


def build(cls: type[T], values: object, where: str) -> T:
    """An instance of the dataclass `cls` from a mapping as YAML or JSON gives it.

    where: the path shown in errors, e.g. "train.optimizer".
    """
    if not isinstance(values, Mapping):
        raise BadOption(f"{where} is {values!r}; expected a table of settings")
    table = cast("Mapping[Any, object]", values)
    fields = {field.name: field for field in dataclasses.fields(cast(Any, cls))}
    hints = typing.get_type_hints(cls)
    for key in table:
        if key not in fields:
            raise BadOption(f"{where}.{key} is no setting{_did_you_mean(str(key), list(fields))}")
    missing = [name for name, field in fields.items() if name not in table and _is_required(field)]
    if missing:
        raise BadOption(f"{where} lacks {', '.join(missing)}")
    return cls(**{key: convert(hints[key], value, f"{where}.{key}") for key, value in table.items()})


def convert(hint: Any, value: object, where: str) -> Any:
    """`value` as the annotated type: int, float, bool, str, Literal, tuple[X, ...], Optional, dataclass."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        return convert(next(part for part in arguments if part is not type(None)), value, where)
    if origin is typing.Literal:
        if value not in arguments:
            raise BadOption(f"{where} is {value!r}; choose {', '.join(map(str, arguments))}")
        return value
    if origin is tuple:
        return _tuple(arguments, value, where)
    if dataclasses.is_dataclass(hint):
        return build(cast("type[Any]", hint), value, where)
    return _scalar(hint, value, where)


def _tuple(arguments: tuple[Any, ...], value: object, where: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise BadOption(f"{where} is {value!r}; expected a list")
    items = list(cast("typing.Iterable[object]", value))
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(convert(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(items))
    if len(items) != len(arguments):
        raise BadOption(f"{where} has {len(items)} entries; expected {len(arguments)}")
    pairs = zip(arguments, items, strict=True)
    return tuple(convert(hint, item, f"{where}[{i}]") for i, (hint, item) in enumerate(pairs))


def _scalar(hint: Any, value: object, where: str) -> Any:
    # YAML 1.1 reads 5e-4 (no dot) as text, and a bool is an int in Python: both must not slip through.
    if hint is float and isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            pass
    if hint is not float and isinstance(value, hint) and (hint is bool or not isinstance(value, bool)):
        return value
    raise BadOption(f"{where} is {value!r}; expected {hint.__name__}")


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _did_you_mean(key: str, names: list[str]) -> str:
    close = difflib.get_close_matches(key, names, n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(names)}"
