"""Reading a request: which decision it asks for, how strong, and where.

A language model of a few million weights, trained from nothing, does not generalise over the long tail of
ways to word a wish. Words, their neighbours, and groups of letters, hashed, averaged and mapped, do so much
better on the same requests; beside them, a sentence encoder knows words that no request taught. So mini's
reader proposes the decision, and the language model, which sees the picture, chooses where only a picture
can tell, goes on with what becomes of it, and says it all to the painter.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mgie.model.config import ReaderConfig
from mgie.model.quantized import prepare_quantized
from mgie.model.sentence_encoder import Pieces, SentenceEncoder, padded

_NOT_A_WORD = re.compile(r"[^\w+\-&' ]")
# Between two wishes of one request.
_JOINTS = re.compile(r"\s*(?:[,;+&/]|\band also\b|\band\b|\bbut\b|\bthen\b|\bwith\b)\s*", re.IGNORECASE)
_LETTERS = (3, 4, 5, 6)  # lengths of the groups of letters
_SHORT = 2  # words of so many letters have no groups
_MAX_PARTS = 3
_SURE = 0.5  # a part that is less likely was no wish of its own
_DROPPED = 0.2  # share of the encoder's numbers that training hides
ENCODER_BLOCKS = ("blocks",)  # what of the encoder can be stored in 8 bits


class Understood(NamedTuple):
    """One way to understand a request."""

    decisions: tuple[str, ...]  # the same wish in words; several where only the picture tells which
    probability: float


class Features(NamedTuple):
    """What the reader takes in of a batch of requests."""

    buckets: Tensor  # of all requests, one after the other
    starts: Tensor  # (B,) where each begins
    pieces: Pieces | None  # where there is a sentence encoder


class RequestReader(nn.Module):
    """Hashed features of a request, averaged, and its encoding, mapped to all that is to be decided."""

    def __init__(self, config: ReaderConfig) -> None:
        super().__init__()
        self.config = config
        self.features = nn.EmbeddingBag(config.num_buckets, config.width, mode="mean")
        self.encoder = SentenceEncoder(config.encoder) if config.encoder else None
        width = config.width
        if self.encoder is not None and config.encoder is not None:
            width += config.encoder.hidden_size
            if config.encoder.is_int8:
                prepare_quantized(self.encoder, "int8", ENCODER_BLOCKS)
        self.mixing = nn.Linear(width, config.num_hidden)
        self.heads = nn.Linear(width + config.num_hidden, sum(config.sizes))

    def forward(self, features: Features) -> tuple[Tensor, ...]:
        """Scores (B, n) of decision, strength, region, exception, and of each wish among several."""
        known = self.features(features.buckets, features.starts)
        if self.encoder is not None and features.pieces is not None:
            meant = nn.functional.dropout(self.encoder(features.pieces), _DROPPED, self.training)
            known = torch.cat([known, meant.to(known.dtype)], 1)
        mixed = nn.functional.silu(self.mixing(known))
        return self.heads(torch.cat([known, mixed], 1)).split(self.config.sizes, dim=1)

    def read(self, texts: Sequence[str]) -> Features:
        """The features of requests, all of them."""
        pieces = self.encoder.split(texts) if self.encoder is not None else None
        return self.gather([buckets_of(text, self.config.num_buckets) for text in texts], pieces)

    def gather(self, buckets: Sequence[Sequence[int]], pieces: Sequence[Sequence[int]] | None) -> Features:
        """Buckets and pieces of every request as a batch, on the reader's device."""
        device = self.heads.weight.device
        flat = torch.tensor([bucket for each in buckets for bucket in each], device=device)
        starts = torch.tensor([0, *(len(each) for each in buckets[:-1])], device=device).cumsum(0)
        return Features(flat, starts, padded(pieces, device) if pieces is not None else None)

    @torch.no_grad()
    def understand(self, text: str) -> list[Understood]:
        """The likeliest ways to understand a request, at most two."""
        whole = self._shares(text)
        if int(whole[0].argmax()) == self.config.several:
            joined = self._joined(text) or self._listed(whole)
            if joined is not None:
                return [joined]
        return self._single(whole)

    def _single(self, shares: list[Tensor]) -> list[Understood]:
        """The likeliest decisions, not counting "several"; local ones as far as a region is named."""
        decisions = shares[0] * self._fitting(shares[2])
        best = (decisions / decisions.sum()).topk(2)
        return [
            Understood(self._worded(index, shares), probability)
            for probability, index in zip(best.values.tolist(), best.indices.tolist(), strict=True)
        ]

    def _fitting(self, regions: Tensor) -> Tensor:
        """How well every decision goes with the region that is named, or with none."""
        config = self.config
        is_local = torch.tensor(["{r}" in text for text in config.decisions], device=regions.device)
        fitting = torch.where(is_local, 1 - regions[0], regions[0])
        fitting[config.declined], fitting[config.several] = 1.0, 0.0
        return fitting

    def _joined(self, text: str) -> Understood | None:
        """Every part of a request read alone; None where no two sure wishes remain.

        A request of which a part is surely to be declined is declined.
        """
        parts = [part for part in _JOINTS.split(text) if part.strip()][:_MAX_PARTS]
        read = [self._single(self._shares(part))[0] for part in parts]
        no = self.config.decisions[self.config.declined]
        refused = [each for each in read if each.decisions[0] == no]
        if refused and refused[0].probability >= _SURE:
            return Understood((no,), refused[0].probability)
        wishes = list(dict.fromkeys(each.decisions[0] for each in read))
        probability = min(each.probability for each in read)
        if len(wishes) < 2 or probability < _SURE or refused:
            return None
        return self._as_one(wishes, probability)

    def _listed(self, shares: list[Tensor]) -> Understood | None:
        """The wishes that the whole request seems to hold; None where it is not several, or one is local."""
        wishes = shares[4].topk(_MAX_PARTS)
        sure = sorted(
            (index, probability)
            for probability, index in zip(wishes.values.tolist(), wishes.indices.tolist(), strict=True)
            if probability >= _SURE
        )
        texts = [self._worded(index, shares)[0] for index, _ in sure]
        is_local = any("{r}" in self.config.decisions[index] for index, _ in sure)
        if len(sure) < 2 or is_local or any(index == self.config.declined for index, _ in sure):
            return None
        return self._as_one(texts, min(probability for _, probability in sure))

    def _as_one(self, wishes: list[str], probability: float) -> Understood:
        """Several wishes as one plan."""
        plain = [wish.removeprefix(self.config.opening) for wish in wishes]
        said = " and ".join((", ".join(plain[:-1]), plain[-1]))
        return Understood((f"{self.config.opening}{said}",), probability)

    def _shares(self, text: str) -> list[Tensor]:
        *scores, wishes = (each[0].float() for each in self(self.read([text])))
        return [*(each.softmax(0) for each in scores), wishes.sigmoid()]

    def _worded(self, index: int, shares: list[Tensor]) -> tuple[str, ...]:
        """A decision with strength, region and exception in their places."""
        config = self.config
        strength = config.strengths[int(shares[1].argmax())]
        region = config.regions[1 + int(shares[2][1:].argmax())]
        spared = config.regions[int(shares[3].argmax())]
        if index == config.declined:
            return (config.decisions[index],)
        texts = config.decisions[index].split("|")
        filled = [text.replace("{z}", strength).replace("{r}", region) for text in texts]
        except_for = f", except in {spared}" if spared and "{r}" not in texts[0] else ""
        return tuple(f"{config.opening}{' '.join(text.split())}{except_for}" for text in filled)


def buckets_of(text: str, num_buckets: int) -> list[int]:
    """The hashed features of a request; never empty."""
    words = _NOT_A_WORD.sub(" ", text.lower().replace("colour", "color")).split() or ["nothing"]
    features = [f"1 {word}" for word in words]
    features += [f"2 {first} {second}" for first, second in pairwise(words)]
    features += [f"3 {' '.join(three)}" for three in zip(words, words[1:], words[2:], strict=False)]
    for word in words:
        if len(word) <= _SHORT:
            continue
        marked = f"<{word}>"
        features += [
            f"c {marked[at : at + length]}" for length in _LETTERS for at in range(len(marked) - length + 1)
        ]
    return [zlib.crc32(feature.encode()) % num_buckets for feature in features]
