"""Mappings to frozen dataclasses, strictly: unknown keys, wrong types and gaps are named with their path."""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar, cast

from mgie.errors import BadOption, MgieError

T = TypeVar("T")


class _Rules(NamedTuple):
    error: type[MgieError]
    is_exact: bool


def dataclass_from(
    cls: type[T], values: object, where: str, *, error: type[MgieError] = BadOption, is_exact: bool = False
) -> T:
    """An instance of the dataclass `cls` from a mapping as YAML or JSON gives it.

    where: the path shown in errors, e.g. "train.optimizer"; error: what is raised.
    is_exact: as written by a program: every field is there and no number is a text. Otherwise, as written by
    a person: what has a default may be left out, and 5e-4, which YAML 1.1 reads as text, is a number.
    """
    return _build(cls, values, where, _Rules(error, is_exact))


def _build(cls: type[T], values: object, where: str, rules: _Rules) -> T:
    if not isinstance(values, Mapping):
        raise rules.error(f"{where} is {values!r}; expected a table of fields")
    table = cast("Mapping[Any, object]", values)
    fields = {field.name: field for field in dataclasses.fields(cast(Any, cls))}
    hints = typing.get_type_hints(cls)
    for key in table:
        if key not in fields:
            raise rules.error(f"{where} has the unknown field {key}{_did_you_mean(str(key), list(fields))}")
    needed = [name for name, field in fields.items() if rules.is_exact or _is_required(field)]
    missing = [name for name in needed if name not in table]
    if missing:
        raise rules.error(f"{where} lacks {', '.join(missing)}")
    converted = {key: _convert(hints[key], value, f"{where}.{key}", rules) for key, value in table.items()}
    try:
        return cls(**converted)
    except rules.error:
        raise
    except MgieError as error:
        raise rules.error(f"{where}: {error}") from error


def _convert(hint: Any, value: object, where: str, rules: _Rules) -> Any:
    """`value` as the annotated type: int, float, bool, str, Literal, tuple[X, ...], Optional, dataclass."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        return _convert(next(part for part in arguments if part is not type(None)), value, where, rules)
    if origin is typing.Literal:
        if value not in arguments:
            raise rules.error(f"{where} is {value!r}; choose {', '.join(map(str, arguments))}")
        return value
    if origin is tuple:
        return _tuple(arguments, value, where, rules)
    if dataclasses.is_dataclass(hint):
        return _build(cast("type[Any]", hint), value, where, rules)
    return _scalar(hint, value, where, rules)


def _tuple(arguments: tuple[Any, ...], value: object, where: str, rules: _Rules) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise rules.error(f"{where} is {value!r}; expected a list")
    items = list(cast("typing.Iterable[object]", value))
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_convert(arguments[0], item, f"{where}[{i}]", rules) for i, item in enumerate(items))
    if len(items) != len(arguments):
        raise rules.error(f"{where} has {len(items)} entries; expected {len(arguments)}")
    pairs = zip(arguments, items, strict=True)
    return tuple(_convert(hint, item, f"{where}[{i}]", rules) for i, (hint, item) in enumerate(pairs))


def _scalar(hint: Any, value: object, where: str, rules: _Rules) -> Any:
    numbers = (int, float) if rules.is_exact else (int, float, str)
    if hint is float and isinstance(value, numbers) and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            pass
    # A bool is an int in Python and must not slip through as one.
    if hint is not float and isinstance(value, hint) and (hint is bool or not isinstance(value, bool)):
        return value
    raise rules.error(f"{where} is {value!r}; expected {hint.__name__}")


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _did_you_mean(key: str, names: list[str]) -> str:
    close = difflib.get_close_matches(key, names, n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(names)}"
