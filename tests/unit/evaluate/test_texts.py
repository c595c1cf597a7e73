"""What is measured of an expressive instruction, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mgie.evaluate.scoring.texts import concrete_words, rouge_l, text_numbers, words

DARK = np.full((16, 16, 3), 40, np.uint8)
BRIGHT = np.full((16, 16, 3), 170, np.uint8)


def test_words_are_small_letters_without_punctuation() -> None:
    assert words("Don't over-do it, PLEASE: 2 stops!") == ["don't", "over-do", "it", "please", "2", "stops"]


def test_rouge_l_is_the_f1_of_the_longest_common_subsequence() -> None:
    """Of "make the sky red" in "the sky turns red": the, sky, red of 4 and 4 words."""
    assert rouge_l(["make", "the", "sky", "red"], ["the", "sky", "turns", "red"]) == pytest.approx(6 / 8)
    assert rouge_l([], ["red"]) == 0.0


def test_overlap_and_concreteness_are_shares_of_words() -> None:
    numbers = text_numbers("make the sky red", "the red sky will glow softly", DARK, DARK)
    assert numbers["text-words"] == 6
    assert numbers["text-new-words"] == pytest.approx(3 / 6)  # will, glow, softly
    assert numbers["text-recall"] == pytest.approx(3 / 4)  # all but "make"
    assert numbers["text-concrete"] == pytest.approx(3 / 6)  # red, sky, glow


def test_claims_are_held_against_the_pictures() -> None:
    text = "This is a dark, neutral photograph. I'll lift the exposure, so it becomes brighter."
    true, false = (
        text_numbers("brighten it", text, DARK, BRIGHT),
        text_numbers("brighten it", text, BRIGHT, DARK),
    )
    assert true["text-claims"] == false["text-claims"] >= 2
    assert true["text-true"] == 1
    assert false["text-true"] < 0.5


def test_claims_of_the_input_and_of_the_answer_are_told_apart() -> None:
    """A dark picture stays as it is: what was seen holds, what was promised does not."""
    text = "This is a dark, neutral photograph. I'll lift the exposure, so it becomes brighter."
    numbers = text_numbers("brighten it", text, DARK, DARK)
    assert numbers["text-true-input"] == 1
    assert numbers["text-true-outcome"] == 0
    assert numbers["text-true"] == pytest.approx(2 / 3)
    assert "text-true-outcome" not in text_numbers("look", "This is a dark, neutral photograph.", DARK, DARK)


def test_an_editor_that_writes_nothing_has_no_numbers() -> None:
    assert text_numbers("make it red", " . ", DARK, DARK) == {}


def test_the_list_of_concrete_words_has_single_small_words() -> None:
    assert len(concrete_words()) > 100
    assert all(words(word) == [word] for word in concrete_words())
