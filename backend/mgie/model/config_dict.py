"""Configs of models as plain data and back, strictly: nothing missing, unknown, or of another type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar, cast

from mgie.dataclass_reader import dataclass_from
from mgie.errors import BadCheckpoint
from mgie.model.config import ModelConfig

T = TypeVar("T")

# Fields that folders written before them lack
_LATER = {"plan": None, "reader": None}
_LATER_WITHIN: dict[str, dict[str, Any]] = {
    "plan": {"says_from": 0.0},
    "reader": {"encoder": None},
    "sampling": {"guidance_start": 0.0, "guidance_stop": 1.0, "guidance_every": 1},
}


def config_to_dict(config: Any) -> dict[str, Any]:
    """Plain data for JSON of any config, a dataclass: dicts, lists, numbers, texts."""
    return cast("dict[str, Any]", _listed(asdict(config)))


def config_from_dict(data: Mapping[str, Any]) -> ModelConfig:
    """The config again. Raises BadCheckpoint naming the field that does not fit."""
    complete = {**_LATER, **data}
    for name, later in _LATER_WITHIN.items():
        if isinstance(within := complete.get(name), Mapping):
            complete[name] = {**later, **cast("Mapping[str, object]", within)}
    return read_config(ModelConfig, complete)


def read_config(cls: type[T], data: Mapping[str, Any]) -> T:
    """The config of any kind, strictly. Raises BadCheckpoint naming the field that does not fit."""
    if "quantized" in {field.name for field in fields(cast("Any", cls))}:
        data = {"quantized": None, **data}  # it came later
    return dataclass_from(cls, data, "config", error=BadCheckpoint, is_exact=True)


def _listed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _listed(entry) for key, entry in cast("dict[str, object]", value).items()}
    if isinstance(value, tuple):
        return [_listed(entry) for entry in cast("tuple[object, ...]", value)]
    return value
