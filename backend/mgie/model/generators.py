"""Generators that also return something: run one to its end, or pass its items on changed."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

Item = TypeVar("Item")
Changed = TypeVar("Changed")
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


def mapped(
    generator: Generator[Item, None, Result], change: Callable[[Item], Changed]
) -> Generator[Changed, None, Result]:
    """Yield `change` of every item and return what the generator returns; closing closes it too."""
    try:
        while True:
            try:
                item = next(generator)
            except StopIteration as stop:
                return stop.value
            yield change(item)
    finally:
        generator.close()
