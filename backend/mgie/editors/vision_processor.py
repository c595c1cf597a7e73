"""What prepares words and pictures for a vision-language model, on Pillow: torchvision is not needed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from transformers import ProcessorMixin
from transformers.models.auto.image_processing_auto import (
    IMAGE_PROCESSOR_MAPPING_NAMES,  # pyright: ignore[reportPrivateImportUsage]  # there is no public table
)

from mgie.editors.json_file import read_json
from mgie.errors import BadTokenizer


def load_vision_processor(whole: Any, folder: Path) -> ProcessorMixin:
    """A processor class of transformers with a folder's files; videos, which need torchvision, are left out.

    Raises BadTokenizer, also where a model's own processor needs a package that is not installed.
    """
    _check_pillow(folder)
    try:
        pictures_only = cast("type[ProcessorMixin]", type(whole.__name__, (_WithoutVideo, whole), {}))
        return pictures_only.from_pretrained(folder, local_files_only=True, backend="pil")
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        raise BadTokenizer(f"the processor of {folder.name} cannot be made: {error}") from error


def _check_pillow(folder: Path) -> None:
    """Refuse a processor of pictures that the library has on torchvision alone."""
    named = read_json(folder / "preprocessor_config.json").get("image_processor_type")
    if not isinstance(named, str) or find_spec("torchvision") is not None:
        return
    plain = named.removesuffix("Fast").removesuffix("Pil")
    by_backend = [names for names in IMAGE_PROCESSOR_MAPPING_NAMES.values() if plain in names.values()]
    if by_backend and not any("pil" in names for names in by_backend):
        raise BadTokenizer(
            f"{folder.name} prepares pictures with {plain}, which transformers has on torchvision alone; "
            "pip install torchvision (of the same build as torch), or choose another writer"
        )


class _WithoutVideo:
    """Takes the video processor out of a transformers processor."""

    video_processor = SimpleNamespace(num_frames=None, fps=None)  # SmolVLM's asks it about pictures too

    @classmethod
    def get_attributes(cls) -> list[str]:
        return [name for name in super().get_attributes() if name != "video_processor"]  # pyright: ignore[reportAttributeAccessIssue]  # mixed into a processor

    @classmethod
    def from_args_and_dict(cls, args: Any, processor_dict: dict[str, Any], **kwargs: Any) -> Any:
        settings = {**processor_dict, "video_processor": None}  # some have no default for it
        return super().from_args_and_dict(args, settings, **kwargs)  # pyright: ignore[reportAttributeAccessIssue]  # see above
