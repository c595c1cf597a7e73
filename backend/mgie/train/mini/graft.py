"""A model to train on, grown from others: the language half of one, the painting half of another, new words.

`graft` writes a model folder of a given configuration. Parts of equal shape are taken over; the vocabulary is
exchanged: a new piece starts as the mean of the old pieces that spelled it. The edit head starts fresh.
"""

from __future__ import annotations

from pathlib import Path

import sentencepiece
import torch
from torch import Tensor, nn

from mgie.errors import BadOption
from mgie.model.config import ModelConfig, TokenConfig
from mgie.model.networks import Networks, build_networks
from mgie.weights.checkpoint import load_networks, save_model


def graft(language: Path, painter: Path, out: Path, config: ModelConfig, tokenizer: Path) -> None:
    """Write the folder `out`: vision and language from one folder, UNet and autoencoder from another.

    tokenizer: the new vocabulary, which the configuration counts on.
    """
    networks = build_networks(config, seed=0)
    reader, painting = load_networks(language), load_networks(painter)
    for name in ("vision_tower", "projector"):
        take_part(networks, reader, name)
    for name in ("unet", "vae"):
        take_part(networks, painting, name)
    take_language(networks, reader, tokenizer.read_bytes(), (language / "tokenizer.model").read_bytes())
    networks.derive_emb()
    save_model(
        out,
        config,
        networks.float(),
        tokenizer_files=[tokenizer],
        name=out.name,
        license="Apache-2.0",
        source=f"language half of {language.name}, painting half of {painter.name}, fresh edit head",
    )


@torch.no_grad()
def take_language(networks: Networks, reader: Networks, new_words: bytes, old_words: bytes) -> None:
    """Take the reader's language model over under another vocabulary (contents of tokenizer.model)."""
    model, old = networks.language_model, reader.language_model
    tokens, old_tokens = networks.config.tokens, reader.config.tokens
    assert model is not None
    assert old is not None
    assert tokens is not None
    assert old_tokens is not None
    take_part(model.model, old.model, "layers")
    take_part(model.model, old.model, "norm")
    spelled = _spellings(new_words, old_words)
    embeddings, scores = old.model.embed_tokens.weight.float(), old.lm_head.weight.float()
    model.model.embed_tokens.weight.copy_(_carried(embeddings, spelled, tokens, old_tokens, is_mean=True))
    model.lm_head.weight.copy_(_carried(scores, spelled, tokens, old_tokens, is_mean=False))


def take_part(networks: nn.Module, donor: nn.Module, name: str) -> None:
    """Copy a part, whose shapes must be equal."""
    try:
        networks.get_submodule(name).load_state_dict(donor.get_submodule(name).state_dict())
    except RuntimeError as error:
        raise BadOption(f"the donor's {name} has other sizes than the model to be made") from error


def _spellings(new_words: bytes, old_words: bytes) -> list[list[int]]:
    """For every new piece the old pieces that spell it."""
    new, old = (sentencepiece.SentencePieceProcessor() for _ in range(2))
    new.LoadFromSerializedProto(new_words)
    old.LoadFromSerializedProto(old_words)
    known = {old.IdToPiece(index): index for index in range(old.GetPieceSize())}
    blank = known["▁"]
    spelled: list[list[int]] = []
    for index in range(new.GetPieceSize()):
        piece = new.IdToPiece(index)
        if piece in known:
            spelled.append([known[piece]])
            continue
        ids = old.EncodeAsIds(piece.replace("▁", " ").strip())
        starts_inside = not piece.startswith("▁")
        spelled.append([each for each in ids if not (starts_inside and each == blank)] or [old.unk_id()])
    return spelled


def _carried(
    rows: Tensor, spelled: list[list[int]], tokens: TokenConfig, old_tokens: TokenConfig, *, is_mean: bool
) -> Tensor:
    """Rows of the new vocabulary; a spelled piece has the mean of its old rows, or the first of them."""
    pieces = [rows[ids].mean(0) if is_mean else rows[ids[0]] for ids in spelled]
    added, old_added = tokens.added_tokens, old_tokens.added_tokens
    if list(added) != list(old_added):
        raise BadOption("the donor has other visual tokens than the model to be made")
    return torch.cat([torch.stack(pieces), rows[[*old_added.values()]]])
