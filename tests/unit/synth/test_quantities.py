"""Requests made of parts: every operation has them, regions in their places, and tests never meet them."""

from __future__ import annotations

import numpy as np
import pytest

from mgie.synth.corpus import phrases
from mgie.synth.operation import ALL_STRENGTHS
from mgie.synth.operations import by_name
from mgie.synth.quantities import QUANTITIES, word_quantity
from mgie.synth.templates import own_phrases, word_phrase

NAMES = sorted({name for each in QUANTITIES for name in (each.up, each.down)})
LOCAL = ["local_brighten", "local_darken", "local_saturate", "local_warm", "local_cool", "local_contrast"]


@pytest.mark.parametrize("name", [*NAMES, *LOCAL])
def test_requests_are_whole_and_name_the_region_where_there_is_one(name: str) -> None:
    generator = np.random.default_rng(0)
    texts = {word_quantity(name, strength, generator) for strength in ALL_STRENGTHS for _ in range(200)}
    assert len(texts) > 50
    for text in texts:
        assert text == " ".join(text.split())
        assert not any(slot in text for slot in ("{n}", "{b}", "{s}", "{w}", "{p}"))
        assert ("{r}" in text) == (name in LOCAL)


def test_the_two_directions_never_share_a_request() -> None:
    generator = np.random.default_rng(1)
    for quantity in QUANTITIES:
        up, down = (
            {word_quantity(name, "medium", generator) for _ in range(500)}
            for name in (quantity.up, quantity.down)
        )
        assert not up & down


def test_what_is_no_quantity_has_none() -> None:
    assert word_quantity("sepia", "medium", np.random.default_rng(0)) == ""


def test_held_out_requests_are_never_made_of_parts() -> None:
    generator = np.random.default_rng(2)
    (operation,) = by_name()["less_saturation"]
    known = {phrase.text for phrase in phrases("less_saturation", "held_out")}
    own = own_phrases(operation, "held_out")
    for _ in range(100):
        text = word_phrase(operation, "medium", "held_out", generator)
        assert text in known or any(phrase.split(" {")[0] in text for phrase in own)
