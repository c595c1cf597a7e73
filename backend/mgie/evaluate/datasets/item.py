"""One edit to judge, and where such edits come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from mgie.evaluate.metrics.pixels import Selected
from mgie.synth.light import Pixels

# What a caption speaks of: the picture before, or the goal; MagicBrush has two sets for the goal.
CaptionKind: TypeAlias = Literal["source", "local", "global"]


@dataclass(frozen=True, kw_only=True)
class EvalItem:
    """A picture, what is asked of it, and whatever the data set knows about the goal."""

    key: str  # unique in its data set, the same in every run
    image: Pixels
    instruction: str
    goal: Pixels | None = None  # may differ in size from `image`; None where only captions are known
    mask: Selected | None = None  # (H, W) of `image`, True where the edit belongs
    captions: Mapping[CaptionKind, str] = field(default_factory=dict[CaptionKind, str])
    group: str = ""  # items of one source picture: they are drawn together when intervals are estimated
    tags: tuple[str, ...] = ()  # task, operation, ability: tables can be restricted to one


class EvalSource(Protocol):
    """A data set. The same index gives the same item in every process."""

    @property
    def name(self) -> str:
        """For files and tables, e.g. "magicbrush-test"."""
        ...

    def __len__(self) -> int:
        """Number of items, unreadable ones included."""
        ...

    def __getitem__(self, index: int) -> EvalItem:
        """Item `index`. Raises BadPair for one that cannot be read."""
        ...

    def sessions(self) -> Sequence[Sequence[int]]:
        """Indices by session, each in the order of its turns; an item without session is one of its own."""
        ...


def single_turns(length: int) -> list[list[int]]:
    """The sessions of a data set that has none."""
    return [[index] for index in range(length)]
