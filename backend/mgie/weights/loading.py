"""From a model's folder or name to an editor that is ready to work."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import torch

from mgie.errors import BadTokenizer
from mgie.model.config import ModelConfig
from mgie.model.config_dict import config_from_dict
from mgie.model.editor import make_editor
from mgie.model.events import Editor, ModelInfo
from mgie.model.language_stage import TextMode
from mgie.model.offload import PlacementMode
from mgie.model.text_tokenizer import ClipTokenizer, PieceTokenizer, TextTokenizer
from mgie.model.tokenizer import Tokenizer
from mgie.model.two_stage_editor import ComposedEditor
from mgie.weights.checkpoint import load_networks
from mgie.weights.installed import find_model
from mgie.weights.manifest import MANIFEST_NAME, Manifest, read_manifest


def open_editor(name: str, *, models_dir: Path | None = None, device: torch.device | str = "cpu") -> Editor:
    """The editor of an installed model or a model folder; WRITER+PAINTER composes two (see `ComposedEditor`).

    name: e.g. "mgie-mini", "runs/mine", "mgie-7b+instruct-pix2pix".
    """
    writer, plus, painter = name.rpartition("+")
    if not plus or (Path(name) / MANIFEST_NAME).is_file():
        return load_editor(find_model(name, models_dir=models_dir), device=device)
    both = (load_editor(find_model(part, models_dir=models_dir), device=device) for part in (writer, painter))
    return ComposedEditor(*both)


def load_editor(
    folder: Path,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype | None = None,
    placement: PlacementMode | Literal["auto"] = "auto",
    text_mode: TextMode = "guarded",
) -> Editor:
    """Load the model of a folder (see `find_model`) as an editor.

    dtype: of all weights; None takes what is known to work on the device.
    Raises BadCheckpoint or BadTokenizer naming what does not fit.
    """
    device = torch.device(device)
    manifest = read_manifest(folder)
    config = config_from_dict(manifest.config)
    return make_editor(
        config,
        load_networks(folder),
        load_tokenizer(folder, config),
        info=model_info(manifest),
        device=device,
        dtype=dtype or default_dtype(device),
        placement=placement,
        text_mode=text_mode,
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


def model_info(manifest: Manifest) -> ModelInfo:
    """What a caller may know, from the manifest alone."""
    config = config_from_dict(manifest.config)
    return ModelInfo(
        name=manifest.name,
        kind=config.kind,
        digest=manifest.digest,
        native_size_px=config.native_size_px,
        default_sampling=config.sampling,
        license=manifest.license,
    )


def best_device() -> str:
    """A GPU where torch finds one, else the CPU."""
    if torch.cuda.is_available():
        return "cuda:0"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def default_dtype(device: torch.device) -> torch.dtype:
    """float16 on NVIDIA, as published; else float32: halves are slow on CPUs, and garble text on Apple's."""
    return torch.float16 if device.type == "cuda" else torch.float32
