"""From free memory to a plan, card by card."""

from __future__ import annotations

from typing import TypeAlias

import pytest

from mgie.model.load_options import PlacementMode, Precision
from mgie.model.memory_plan import ModelSizes, choose_plan, next_plan, plan_of, sizes_of
from mgie.model.networks import build_networks
from mgie.model.presets import INSPIX2PIX, MGIE_7B

GIB = 1 << 30
OTHERS = 1.5 * GIB  # a painting program and the desktop on the same card
ALL: list[Precision] = ["fp16", "int8", "int4"]


@pytest.fixture(scope="module")
def sizes() -> ModelSizes:
    return sizes_of(build_networks(MGIE_7B, device="meta"))


@pytest.mark.parametrize(
    ("card_gib", "precision", "placement", "tiles"),
    [
        (80, "fp16", "resident", False),
        (24, "fp16", "resident", False),
        (16, "fp16", "staged", False),
        (12, "int8", "resident", False),
        (8, "int4", "staged", False),
        (6, "int4", "layered", True),
        (2, "int4", "layered", True),
    ],
)
def test_every_card_has_its_plan(
    sizes: ModelSizes, card_gib: float, precision: Precision, placement: PlacementMode, tiles: bool
) -> None:
    plan = choose_plan(sizes, int(card_gib * GIB - OTHERS), precisions=ALL)
    assert (plan.precision, plan.placement, plan.tiles_pictures) == (precision, placement, tiles)
    if card_gib > 2:
        assert plan.num_bytes <= card_gib * GIB - OTHERS


def test_what_others_hold_counts(sizes: ModelSizes) -> None:
    assert choose_plan(sizes, 15 * GIB, precisions=ALL).placement == "staged"
    assert choose_plan(sizes, 13 * GIB, precisions=ALL).precision == "int8"


def test_less_memory_never_means_a_bigger_plan(sizes: ModelSizes) -> None:
    plans = [choose_plan(sizes, free * GIB // 4, precisions=ALL) for free in range(100, 0, -1)]
    needed = [plan.num_bytes for plan in plans]
    assert needed == sorted(needed, reverse=True)


def test_without_a_limit_the_best_is_chosen(sizes: ModelSizes) -> None:
    assert choose_plan(sizes, None, precisions=ALL).placement == "resident"
    assert choose_plan(sizes, None, precisions=["fp32"]).num_bytes > 32e9


def test_what_was_asked_for_is_kept(sizes: ModelSizes) -> None:
    plan = choose_plan(sizes, 4 * GIB, precisions=["int8"])
    assert (plan.precision, plan.placement) == ("int8", "layered")
    plan = choose_plan(sizes, 80 * GIB, precisions=ALL, placement="staged")
    assert (plan.precision, plan.placement) == ("fp16", "staged")


def test_a_model_without_a_language_model_is_staged_at_most() -> None:
    sizes = sizes_of(build_networks(INSPIX2PIX, device="meta"))
    assert sizes.language == 0
    plan = choose_plan(sizes, GIB, precisions=["fp16"])
    assert (plan.placement, plan.tiles_pictures) == ("staged", True)


def test_a_plan_says_itself_in_one_line(sizes: ModelSizes) -> None:
    assert str(choose_plan(sizes, 10 * GIB, precisions=ALL)) == "int8, all on the device, about 10.6 GB"


Way: TypeAlias = tuple[Precision, PlacementMode, bool]
STEPS_DOWN: list[Way] = [
    ("fp16", "resident", False),  # 24 GB
    ("fp16", "staged", False),  # 16
    ("int8", "resident", False),  # 12
    ("int8", "staged", False),
    ("int4", "resident", False),
    ("int4", "staged", False),  # 8
    ("int4", "staged", True),
    ("int4", "layered", True),  # 6
]


@pytest.mark.parametrize("start", range(len(STEPS_DOWN)))
def test_out_of_memory_steps_down_from_plan_to_plan(sizes: ModelSizes, start: int) -> None:
    assert stair(sizes, STEPS_DOWN[start], ALL) == STEPS_DOWN[start:]


@pytest.mark.parametrize(
    ("precisions", "expected"),
    [
        (ALL[:1], [("fp16", "staged", False), ("fp16", "staged", True), ("fp16", "layered", True)]),
        (
            ALL[:2],
            [
                ("fp16", "staged", False),
                ("int8", "resident", False),
                ("int8", "staged", False),
                ("int8", "staged", True),
                ("int8", "layered", True),
            ],
        ),
    ],
    ids=["fp16 asked for", "to int8"],
)
def test_precisions_that_a_model_may_not_have_are_left_out(
    sizes: ModelSizes, precisions: list[Precision], expected: list[Way]
) -> None:
    assert stair(sizes, STEPS_DOWN[0], precisions)[1:] == expected


def stair(sizes: ModelSizes, start: Way, precisions: list[Precision]) -> list[Way]:
    """Every plan from one on, each after the other ran out of memory."""
    precision, placement, tiles = start
    plan = plan_of(sizes, precision, placement, tiles_pictures=tiles)
    found = [start]
    while (following := next_plan(sizes, plan, precisions)) is not None:
        assert following.num_bytes <= plan.num_bytes
        plan = following
        found.append((plan.precision, plan.placement, plan.tiles_pictures))
    return found


def test_the_plans_of_the_cards_are_steps_of_one_stair(sizes: ModelSizes) -> None:
    chosen = [choose_plan(sizes, int(card * GIB - OTHERS), precisions=ALL) for card in (24, 16, 12, 8, 6)]
    ways = [(plan.precision, plan.placement, plan.tiles_pictures) for plan in chosen]
    assert ways == [way for way in STEPS_DOWN if way in ways]
    for plan in chosen:
        assert plan == plan_of(sizes, plan.precision, plan.placement, tiles_pictures=plan.tiles_pictures)


def test_a_plan_that_no_card_has_is_left_for_the_next(sizes: ModelSizes) -> None:
    plan = plan_of(sizes, "fp16", "layered", tiles_pictures=False)
    following = next_plan(sizes, plan, ALL)
    assert following is not None
    assert (following.precision, following.placement) == ("int4", "layered")
    assert following.num_bytes <= plan.num_bytes
