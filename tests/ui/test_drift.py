"""A result that the model has shifted or zoomed: the panel says so, and whether that was put back."""

from __future__ import annotations

import pytest

from mgie.panel import texts


@pytest.mark.parametrize(
    ("measures", "words"),
    [
        ({}, ""),
        ({"drift_is_notable": 0.0, "drift_is_corrected": 0.0}, ""),
        ({"drift_is_notable": 1.0, "drift_is_corrected": 1.0}, "this was corrected"),
        ({"drift_is_notable": 1.0, "drift_is_corrected": 0.0}, "could not be corrected"),
    ],
)
def test_drift_is_told_in_words(measures: dict[str, float], words: str) -> None:
    assert words in texts.drift(measures)
    assert bool(texts.drift(measures)) == bool(words)


@pytest.mark.parametrize(("is_corrected", "words"), [(1.0, "this was corrected"), (0.0, "could not be")])
def test_drift_of_an_edit_shows_in_the_panel_as_a_note(bench, is_corrected: float, words: str) -> None:
    bench.backend.script.measures = {"drift_is_notable": 1.0, "drift_is_corrected": is_corrected}
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: bool(bench.host.placed))
    bench.wait(lambda: any(words in note for note in texts.notes(bench.state)))
    bench.wait(bench.panel.window.notes.isVisible)
