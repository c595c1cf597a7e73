"""A native model folder of kind mgie, lgie or insp2p as an editor."""

from __future__ import annotations

from pathlib import Path

import torch

from mgie.editors.kind import LoadRequest
from mgie.editors.precision import weights_dtype
from mgie.errors import BadTokenizer
from mgie.model.config import ModelConfig
from mgie.model.editor import make_editor
from mgie.model.events import Editor
from mgie.model.text_tokenizer import ClipTokenizer, PieceTokenizer, TextTokenizer
from mgie.model.tokenizer import Tokenizer
from mgie.weights.checkpoint import load_networks


def load(request: LoadRequest[ModelConfig]) -> Editor:
    """The networks mapped from the folder, cast and placed."""
    config, options = request.config, request.options
    device = torch.device(options.device)
    return make_editor(
        config,
        load_networks(request.folder),
        load_tokenizer(request.folder, config),
        info=request.info,
        device=device,
        dtype=weights_dtype(request.info.id, options.precision, device, needed=config.precision),
        placement=options.placement,
    )


def load_tokenizer(folder: Path, config: ModelConfig) -> Tokenizer | TextTokenizer:
    """The tokenizer of a folder, its ids checked against the config."""
    if config.tokens is not None:
        return Tokenizer.from_file(folder / "tokenizer.model", config.tokens)
    assert config.text_encoder is not None, "a model reads text through tokens or through a text encoder"
    if config.text_encoder.tokenizer == "clip":
        return ClipTokenizer(folder / "vocab.json", folder / "merges.txt", config.text_encoder)
    path = folder / "tokenizer.model"
    if not path.is_file():
        raise BadTokenizer(f"{path} is missing")
    return PieceTokenizer(path.read_bytes(), config.text_encoder)
