"""Pairs are exact, described truthfully, and the same in every run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mgie.errors import BadData
from mgie.model.presets import MINI
from mgie.synth.claims import check
from mgie.synth.engine import SyntheticPair, make_pair, name_weights
from mgie.synth.mini_mix import is_within, mini_operations, mini_weights
from mgie.synth.operations import OPERATIONS, by_name
from mgie.synth.photos import is_held_out, list_photos
from mgie.train.data.synthetic import SyntheticSource, load_photos, open_synthetic, save_pack
from support.synthetic_photos import photo, write_photos

PAIRS = [
    make_pair(photo(index), operation, np.random.default_rng(index))
    for index, operation in enumerate(OPERATIONS)
]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.operation.name} {pair.operation.variant}")
def test_input_and_goal_are_pictures_of_the_photograph(pair: SyntheticPair) -> None:
    for picture in (pair.input, pair.goal):
        assert picture.dtype == np.uint8
        assert picture.shape == (64, 64, 3)


def test_for_repairs_and_removals_the_photograph_is_the_goal() -> None:
    for index, pair in enumerate(PAIRS):
        if pair.operation.restores:
            assert np.array_equal(pair.goal, photo(index))
        elif pair.operation.name != "recolour_frame":
            assert np.array_equal(pair.input, photo(index))


def test_a_refusal_changes_nothing_and_says_so() -> None:
    pair = next(pair for pair in PAIRS if pair.operation.family == "refusal")
    assert np.array_equal(pair.input, pair.goal)
    assert MINI.plan is not None
    assert MINI.plan.declines_with in pair.expressive_instruction


def test_recolouring_starts_from_the_frame_that_is_there() -> None:
    pair = next(pair for pair in PAIRS if pair.operation.variant == "white red")
    assert pair.input[0, 0].min() == 255
    assert pair.goal[0, 0, 0] > 150 > pair.goal[0, 0, 1]


def test_every_claim_of_the_descriptions_is_true() -> None:
    for pair in PAIRS:
        claims = check(pair.expressive_instruction, pair.input, pair.goal)
        assert claims, pair.expressive_instruction
        assert all(holds for _, holds in claims), pair.expressive_instruction


def test_descriptions_stay_below_the_word_limit() -> None:
    assert max(len(pair.expressive_instruction.split()) for pair in PAIRS) < 32


def test_the_decision_stands_where_the_model_looks_for_it() -> None:
    plan = MINI.plan
    assert plan is not None
    for pair in PAIRS:
        _, after, decision = pair.expressive_instruction.partition(plan.decides_after)
        assert after, pair.expressive_instruction
        assert decision.startswith((" I'll ", f" {plan.declines_with}"))


def test_a_plan_is_two_plain_sentences() -> None:
    texts = [pair.expressive_instruction for pair in PAIRS]
    assert all(
        text.startswith("This is a ") and text.count(". ") == 1 and text.endswith(".") for text in texts
    )


def test_the_same_seed_makes_the_same_pair() -> None:
    first, second = (make_pair(photo(), OPERATIONS[0], np.random.default_rng(9)) for _ in range(2))
    assert first.instruction == second.instruction
    assert np.array_equal(first.goal, second.goal)


def test_weights_are_shares_of_every_request() -> None:
    weights = name_weights()
    assert set(weights) == set(by_name())
    assert sum(weights.values()) == pytest.approx(1)
    assert sum(mini_weights().values()) == pytest.approx(1)
    assert set(mini_weights()) == set(by_name())


def test_what_the_mini_cannot_do_is_taught_as_a_refusal() -> None:
    for operation, taught in zip(OPERATIONS, mini_operations(), strict=True):
        assert taught.family == (operation.family if is_within(operation) else "refusal")


def test_a_tenth_of_the_photographs_is_held_out_whatever_else_is_there() -> None:
    names = [f"folder/{index:04}.jpg" for index in range(2000)]
    share = sum(map(is_held_out, names)) / len(names)
    assert 0.07 < share < 0.13
    assert is_held_out(names[3]) == is_held_out("folder/0003.jpg")


def test_the_splits_share_no_photograph(tmp_path: Path) -> None:
    folder = write_photos(tmp_path, 30, 16)
    train, held_out = list_photos(folder, "train"), list_photos(folder, "held_out")
    assert not set(train) & set(held_out)
    assert sorted(train + held_out) == list_photos(folder)


def test_the_source_gives_the_same_pair_for_the_same_index(tmp_path: Path) -> None:
    pack = tmp_path / "photos.npz"
    save_pack(write_photos(tmp_path / "photos", 30, 32), pack, 32)
    first, second = (SyntheticSource(pack, size_px=32, num_pairs=9, seed=4) for _ in range(2))
    assert len(first) == 9
    assert first[5].key == second[5].key == "4-5"
    assert first[5].instruction == second[5].instruction
    assert np.array_equal(first[5].goal, second[5].goal)


def test_a_pack_of_another_size_is_refused(tmp_path: Path) -> None:
    pack = tmp_path / "photos.npz"
    save_pack(write_photos(tmp_path / "photos", 30, 32), pack, 32)
    with pytest.raises(BadData, match=r"expected \(64, 64, 3\)"):
        load_photos(pack, 64, "train")


def test_an_unknown_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="train or held_out"):
        open_synthetic(tmp_path, split="test", seed=0, num_pairs=1)


def test_a_folder_without_photographs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="no photographs"):
        list_photos(tmp_path)


def test_every_request_beyond_the_mini_keeps_its_picture() -> None:
    for operation in mini_operations():
        if operation.family == "refusal":
            pair = make_pair(photo(), operation, np.random.default_rng(0))
            assert np.array_equal(pair.input, pair.goal), operation.name
