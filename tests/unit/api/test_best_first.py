"""The order of several results: unchanged ones last, slid ones before them, the rest by what was measured."""

from __future__ import annotations

from mgie.api.best_first import Reason, best_first, joined

STEADY = {"num_changed": 9.0, "drift_x_px": 0.0, "drift_y_px": 0.0, "outside_change": 0.02}


def positions(measures: list[dict[str, float]]) -> list[tuple[int, Reason]]:
    return [(standing.position, standing.reason) for standing in best_first(measures)]


def test_without_a_clip_the_surroundings_decide() -> None:
    calm = {**STEADY, "outside_change": 0.01}
    assert positions([STEADY, calm]) == [(1, Reason.OUTSIDE), (0, Reason.OUTSIDE)]


def test_with_a_clip_the_words_decide() -> None:
    measures = [
        {**STEADY, "instruction_match": match, "outside_change": match} for match in (0.01, 0.05, -0.02)
    ]
    assert positions(measures) == [(1, Reason.MATCH), (0, Reason.MATCH), (2, Reason.MATCH)]
    del measures[1]["instruction_match"]  # of one of them it is not known
    assert positions(measures)[0] == (2, Reason.OUTSIDE)


def test_what_slid_or_changed_nothing_comes_last_and_says_so() -> None:
    slid = {**STEADY, "drift_x_px": 3.0, "drift_y_px": 4.0, "instruction_match": 0.9}
    nothing = {**STEADY, "num_changed": 0.0, "instruction_match": 0.9}
    good = {**STEADY, "instruction_match": 0.1}
    assert positions([nothing, slid, good]) == [(2, Reason.MATCH), (1, Reason.DRIFTED), (0, Reason.UNCHANGED)]
    assert best_first([nothing, slid, good])[1].value == 5.0


def test_equal_results_keep_the_order_of_their_seeds() -> None:
    assert positions([STEADY, STEADY]) == [(0, Reason.SEED), (1, Reason.SEED)]
    assert best_first([]) == []


def test_several_regions_count_as_their_worst() -> None:
    first = {**STEADY, "instruction_match": 0.3, "num_changed": 1.0}
    second = {**STEADY, "drift_x_px": -2.0, "instruction_match": 0.1, "num_changed": 0.0, "extra": 1.0}
    assert joined([first, second]) == {
        "num_changed": 1.0,
        "drift_x_px": -2.0,
        "drift_y_px": 0.0,
        "outside_change": 0.02,
        "instruction_match": 0.1,
    }
