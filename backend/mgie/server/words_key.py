"""`EncodingKey`: what words are made from, and so what they are known by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from mgie.model.lru_cache import picture_digest

if TYPE_CHECKING:
    from PIL import Image

Pictures: TypeAlias = "tuple[Image.Image, ...]"  # what is edited, then its references


class EncodingKey(NamedTuple):
    """Two edits of one key have the same words."""

    pictures: tuple[str, ...]  # digests of the picture and its references
    instruction: str
    given: str  # a text in place of what would be written; "" where there is none
    model: str  # its digest

    @classmethod
    def of(cls, pictures: Pictures, instruction: str, given: str, model: str) -> EncodingKey:
        """The key of words. model: its digest."""
        return cls(tuple(map(picture_digest, pictures)), instruction, given, model)
