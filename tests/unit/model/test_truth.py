"""Keeping plans to what is true: descriptions are measured, outcomes said where they are sure."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mgie.model.mllm import Choice
from mgie.model.truth import checked_description, sure_outcomes

ORANGE = Image.fromarray(np.full((64, 64, 3), (230, 140, 40), np.uint8))
WORDS = [", so", " it", " becomes", " bright", "er", " and", " warmer", "."]


def decode(ids: list[int]) -> str:
    return "".join(WORDS[index] for index in ids)


def kept(probabilities: dict[int, float], least: float = 0.6) -> str:
    choices = [Choice(probabilities.get(place, 1.0), 0, 0.0) for place in range(len(WORDS))]
    ids = list(range(len(WORDS)))
    return sure_outcomes(decode(ids), ids, choices, decode, least)  # type: ignore[arg-type]  # of a list of ids


def test_a_true_description_stays_word_for_word() -> None:
    text = "This is a bright, warm, mostly orange photograph."
    assert checked_description(text, ORANGE) == text
    assert checked_description("Something else entirely.", ORANGE) == "Something else entirely."


@pytest.mark.parametrize("text", ["This is a dark, warm photograph.", "This is a bright, cool photograph."])
def test_a_description_that_the_picture_contradicts_is_measured_anew(text: str) -> None:
    assert checked_description(text, ORANGE) == "This is a bright, warm, mostly orange photograph."


@pytest.mark.parametrize(
    ("probabilities", "said"),
    [
        ({}, ", so it becomes brighter and warmer"),
        ({6: 0.5}, ", so it becomes brighter"),
        ({3: 0.7, 4: 0.8}, ", so it becomes warmer"),  # 0.56 of both pieces of the word
        ({3: 0.1, 6: 0.1}, ""),
    ],
)
def test_what_is_not_sure_is_left_out(probabilities: dict[int, float], said: str) -> None:
    assert kept(probabilities) == said


def test_nothing_but_outcomes_is_added_to_a_decision() -> None:
    assert sure_outcomes("strongly and warm the light.", [], [], decode, 0.0) == ""  # type: ignore[arg-type]
