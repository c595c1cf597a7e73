"""How requests are worded."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgie.synth.corpus import phrases
from mgie.synth.operations import OPERATIONS, by_name
from mgie.synth.templates import AFTER, BEFORE, LATER, framed, mistype, own_phrases, word_request

GROUPS = by_name()


@pytest.mark.parametrize("name", list(GROUPS))
def test_every_operation_has_phrases_to_train_on_and_to_hold_out(name: str) -> None:
    for operation in GROUPS[name]:
        assert own_phrases(operation, "train")
        assert own_phrases(operation, "held_out")


def test_no_phrase_is_both_trained_on_and_held_out() -> None:
    for operation in OPERATIONS:
        assert not set(own_phrases(operation, "train")) & set(own_phrases(operation, "held_out"))


@given(st.integers(0, 10_000))
def test_a_request_is_clean_text(seed: int) -> None:
    generator = np.random.default_rng(seed)
    operation = OPERATIONS[int(generator.integers(len(OPERATIONS)))]
    strength = operation.strengths[int(generator.integers(len(operation.strengths)))]
    text = word_request(operation, strength, "train", generator)
    assert text == text.strip()
    assert "{" not in text
    assert "  " not in text


def test_a_strong_request_says_so() -> None:
    (darken,) = GROUPS["darken"]
    generator = np.random.default_rng(1)
    said = {phrase.text for phrase in phrases("darken") if phrase.said == "strong"}
    later = [words.replace("{x}", "").strip(" ,:") for words in LATER["strong"]]
    for _ in range(30):
        text = word_request(darken, "strong", "held_out", generator)
        words = (*BEFORE["strong"], *AFTER["strong"], *later)
        assert any(word in text for word in words) or any(phrase in text for phrase in said), text


def test_the_same_seed_words_the_same_request() -> None:
    (warmer,) = GROUPS["warmer"]
    first, second = (word_request(warmer, "slight", "train", np.random.default_rng(5)) for _ in range(2))
    assert first == second


def test_questions_are_only_put_around_imperatives() -> None:
    generator = np.random.default_rng(2)
    asked = [framed("brighten the sky", generator) for _ in range(60)]
    assert any(text.endswith("?") for text in asked)
    plain = [framed("way too dark", generator) for _ in range(60)]
    assert not any(text.endswith("?") or text.startswith("could") for text in plain)


def test_a_typo_changes_one_word_only() -> None:
    generator = np.random.default_rng(0)
    for _ in range(50):
        before, after = (
            ["please", "brighten", "the", "picture"],
            mistype("please brighten the picture", generator).split(),
        )
        assert sum(a != b for a, b in zip(before, after, strict=True)) <= 1
