"""What mgie-mini's training begins with: packed photographs and a vocabulary."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from pathlib import Path

from mgie.atomic_write import write_atomically
from mgie.model.presets import MINI
from mgie.train.data.synthetic import open_synthetic, save_pack
from mgie.train.mini.vocabulary import train_tokenizer

log = logging.getLogger(__name__)

NUM_TEXTS = 12_000
NUM_WHITENING = 512  # photographs whose latents set mean and deviation


def prepare_words(photos: Path, out: Path, *, num_texts: int = NUM_TEXTS) -> tuple[Path, Path]:
    """Write photos.npz and tokenizer.model, where they are not there yet; returns both.

    photos: a folder of photographs, or a pack of them; num_texts: requests that the vocabulary is made from.
    """
    out.mkdir(parents=True, exist_ok=True)
    pack, tokenizer = out / "photos.npz", out / "tokenizer.model"
    if not pack.exists():
        save_pack(photos, pack, MINI.native_size_px)
    if not tokenizer.exists():
        assert MINI.tokens is not None
        write_atomically(tokenizer, train_tokenizer(_texts(pack, num_texts), MINI.tokens.num_pieces))
    return pack, tokenizer


def _texts(pack: Path, num_pairs: int) -> Iterator[str]:
    """Requests and descriptions as the language model meets them, and letters for everything else.

    Every eighth is a whole pair: plans repeat their words much more than requests do.
    """
    assert MINI.prompt is not None
    source = open_synthetic(pack, split="train", seed=1, num_pairs=num_pairs)
    for index in range(num_pairs):
        asked = source.asked(index)
        question, answer = MINI.prompt.replace("{instruction}", asked.request.text).split("\n{image} ")
        yield from (question, answer, asked.request.text)
        if index % 8 == 0:
            yield source.synthetic(index).expressive_instruction
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    yield from itertools.repeat(f"{alphabet} {alphabet.upper()} 0123456789 .,;:!?'\"()-%&/+", 50)
