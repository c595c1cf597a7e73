"""Where a run begins: an installed model, published LLaVA and Stable Diffusion, or fresh weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mgie.errors import BadOption
from mgie.model import presets
from mgie.model.config import ModelConfig
from mgie.model.config_dict import config_from_dict
from mgie.model.events import EditorKind
from mgie.model.networks import Networks, build_networks
from mgie.model.text_tokenizer import ClipTokenizer, PieceTokenizer, TextTokenizer
from mgie.model.tokenizer import Tokenizer
from mgie.train.config import StartConfig, TrainConfig
from mgie.train.data.examples import ExampleMaker
from mgie.train.start_published import start_published
from mgie.weights.checkpoint import load_networks
from mgie.weights.installed import find_model
from mgie.weights.manifest import TOKENIZER_PART, read_manifest
from mgie.weights.stable_diffusion import inspix2pix_from_stable_diffusion


@dataclass(frozen=True, kw_only=True)
class Started:
    """A model at the start of its training."""

    networks: Networks
    tokenizer_files: tuple[Path, ...]  # copied into what is exported
    license: str
    source: str  # where the weights came from

    @property
    def config(self) -> ModelConfig:
        """Of the networks."""
        return self.networks.config


def start(config: StartConfig, *, seed: int) -> Started:
    """Build or load the networks that a run starts from."""
    if config.model is not None:
        return _start_from_folder(find_model(config.model), config)
    if config.llava is not None:
        networks, files = start_published(config, _adjusted(presets.MGIE_7B, config), seed=seed)
        return Started(networks=networks, tokenizer_files=files, license="CC-BY-NC-4.0", source=config.llava)
    if config.diffusion is not None:
        return _start_from_stable_diffusion(Path(config.diffusion), config)
    assert config.preset is not None
    assert config.tokenizer is not None
    model = _adjusted(_preset(config.preset, config.kind), config)
    networks = build_networks(model, seed=seed)
    files = (Path(config.tokenizer),)
    return Started(networks=networks, tokenizer_files=files, license="unset", source="random weights")


def example_maker(started: Started, config: TrainConfig) -> ExampleMaker:
    """What turns pairs into examples for this model."""
    plain = ExampleMaker(model=started.config, pictures=config.pictures, text=config.text)
    tokenizer = open_tokenizer(started)
    if isinstance(tokenizer, Tokenizer):
        return replace(plain, tokenizer=tokenizer)
    return replace(plain, encode_prompt=tokenizer.encode)


def open_tokenizer(started: Started) -> Tokenizer | TextTokenizer:
    """The language model's tokenizer, or that of InsPix2Pix' text encoder."""
    encoder, tokens, files = started.config.text_encoder, started.config.tokens, started.tokenizer_files
    if tokens is not None:
        return Tokenizer.from_file(_named(files, "tokenizer.model"), tokens)
    assert encoder is not None
    if encoder.tokenizer == "sentencepiece":
        return PieceTokenizer(_named(files, "tokenizer.model").read_bytes(), encoder)
    return ClipTokenizer(_named(files, "vocab.json"), _named(files, "merges.txt"), encoder)


def _start_from_folder(folder: Path, config: StartConfig) -> Started:
    manifest = read_manifest(folder)
    stored = config_from_dict(manifest.config)
    if config.num_visual_tokens not in (None, stored.tokens.num_visual_tokens if stored.tokens else None):
        raise BadOption(f"{folder} already has its visual tokens; start.num_visual_tokens is for new models")
    networks = load_networks(folder)
    networks.config = _adjusted(stored, config)
    files = tuple(folder / file.path for file in manifest.files if file.part == TOKENIZER_PART)
    return Started(
        networks=networks, tokenizer_files=files, license=manifest.license, source=f"{manifest.name}"
    )


def _start_from_stable_diffusion(folder: Path, config: StartConfig) -> Started:
    networks, files = inspix2pix_from_stable_diffusion(folder, _preset(config.preset or "mgie-7b", "insp2p"))
    return Started(
        networks=networks, tokenizer_files=tuple(files), license="CreativeML-OpenRAIL-M", source=folder.name
    )


def _adjusted(model: ModelConfig, config: StartConfig) -> ModelConfig:
    """The ablations that change the model itself: wording of the prompt, number of visual tokens."""
    changes: dict[str, Any] = {}
    if config.prompt is not None:
        changes["prompt"] = config.prompt
    if config.num_visual_tokens is not None and model.tokens is not None:
        changes["tokens"] = replace(model.tokens, num_visual_tokens=config.num_visual_tokens)
    return replace(model, **changes)


def _preset(name: str, kind: EditorKind) -> ModelConfig:
    table: dict[tuple[str, EditorKind], ModelConfig] = {
        ("tiny", "mgie"): presets.TINY,
        ("tiny", "lgie"): presets.TINY_LGIE,
        ("tiny", "insp2p"): presets.TINY_INSPIX2PIX,
        ("mgie-7b", "mgie"): presets.MGIE_7B,
        ("mgie-7b", "lgie"): presets.LGIE_7B,
        ("mgie-7b", "insp2p"): presets.INSPIX2PIX,
    }
    return table[name, kind]


def _named(files: tuple[Path, ...], name: str) -> Path:
    """The tokenizer file of this role; a single file may have any name."""
    found = [path for path in files if path.name == name] or list(files)
    if len(found) != 1:
        raise BadOption(f"{name} is missing among the tokenizer files {[path.name for path in files]}")
    return found[0]
