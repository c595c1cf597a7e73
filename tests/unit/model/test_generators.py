"""Generators that return something are run to their end, or their items changed on the way."""

from __future__ import annotations

from collections.abc import Generator

from mgie.model.generators import drain, mapped


def counting(closed: list[bool]) -> Generator[int, None, str]:
    try:
        yield 1
        yield 2
        return "done"
    finally:
        closed.append(True)


def test_every_item_is_handed_over_and_the_result_comes_back() -> None:
    items: list[int] = []
    assert drain(counting([]), items.append) == "done"
    assert items == [1, 2]
    assert drain(counting([])) == "done"


def test_changed_items_keep_their_order_and_the_result() -> None:
    items: list[str] = []
    assert drain(mapped(counting([]), str), items.append) == "done"
    assert items == ["1", "2"]


def test_closing_early_closes_what_was_mapped() -> None:
    closed: list[bool] = []
    changed = mapped(counting(closed), str)
    assert next(changed) == "1"
    changed.close()
    assert closed == [True]
