"""A small sentencepiece vocabulary in LLaMA's manner, trained on the words that mgie-mini meets."""

from __future__ import annotations

import io
from collections.abc import Iterable

import sentencepiece


def train_tokenizer(texts: Iterable[str], num_pieces: int) -> bytes:
    """The content of tokenizer.model: byte pairs, every byte as a fallback, unk 0, bos 1, eos 2."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.Train(  # pyright: ignore[reportAttributeAccessIssue]  # made at run time
        sentence_iterator=iter(texts),
        model_writer=model,
        vocab_size=num_pieces,
        model_type="bpe",
        byte_fallback=True,
        normalization_rule_name="identity",
        character_coverage=1.0,
        unk_id=0,
        bos_id=1,
        eos_id=2,
        pad_id=-1,
        num_threads=1,
        minloglevel=2,
    )
    return model.getvalue()
