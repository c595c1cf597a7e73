"""A small vocabulary in the CLIP tokenizer's own format."""

from __future__ import annotations

import json
from pathlib import Path

LETTERS = "abcdefghijklmnopqrstuvwxyz'."
MERGES = ["r e", "re d</w>", "m a", "s k"]
_WORDS = [
    *LETTERS,
    *(f"{letter}</w>" for letter in LETTERS),
    *(merge.replace(" ", "") for merge in MERGES),
    *("<|startoftext|>", "<|endoftext|>"),
]
VOCAB_SIZE = len(_WORDS)


def write_clip_tokenizer(folder: Path) -> tuple[Path, Path]:
    """vocab.json and merges.txt, which are returned."""
    vocab, merges = folder / "vocab.json", folder / "merges.txt"
    vocab.write_text(json.dumps({word: index for index, word in enumerate(_WORDS)}))
    merges.write_text("#version: 0.2\n" + "\n".join(MERGES) + "\n")
    return vocab, merges
