"""Tokenisation exactly as the weights were trained with: the slow LLaMA tokenizer of transformers 4.28.

A text is split at the added tokens, whitespace around them is dropped, and every remaining piece is encoded
by sentencepiece on its own. Newer tokenizers give other ids, which displaces the visual tokens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import sentencepiece

from mgie.errors import BadTokenizer
from mgie.model.config import TokenConfig


class Tokenizer:
    """Sentencepiece plus the added tokens of `TokenConfig`."""

    def __init__(self, model_file: bytes, tokens: TokenConfig) -> None:
        """model_file: the content of tokenizer.model. Raises BadTokenizer when its ids are not `tokens`'."""
        self.model_file = model_file
        self.tokens = tokens
        self._pieces = sentencepiece.SentencePieceProcessor()
        try:
            self._pieces.LoadFromSerializedProto(model_file)
        except RuntimeError as error:
            raise BadTokenizer("tokenizer.model is not a sentencepiece model") from error
        self._check_pieces()
        special = {self._pieces.IdToPiece(i): i for i in (tokens.unk_id, tokens.bos_id, tokens.eos_id)}
        self._marker_ids = tokens.added_tokens | special
        self._marker_texts = {token_id: text for text, token_id in self._marker_ids.items()}
        self._added_ids = frozenset(tokens.added_tokens.values())
        longest_first = sorted(self._marker_ids, key=len, reverse=True)
        self._markers = re.compile("(" + "|".join(map(re.escape, longest_first)) + ")")

    @classmethod
    def from_file(cls, path: Path, tokens: TokenConfig) -> Tokenizer:
        """Read tokenizer.model."""
        try:
            return cls(path.read_bytes(), tokens)
        except FileNotFoundError as error:
            raise BadTokenizer(f"{path} is missing") from error
        except OSError as error:
            raise BadTokenizer(f"{path} cannot be read: {error.strerror}") from error
        except BadTokenizer as error:
            raise BadTokenizer(f"{path}: {error}") from error

    def encode(self, text: str) -> list[int]:
        """Ids of a text whose markers ([IMG0], </s>, ...) count as tokens; bos in front."""
        return self.encode_pieces(self.split(text))

    def split(self, text: str) -> list[str | int]:
        """Cut a text at its markers, which become ids."""
        return [self._marker_ids.get(piece, piece) for piece in self._markers.split(text)]

    def encode_pieces(self, pieces: Sequence[str | int]) -> list[int]:
        """Ids of texts and ready ids in sequence; bos in front.

        Markers inside the texts stay plain text. Neighbouring texts are encoded as one.
        """
        joined: list[str | int] = []
        for piece in pieces:
            last = joined[-1] if joined else None
            if isinstance(piece, str) and isinstance(last, str):
                joined[-1] = last + piece
            else:
                joined.append(piece)
        ids = [self.tokens.bos_id]
        for index, piece in enumerate(joined):
            if isinstance(piece, int):
                ids.append(piece)
                continue
            if index and joined[index - 1] in self._added_ids:
                piece = piece.lstrip()
            if index + 1 < len(joined) and joined[index + 1] in self._added_ids:
                piece = piece.rstrip()
            ids += self._pieces.EncodeAsIds(piece) if piece else []
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids. Added tokens are set off by single blanks; <s>, </s>, <unk> stay visible."""
        parts: list[str] = []
        run: list[int] = []
        for token_id in ids:
            if token_id in self._added_ids:
                parts += [self._decode_run(run)] if run else []
                parts.append(self._marker_texts[token_id])
                run = []
            else:
                run.append(token_id)
        parts += [self._decode_run(run)] if run else []
        return " ".join(parts)

    def _decode_run(self, ids: Sequence[int]) -> str:
        text = ""
        plain: list[int] = []
        follows_special = False
        for index, token_id in enumerate(ids):
            if token_id not in self._marker_texts:
                plain.append(token_id)
                follows_special = False
                continue
            if index and not follows_special:
                text += " "  # the published decoder puts it before the text, not before the marker
            text += self._pieces.DecodeIds(plain) + self._marker_texts[token_id]
            plain = []
            follows_special = True
        return text + self._pieces.DecodeIds(plain)

    def _check_pieces(self) -> None:
        num_pieces = self._pieces.GetPieceSize()
        if num_pieces != self.tokens.num_pieces:
            raise BadTokenizer(
                f"tokenizer.model has {num_pieces} pieces, the model needs {self.tokens.num_pieces}; "
                "use the tokenizer that came with the weights"
            )
        found = (self._pieces.unk_id(), self._pieces.bos_id(), self._pieces.eos_id())
        needed = (self.tokens.unk_id, self.tokens.bos_id, self.tokens.eos_id)
        if found != needed:
            raise BadTokenizer(f"tokenizer.model has unk, bos, eos = {found}, the model needs {needed}")


def check_added_tokens(added: Mapping[str, int], tokens: TokenConfig) -> None:
    """Refuse a tokenizer whose added tokens are not those the weights were trained with.

    added: what an added_tokens.json says. [IMG0] .. [IMG7] may be absent, as in LLaVA's own tokenizer, which
    training extends; the three image tokens may not: [IMG0] would silently take the place of <im_patch>.
    """
    for text, token_id in tokens.added_tokens.items():
        if text not in added and token_id in tokens.visual_ids:
            continue
        if added.get(text) != token_id:
            found = added.get(text, "missing")
            raise BadTokenizer(
                f"added token {text} is {found}, the model needs id {token_id}; "
                "use the tokenizer of the LLaVA checkpoint, not that of plain LLaMA or Vicuna"
            )
    unknown = {
        text: i for text, i in added.items() if i >= tokens.num_pieces and text not in tokens.added_tokens
    }
    if unknown:
        raise BadTokenizer(f"the tokenizer has added tokens that the model does not know: {unknown}")
