"""The published files of FLUX.2 Klein: a folder in diffusers' layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mgie.editors.flow_source import open_parts
from mgie.editors.flux2_klein.config import Flux2KleinConfig
from mgie.editors.flux2_klein.networks import empty_networks
from mgie.errors import BadTokenizer
from mgie.weights.key_matching import match_keys
from mgie.weights.source_keys import Rule
from mgie.weights.tensor_files import LazyTensor

_RULES = tuple(Rule(f"{part}.", part, "") for part in ("text_encoder", "transformer", "vae"))
_NEEDED = ("tokenizer.json", "tokenizer_config.json")
_OPTIONAL = ("chat_template.jinja",)  # else it stands in tokenizer_config.json


@dataclass(frozen=True, kw_only=True)
class Flux2KleinFiles:
    """Where a published FLUX.2 Klein is."""

    folder: Path  # with transformer, vae, text_encoder, tokenizer
    transformer: Mapping[str, LazyTensor] | None = None  # of another file, instead of the folder's own

    @property
    def kind(self) -> str:
        """What these files make."""
        return "flux2-klein"

    def tensors(self, config: Flux2KleinConfig) -> list[LazyTensor]:
        """Every tensor of the model under our key."""
        parts = [rule.source for rule in _RULES]
        sources = open_parts(self.folder, parts, self.transformer)
        return match_keys(sources, empty_networks(config), _RULES)

    def tokenizer_files(self, config: Flux2KleinConfig) -> list[Path]:
        """The files of the tokenizer and its chat template."""
        folder = self.folder / "tokenizer"
        for name in _NEEDED:
            if not (folder / name).is_file():
                raise BadTokenizer(f"{folder / name} is missing")
        return [folder / name for name in (*_NEEDED, *_OPTIONAL) if (folder / name).is_file()]
