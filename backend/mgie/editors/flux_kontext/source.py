"""The published files of FLUX.1 Kontext: a folder in diffusers' layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mgie.editors.flow_source import open_parts
from mgie.editors.flux_kontext.config import FluxKontextConfig
from mgie.editors.flux_kontext.networks import empty_networks
from mgie.errors import BadTokenizer
from mgie.weights.key_matching import match_keys
from mgie.weights.source_keys import Rule
from mgie.weights.tensor_files import LazyTensor

_RULES = (
    Rule("text_encoder.", "text_encoder", "text_model."),
    Rule("text_encoder_2.", "text_encoder_2", ""),
    Rule("transformer.", "transformer", ""),
    Rule("vae.", "vae", ""),
)
_TOKENIZER_FILES = ("tokenizer/vocab.json", "tokenizer/merges.txt", "tokenizer_2/tokenizer.json")


@dataclass(frozen=True, kw_only=True)
class FluxKontextFiles:
    """Where a published FLUX.1 Kontext is."""

    folder: Path  # with transformer, vae, text_encoder, text_encoder_2, tokenizer, tokenizer_2
    transformer: Mapping[str, LazyTensor] | None = None  # of another file, instead of the folder's own

    @property
    def kind(self) -> str:
        """What these files make."""
        return "flux-kontext"

    def tensors(self, config: FluxKontextConfig) -> list[LazyTensor]:
        """Every tensor of the model under our key."""
        parts = [rule.source for rule in _RULES]
        sources = open_parts(self.folder, parts, self.transformer)
        return match_keys(sources, empty_networks(config), _RULES)

    def tokenizer_files(self, config: FluxKontextConfig) -> list[Path]:
        """The files of both tokenizers."""
        paths = [self.folder / name for name in _TOKENIZER_FILES]
        for path in paths:
            if not path.is_file():
                raise BadTokenizer(f"{path} is missing")
        return paths
