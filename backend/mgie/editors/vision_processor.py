"""What prepares words and pictures for a vision-language model, on Pillow: torchvision is not needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from transformers import ProcessorMixin

from mgie.errors import BadTokenizer


def load_vision_processor(whole: Any, folder: Path) -> ProcessorMixin:
    """A processor class of transformers with a folder's files; videos, which need torchvision, are left out.

    Raises BadTokenizer, also where a model's own processor needs a package that is not installed.
    """
    try:
        pictures_only = cast("type[ProcessorMixin]", type(whole.__name__, (_WithoutVideo, whole), {}))
        return pictures_only.from_pretrained(folder, local_files_only=True, backend="pil")
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        raise BadTokenizer(f"the processor of {folder.name} cannot be made: {error}") from error


class _WithoutVideo:
    """Takes the video processor out of a transformers processor."""

    @classmethod
    def get_attributes(cls) -> list[str]:
        return [name for name in super().get_attributes() if name != "video_processor"]  # pyright: ignore[reportAttributeAccessIssue]  # mixed into a processor
