"""A judge in this process: an installed vision-language model, the same that may write for a painter."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from mgie.editors.loading import open_editor
from mgie.editors.vlm.writer import VlmWriter
from mgie.errors import BadOption
from mgie.model.load_options import LoadOptions
from mgie.synth.light import Pixels

_MAX_NEW_TOKENS = 300


class ModelJudge:
    """Greedy, so the seed decides nothing; it is kept with the answers as an endpoint's is."""

    def __init__(self, name: str, *, device: str = "cpu", seed: int = 0) -> None:
        """name: of an installed model, or a model folder. Raises BadOption for one that is no chat model."""
        editor = open_editor(name, LoadOptions(device=device))
        if not isinstance(editor, VlmWriter):
            raise BadOption(f"{name} is of kind {editor.info.kind}; a judge is of kind vlm")
        # With the digest: another model under the same name is asked anew.
        self.name, self.seed = f"{editor.info.id}@{editor.info.digest[:16]}", seed
        self._writer = editor

    def ask(self, text: str, pictures: Sequence[Pixels]) -> str:
        """What the model writes."""
        images = [Image.fromarray(picture) for picture in pictures]
        return self._writer.answer(text, images, max_new_tokens=_MAX_NEW_TOKENS)
