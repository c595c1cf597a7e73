"""How a chat model is asked. Its own sizes stand in the files that it is published with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mgie.errors import BadOption

# MGIE's published question: what the picture will be like.
PUBLISHED_QUESTION = "what will this image be like if '{instruction}'"
# For painters of today, which follow instructions rather than descriptions.
CONCISE_QUESTION = (
    "Someone wants this picture edited: '{instruction}'. Say in one short sentence exactly what to change in "
    "this picture, naming the things and places you see. Answer with that sentence only."
)


@dataclass(frozen=True, kw_only=True)
class VlmConfig:
    """A whole writer."""

    kind: Literal["vlm"] = "vlm"
    question: str = CONCISE_QUESTION  # holds {instruction} once; the picture goes before it
    max_new_tokens: int = 96  # longest answer

    def __post_init__(self) -> None:
        if self.question.count("{instruction}") != 1:
            raise BadOption(f"the question must hold {{instruction}} once: {self.question!r}")
        if not 1 <= self.max_new_tokens <= 1024:
            raise BadOption(f"max_new_tokens is {self.max_new_tokens}; choose 1 to 1024")


PRESETS = {"CONCISE": VlmConfig(), "PUBLISHED": VlmConfig(question=PUBLISHED_QUESTION)}
