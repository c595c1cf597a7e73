"""The collected requests: what is held out stays held out, and nothing that models are judged by is there."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from mgie.synth.corpus import (
    compounds,
    is_held_out,
    look_alikes,
    other_languages,
    phrases,
    region_names,
)
from mgie.synth.locals import REGIONS
from mgie.synth.mini_mix import mini_operations
from mgie.synth.operations import by_name

NAMES = list(by_name(mini_operations()))


def judged() -> set[str]:
    """The requests that models are judged by, without what only decorates them."""
    data = files("mgie.evaluate") / "data"
    lists = [(data / f"{name}.json").read_text(encoding="utf-8") for name in ("judged", "development")]
    return {plain(request["text"]) for each in lists for request in json.loads(each)}


def plain(text: str) -> str:
    """In small letters, without marks at the end."""
    return text.lower().strip().rstrip(".!? ")


def everything() -> list[str]:
    """All texts of the corpus."""
    return [
        *(phrase.text for name in NAMES for phrase in phrases(name)),
        *(compound.text for compound in compounds()),
        *(text for text, _ in (*look_alikes(), *other_languages())),
    ]


def test_nothing_that_models_are_judged_by_is_in_the_corpus() -> None:
    assert not judged() & {plain(text) for text in everything()}


def test_a_fifth_of_the_phrases_is_held_out_by_their_words() -> None:
    texts = [phrase.text for name in NAMES for phrase in phrases(name)]
    share = sum(map(is_held_out, texts)) / len(texts)
    assert 0.17 < share < 0.23
    assert is_held_out("More Light") == is_held_out("more light")


@pytest.mark.parametrize("name", [name for name in NAMES if phrases(name)])
def test_every_collected_operation_has_all_splits_and_trains_on_nothing_kept(name: str) -> None:
    train, held_out, rare = (phrases(name, split) for split in ("train", "held_out", "rare"))
    assert train
    assert held_out
    assert rare
    kept = {plain(phrase.text) for phrase in (*held_out, *rare)}
    assert not kept & {plain(phrase.text) for phrase in train}


def test_only_local_phrases_speak_of_a_region() -> None:
    for name in NAMES:
        for phrase in phrases(name):
            assert ("{r}" in phrase.text) == name.startswith("local_"), phrase


def test_compounds_and_look_alikes_name_operations_that_there_are() -> None:
    for compound in compounds():
        assert set(compound.operations) <= set(NAMES)
        assert len(compound.operations) > 1
    assert {name for _, name in (*look_alikes(), *other_languages())} <= set(NAMES)


def test_look_alikes_stay_together() -> None:
    train, held_out = look_alikes("train"), look_alikes("held_out")
    assert len(train) % 2 == len(held_out) % 2 == 0
    assert not set(train) & set(held_out)


def test_every_region_has_names() -> None:
    assert all(len(region_names(area)) > 10 for area in REGIONS)
