"""The small vocabulary is one that the model's tokenizer accepts."""

from __future__ import annotations

from dataclasses import replace

from mgie.model.presets import MINI
from mgie.model.tokenizer import Tokenizer
from mgie.train.mini.vocabulary import train_tokenizer

TEXTS = ["make the picture brighter", "A dark, warm photograph; lift exposure.", "darken the sky a bit"] * 20


def test_words_of_the_texts_become_tokens_and_unknown_letters_bytes() -> None:
    assert MINI.tokens is not None
    tokens = replace(MINI.tokens, num_pieces=340)
    tokenizer = Tokenizer(train_tokenizer(TEXTS, 340), tokens)
    assert len(tokenizer.encode("make the picture brighter")) <= 6
    unknown = tokenizer.encode("Ω")
    assert tokens.unk_id not in unknown
    assert len(unknown) >= 3
