"""What is asked of a picture: operations joined, exceptions, and the names of it all."""

from __future__ import annotations

import numpy as np
import pytest

from mgie.synth.asking import (
    OPPOSITES,
    Request,
    combine,
    draw_request,
    sparing,
)
from mgie.synth.decisions import names, texts, wanted
from mgie.synth.engine import answer_request
from mgie.synth.expressive import STRENGTH_WORDS, decided
from mgie.synth.light import to_linear
from mgie.synth.locals import REGIONS
from mgie.synth.masks import region
from mgie.synth.mini_mix import mini_operations, mini_weights
from mgie.synth.operations import by_name
from support.synthetic_photos import photo

GROUPS = by_name(mini_operations())
WEIGHTS = mini_weights()


def request(*names: str) -> Request:
    """A plain request for one operation, or a compound of several."""
    parts = [GROUPS[name][0] for name in names]
    operation = parts[0] if len(parts) == 1 else combine(parts)
    return Request(operation=operation, strength="medium", text="as you like")


@pytest.mark.parametrize("split", ["train", "held_out"])
def test_every_drawn_request_can_be_carried_out(split: str) -> None:
    generator = np.random.default_rng(3)
    for _ in range(300):
        drawn = draw_request(WEIGHTS, GROUPS, split, generator)  # type: ignore[arg-type]  # both splits
        assert drawn.text.strip()
        assert drawn.operation.family == "refusal" or drawn.operation.action


def test_two_wishes_are_both_carried_out() -> None:
    pair = answer_request(photo(2), request("darken", "less_saturation"), np.random.default_rng(0))
    assert "I'll lower the exposure and tone down the colours, so it becomes" in pair.expressive_instruction
    assert pair.goal.mean() < pair.input.mean() - 10
    assert np.ptp(pair.goal, axis=2).mean() < 0.8 * np.ptp(pair.input, axis=2).mean()


def test_a_repair_within_a_compound_damages_the_input_alone() -> None:
    picture = photo(2)
    pair = answer_request(picture, request("fix_exposure", "warmer"), np.random.default_rng(0))
    assert not np.array_equal(pair.input, picture)
    warm = answer_request(picture, request("warmer"), np.random.default_rng(0))
    assert np.array_equal(pair.goal, warm.goal)


def test_an_exception_stays_as_it_is() -> None:
    picture = photo(2)
    spared = Request(operation=sparing(GROUPS["darken"][0], "left"), strength="strong", text="x")
    pair = answer_request(picture, spared, np.random.default_rng(0))
    inside = region(to_linear(picture), "left") == 1
    assert np.array_equal(pair.goal[inside], pair.input[inside])
    assert pair.goal[~inside].mean() < pair.input[~inside].mean() - 10
    assert "except in the left half" in pair.expressive_instruction


def test_what_cannot_be_done_is_declined_as_a_whole() -> None:
    assert request("brighten", "refusal").operation.family == "refusal"


def test_opposites_are_never_joined() -> None:
    generator = np.random.default_rng(5)
    for _ in range(400):
        names = [part.name for part in draw_request(WEIGHTS, GROUPS, "train", generator).operation.parts]
        if len(names) == 2:
            assert frozenset(names) not in OPPOSITES or "but" in str(names)


def test_every_request_has_a_decision_that_its_plan_begins_with() -> None:
    generator = np.random.default_rng(8)
    for _ in range(200):
        drawn = draw_request(WEIGHTS, GROUPS, "train", generator)
        wish = wanted(drawn)
        name, text = names()[wish.decision], texts()[wish.decision]
        if name == "several":
            assert drawn.operation.parts
            continue
        region = REGIONS.get(drawn.operation.area, "")
        filled = text.replace("{z}", STRENGTH_WORDS[drawn.strength]).replace("{r}", region)
        assert any(" ".join(each.split()) in decided(drawn) for each in filled.split("|")), drawn
