"""Generators that also return something: run one to its end and have what it returns."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def drain(generator: Generator[Item, None, Result], each: Callable[[Item], object] | None = None) -> Result:
    """Hand every item to `each`, or drop it; return what the generator returns."""
    while True:
        try:
            item = next(generator)
        except StopIteration as stop:
            return stop.value
        if each is not None:
            each(item)
