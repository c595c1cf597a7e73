"""A tokenizer from `tokenizer.json`, with rows of one length."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer

from mgie.errors import BadTokenizer


class JsonTokenizer:
    """Text in, `max_length` ids out: what the file says, cut and padded with <pad>."""

    def __init__(self, path: Path, *, max_length: int, vocab_size: int) -> None:
        if not path.is_file():
            raise BadTokenizer(f"{path} is missing")
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises plain Exception for any damage
            raise BadTokenizer(f"{path} is no tokenizer: {error}") from error
        num_tokens, pad_id = self._tokenizer.get_vocab_size(), self._tokenizer.token_to_id("<pad>")
        if num_tokens > vocab_size or pad_id is None:
            raise BadTokenizer(f"{path} has {num_tokens} tokens, the text encoder {vocab_size} with <pad>")
        self._tokenizer.enable_truncation(max_length)
        self._tokenizer.enable_padding(length=max_length, pad_id=pad_id, pad_token="<pad>")

    def encode(self, text: str) -> list[int]:
        """Text, end, padding; a long text is cut."""
        return self._tokenizer.encode(text).ids
