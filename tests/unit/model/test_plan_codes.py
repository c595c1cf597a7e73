"""Plans are read for what is to be painted: decisions, strengths, regions, exceptions, several at once."""

from __future__ import annotations

import torch

from mgie.model.config import ReaderConfig
from mgie.model.events import WHOLE, Area
from mgie.model.plan_codes import MAX_KEYS, PlanCodes

CONFIG = ReaderConfig(
    decisions=("lift it {z}", "lift it all up {z}", "warm only {r} {z}", "I can't", "", "calm it|wake it"),
    declined=3,
    several=4,
    strengths=("slightly", "", "strongly"),
    regions=("", "the sky", "the left half"),
)
CODES = PlanCodes(CONFIG, 4)


def keys(plan: str) -> list[int]:
    """What is found in a plan."""
    found = CODES.keys(plan)
    assert found.shape == (1, MAX_KEYS)
    return [key for key in found[0].tolist() if key >= 0]


def test_every_decision_and_strength_has_a_code_of_its_own() -> None:
    plans = (
        "I'll lift it slightly.",
        "I'll lift it.",
        "I'll lift it strongly.",
        "I'll calm it.",
        "I'll wake it.",
    )
    found = [tuple(keys(plan)) for plan in plans]
    assert len(set(found)) == len(plans)
    assert all(len(each) == 1 for each in found)


def test_the_longer_decision_is_not_taken_for_the_shorter() -> None:
    assert keys("I'll lift it all up.") != keys("I'll lift it.")
    assert len(keys("I'll lift it all up strongly, so it becomes brighter.")) == 1


def test_a_region_is_no_part_of_the_code() -> None:
    plans = ("I'll warm only the sky.", "I'll warm only the left half.")
    (sky,), (left,) = (CODES.wishes(plan) for plan in plans)
    assert sky.key == left.key
    assert (sky.area, left.area) == (Area(1), Area(2))
    (spared,) = CODES.wishes("I'll lift it, except in the sky.")
    assert spared.area == Area(1, is_inside=False)


def test_wishes_are_sorted_by_where_they_apply() -> None:
    areas = CODES.by_area("I'll warm only the sky and lift it and calm it.")
    assert set(areas) == {Area(1), WHOLE}
    assert areas[WHOLE].tolist() == CODES.keys("I'll lift it and calm it.").tolist()
    assert list(CODES.by_area("Paint it in other words.")) == [WHOLE]


def test_several_wishes_have_all_their_codes() -> None:
    assert set(keys("I'll lift it and calm it, so it becomes flatter.")) == {
        *keys("I'll lift it."),
        *keys("I'll calm it."),
    }


def test_other_words_have_no_code() -> None:
    assert keys("Paint a lift itself in the garden.") == []
    assert keys("") == []


def test_codes_are_summed() -> None:
    with torch.no_grad():
        CODES.codes.copy_(torch.randn(CODES.codes.shape, generator=torch.Generator().manual_seed(0)))
    plan = "I'll lift it and calm it."
    assert torch.allclose(CODES(CODES.keys(plan))[0, 0], CODES.codes[keys(plan)].sum(0))
    assert CODES(CODES.keys("nothing")).abs().max() == 0
