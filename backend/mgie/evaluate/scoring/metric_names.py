"""What every number is called, how it is printed and what it is exactly (metrics.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from mgie.errors import BadOption

Better: TypeAlias = Literal["lower", "higher", "neither"]

_CLIPS = {"clip-b32": "B/32", "clip-l14": "L/14"}


@dataclass(frozen=True, kw_only=True)
class MetricInfo:
    """One column."""

    title: str
    family: str  # the scorer that computes it
    better: Better
    text: str  # the exact definition
    factor: float = 1.0  # printed value = factor * kept value
    digits: int = 3


@cache
def metrics() -> dict[str, MetricInfo]:
    """All of them by name."""
    text = (Path(__file__).parent / "metrics.toml").read_text(encoding="utf-8")
    found: dict[str, MetricInfo] = {}
    for name, values in tomllib.loads(text).items():
        if "{clip}" not in name:
            found[name] = MetricInfo(**values)
            continue
        for clip, size in _CLIPS.items():
            found[name.replace("{clip}", clip)] = MetricInfo(**_filled(values, clip, size))
    return found


def find_metric(name: str) -> MetricInfo:
    """One of them. Raises BadOption with the known names."""
    if name not in metrics():
        raise BadOption(f"{name!r} is no metric; choose {', '.join(metrics())}")
    return metrics()[name]


def _filled(values: dict[str, Any], clip: str, size: str) -> dict[str, Any]:
    return {
        key: value.replace("{clip}", clip).replace("{size}", size) if isinstance(value, str) else value
        for key, value in values.items()
    }
