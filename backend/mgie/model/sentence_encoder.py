"""A small transformer that knows what English words mean, from before it saw a single request.

The architecture of Google's Universal Sentence Encoder (lite), whose published weights it starts from
(Cer et al., 2018; Apache-2.0): pieces of words, two pre-norm blocks, and the mean over the pieces.
What it was taught before, and the requests do not teach, is that "kodachrome" goes with film.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mgie.model.config import SentenceEncoderConfig

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor

_MAX_PIECES = 64  # of a text; the rest is not read


class Pieces(NamedTuple):
    """Texts in pieces, padded."""

    ids: Tensor  # (B, T) int64
    is_there: Tensor  # (B, T) bool


class SentenceEncoder(nn.Module):
    """Texts to vectors (B, hidden_size). Its vocabulary, a sentencepiece model, is part of its state."""

    vocabulary: Tensor  # (num_vocabulary_bytes,) uint8

    def __init__(self, config: SentenceEncoderConfig) -> None:
        super().__init__()
        self.register_buffer("vocabulary", torch.zeros(config.num_vocabulary_bytes, dtype=torch.uint8))
        self.pieces = nn.Embedding(config.vocab_size, config.width)
        widths = [config.width, *[config.hidden_size] * (config.num_layers - 1)]
        self.blocks = nn.ModuleList([_Block(width, config) for width in widths])

    def forward(self, pieces: Pieces) -> Tensor:
        """The mean of what the blocks make of every piece, normalised."""
        there = pieces.is_there[..., None]
        states = self.pieces(pieces.ids)
        # The published encoder adds the pieces twice: once by themselves, once under their positions.
        states = (2 * states + _positions(states)) * there
        for block in self.blocks:
            states = block(states, pieces.is_there)
        mean = (states * there).sum(1) / there.sum(1)
        return F.layer_norm(mean.float(), mean.shape[1:])

    def split(self, texts: Sequence[str]) -> list[list[int]]:
        """The pieces of every text, never none; capitals do not matter."""
        return [self._pieces.EncodeAsIds(text.lower())[:_MAX_PIECES] or [0] for text in texts]

    @cached_property
    def _pieces(self) -> SentencePieceProcessor:
        from sentencepiece import SentencePieceProcessor  # what benchmarks on a GPU can do without

        loaded = SentencePieceProcessor()
        loaded.LoadFromSerializedProto(bytes(self.vocabulary.tolist()))
        return loaded


class _Block(nn.Module):
    """Attention and feed-forward; the first block widens."""

    def __init__(self, width: int, config: SentenceEncoderConfig) -> None:
        super().__init__()
        hidden = config.hidden_size
        self._num_heads = config.num_heads
        self.attention_norm = nn.LayerNorm(width, eps=1e-6)
        self.qkv = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, hidden)
        self.widen = nn.Linear(width, hidden) if width != hidden else nn.Identity()
        self.feed_forward_norm = nn.LayerNorm(hidden, eps=1e-6)
        self.up = nn.Linear(hidden, config.feed_forward_size)
        self.down = nn.Linear(config.feed_forward_size, hidden)

    def forward(self, states: Tensor, is_there: Tensor) -> Tensor:
        batch, length, width = states.shape
        queries, keys, values = (
            each.view(batch, length, self._num_heads, -1).transpose(1, 2)
            for each in self.qkv(self.attention_norm(states)).chunk(3, -1)
        )
        seen = F.scaled_dot_product_attention(queries, keys, values, attn_mask=is_there[:, None, None])
        states = self.widen(states) + self.output(seen.transpose(1, 2).reshape(batch, length, width))
        return states + self.down(F.relu(self.up(self.feed_forward_norm(states))))


def padded(rows: Sequence[Sequence[int]], device: torch.device) -> Pieces:
    """Rows of pieces as tensors."""
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows], device=device)
    lengths = torch.tensor([len(row) for row in rows], device=device)
    return Pieces(ids, torch.arange(longest, device=device) < lengths[:, None])


def _positions(states: Tensor) -> Tensor:
    """(T, width): sines and cosines of wave lengths from 2 pi to 20,000 pi, evenly in their logarithm."""
    length, half = states.shape[1], states.shape[2] // 2
    rates = torch.exp(torch.arange(half, device=states.device) * (-torch.log(torch.tensor(1e4)) / (half - 1)))
    angles = torch.arange(length, device=states.device)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], 1).to(states.dtype)
