"""The published files of a chat model: weights under their own names, and the small files beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mgie.editors.vlm.config import VlmConfig
from mgie.errors import BadTokenizer
from mgie.weights.tensor_files import LazyTensor, open_sharded

_NEEDED = ("config.json", "tokenizer_config.json")
_ENDINGS = (".json", ".jinja", ".txt", ".model")


@dataclass(frozen=True, kw_only=True)
class VlmFiles:
    """A folder as its repository has it."""

    folder: Path

    @property
    def kind(self) -> str:
        """What these files make."""
        return "vlm"

    def tensors(self, config: VlmConfig) -> list[LazyTensor]:
        """Every tensor under its published name; loading refuses what the model does not have."""
        return list(open_sharded(self.folder, ["model", "pytorch_model"]).values())

    def tokenizer_files(self, config: VlmConfig) -> list[Path]:
        """Everything small: shape, tokenizer, chat template, how pictures are prepared."""
        for name in _NEEDED:
            if not (self.folder / name).is_file():
                raise BadTokenizer(f"{self.folder / name} is missing")
        found = (path for path in sorted(self.folder.iterdir()) if path.suffix in _ENDINGS)
        return [path for path in found if path.is_file() and not path.name.endswith(".index.json")]
