"""The published files of Qwen-Image-Edit: a folder in diffusers' layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mgie.editors.flow_source import open_parts
from mgie.editors.qwen_image_edit.config import QwenImageEditConfig
from mgie.editors.qwen_image_edit.networks import empty_networks
from mgie.errors import BadTokenizer
from mgie.weights.key_matching import match_keys
from mgie.weights.source_keys import Rule
from mgie.weights.tensor_files import LazyTensor

_PAINTER_RULES = (Rule("transformer.", "transformer", ""), Rule("vae.", "vae", ""))
# transformers before 4.52 -> since, as Qwen published it and as the library saves it today
_TEXT_RULES = (
    (
        Rule("text_encoder.language_model.", "text_encoder", "model."),
        Rule("text_encoder.visual.", "text_encoder", "visual."),
    ),
    (Rule("text_encoder.", "text_encoder", "model."),),
)
_NEEDED = ("preprocessor_config.json", "tokenizer.json", "tokenizer_config.json")
_OPTIONAL = ("chat_template.jinja", "processor_config.json")


@dataclass(frozen=True, kw_only=True)
class QwenImageEditFiles:
    """Where a published Qwen-Image-Edit is."""

    folder: Path  # with transformer, vae, text_encoder, processor
    transformer: Mapping[str, LazyTensor] | None = None  # of another file, instead of the folder's own

    @property
    def kind(self) -> str:
        """What these files make."""
        return "qwen-image-edit"

    def tensors(self, config: QwenImageEditConfig) -> list[LazyTensor]:
        """Every tensor of the model under our key."""
        sources = open_parts(self.folder, ("text_encoder", "transformer", "vae"), self.transformer)
        is_old = any(key.startswith("visual.") for key in sources["text_encoder"])
        rules = (*_TEXT_RULES[0 if is_old else 1], *_PAINTER_RULES)
        return match_keys(sources, empty_networks(config), rules)

    def tokenizer_files(self, config: QwenImageEditConfig) -> list[Path]:
        """The files of the processor: tokenizer, and how pictures are prepared."""
        folder = self.folder / "processor"
        for name in _NEEDED:
            if not (folder / name).is_file():
                raise BadTokenizer(f"{folder / name} is missing")
        return [folder / name for name in (*_NEEDED, *_OPTIONAL) if (folder / name).is_file()]
