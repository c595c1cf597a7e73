"""Walking through earlier instructions."""

from hypothesis import given
from hypothesis import strategies as st

from mgie.panel.state.history import MAX_ENTRIES, History

THREE = History().with_entry("first").with_entry("second").with_entry("third")


def test_walking_up_and_down_returns_to_the_draft() -> None:
    history, shown = THREE.older("half a sent")
    assert shown == "third"
    history, shown = history.older(shown)
    assert shown == "second"
    history, shown = history.newer(shown)
    history, shown = history.newer(shown)
    assert shown == "half a sent"
    assert history.newer(shown) == (history, shown)


def test_the_oldest_entry_is_the_end() -> None:
    history, shown = THREE, "x"
    for _ in range(9):
        history, shown = history.older(shown)
    assert shown == "first"


def test_an_empty_history_leaves_the_field_alone() -> None:
    assert History().older("words") == (History(), "words")


def test_an_entry_used_again_moves_to_the_top() -> None:
    assert THREE.with_entry(" first ").entries == ("first", "third", "second")
    assert THREE.with_entry("  ") is THREE


@given(st.lists(st.text(max_size=4), max_size=300))
def test_entries_are_bounded_and_unique(texts: list[str]) -> None:
    history = History()
    for text in texts:
        history = history.with_entry(text)
    assert len(set(history.entries)) == len(history.entries) <= MAX_ENTRIES
