"""Whether two encodings of one edit are the same but for rounding. Imports no torch of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from mgie.model.events import Encoding

# Largest difference, as a share of the largest value: what bfloat16 leaves of sums in another order.
_TOLERANCE = 0.1


def difference_between(golden: Encoding, found: Encoding) -> str:
    """The name of what differs beyond rounding; "" where nothing does."""
    if type(golden) is not type(found):
        return "kind"
    for field in fields(golden):
        if _differs(getattr(golden, field.name), getattr(found, field.name)):
            return field.name
    return ""


def _differs(golden: Any, found: Any) -> bool:
    if isinstance(golden, str) or type(golden) is not type(found):
        return golden != found
    if isinstance(golden, float):
        return not abs(golden - found) <= _TOLERANCE  # also where either is no number
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(golden, torch.Tensor):
        return _tensors_differ(golden, found)
    if is_dataclass(golden):
        golden, found = vars(golden), vars(found)
    if isinstance(golden, Mapping):
        golden, found = cast("Mapping[str, Any]", golden), cast("Mapping[str, Any]", found)
        return golden.keys() != found.keys() or any(_differs(golden[name], found[name]) for name in golden)
    if isinstance(golden, tuple):
        before, after = cast("tuple[Any, ...]", golden), cast("tuple[Any, ...]", found)
        return len(before) != len(after) or any(map(_differs, before, after))
    return golden != found


def _tensors_differ(golden: Any, found: Any) -> bool:
    if golden.shape != found.shape:
        return True
    largest = float(golden.abs().max()) if golden.numel() else 0.0
    difference = float((golden - found).abs().max()) if golden.numel() else 0.0
    return not difference <= _TOLERANCE * largest  # also where either is no number
