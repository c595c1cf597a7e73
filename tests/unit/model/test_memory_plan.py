"""From free memory to a plan, card by card."""

from __future__ import annotations

import pytest

from mgie.model.load_options import PlacementMode, Precision
from mgie.model.memory_plan import ModelSizes, choose_plan, sizes_of
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
