"""Tokenizers of the CLIP text encoder: a text becomes a row of fixed length."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import sentencepiece
from transformers import CLIPTokenizer

from mgie.errors import BadTokenizer
from mgie.model.config import TextEncoderConfig


class TextTokenizer(Protocol):
    """Text in, `max_length` ids out."""

    def encode(self, text: str) -> list[int]:
        """Begin, text, end, padding; a long text is cut."""
        ...


class ClipTokenizer:
    """CLIP's own byte-pair encoding, from vocab.json and merges.txt."""

    def __init__(self, vocab_file: Path, merges_file: Path, config: TextEncoderConfig) -> None:
        for path in (vocab_file, merges_file):
            if not path.is_file():
                raise BadTokenizer(f"{path} is missing")
        self._max_length = config.max_length
        self._tokenizer = CLIPTokenizer(vocab=str(vocab_file), merges=str(merges_file))
        if len(self._tokenizer) != config.vocab_size:
            raise BadTokenizer(
                f"{vocab_file} has {len(self._tokenizer)} tokens, the text encoder needs {config.vocab_size}"
            )

    def encode(self, text: str) -> list[int]:
        """Begin, text, end, padding with the end token."""
        return self._tokenizer(
            text, padding="max_length", max_length=self._max_length, truncation=True
        ).input_ids


class PieceTokenizer:
    """A sentencepiece vocabulary for small models trained here."""

    def __init__(self, model_file: bytes, config: TextEncoderConfig) -> None:
        self._max_length = config.max_length
        self._pieces = sentencepiece.SentencePieceProcessor()
        try:
            self._pieces.LoadFromSerializedProto(model_file)
        except RuntimeError as error:
            raise BadTokenizer("tokenizer.model is not a sentencepiece model") from error
        num_pieces = self._pieces.GetPieceSize()
        if num_pieces != config.vocab_size:
            raise BadTokenizer(
                f"tokenizer.model has {num_pieces} pieces, the text encoder needs {config.vocab_size}"
            )

    def encode(self, text: str) -> list[int]:
        """Begin, text, end, padding with the end token."""
        ids = self._pieces.EncodeAsIds(text)[: self._max_length - 2]
        num_padding = self._max_length - 2 - len(ids)
        return [self._pieces.bos_id(), *ids, *[self._pieces.eos_id()] * (1 + num_padding)]
