"""One training example and where examples come from.

`EditPair`   picture, goal, instruction, expressive instruction
`PairSource` anything indexable that makes them; a bad one raises `BadPair`
`fetch`      one pair in any case: bad ones are replaced by the next good one and reported
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from mgie.errors import BadData

log = logging.getLogger(__name__)

T = TypeVar("T")

ByteImage: TypeAlias = npt.NDArray[np.uint8]  # (H, W, 3), sRGB

# A run of this many bad examples means that the data is not what the configuration says.
MAX_BAD_IN_A_ROW = 100


class BadPair(BadData):
    """One example that cannot be read. It is counted and skipped, never fatal."""

    reason = "PAIR_INVALID"


@dataclass(frozen=True, kw_only=True)
class EditPair:
    """An edit to learn from."""

    key: str  # unique in its source, the same in every run; e.g. "0000001_1234"
    image: ByteImage  # the picture before
    goal: ByteImage  # the picture after; may differ in size from `image`
    instruction: str  # the artist's words
    expressive_instruction: str = ""  # what the language model should write; "" where none is known
    group: str = ""  # session, operation or photograph, for splits and tables

    def __post_init__(self) -> None:
        for name in ("image", "goal"):
            pixels = getattr(self, name)
            if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
                raise BadPair(
                    f"{self.key}: {name} is {pixels.dtype} {pixels.shape}; expected uint8 (H, W, 3)"
                )
        if not self.instruction.strip():
            raise BadPair(f"{self.key}: the instruction is empty")


class PairSource(Protocol):
    """A data set. The same index gives the same pair in every process; there is no other state."""

    @property
    def name(self) -> str:
        """For logs and tables."""
        ...

    def __len__(self) -> int:
        """Number of pairs, bad ones included."""
        ...

    def __getitem__(self, index: int) -> EditPair:
        """Pair `index` (0 <= index < len). Raises `BadPair`."""
        ...


class Fetched(NamedTuple, Generic[T]):
    """What was asked for and the bad pairs met on the way to it."""

    item: T
    bad: tuple[str, ...]  # one message each


def fetch(read: Callable[[int], T], index: int, length: int) -> Fetched[T]:
    """What `read` makes of `index`, or of the next good one after it (wrapping round at `length`).

    Which pair replaces a bad one depends on the data alone, so a resumed run sees the same pairs.
    """
    bad: list[str] = []
    for offset in range(min(length, MAX_BAD_IN_A_ROW)):
        try:
            return Fetched(read((index + offset) % length), tuple(bad))
        except BadPair as error:
            bad.append(str(error))
    raise BadData(f"{len(bad)} pairs in a row cannot be read; the first: {bad[0]}")


def good_pairs(source: PairSource, counts: Counter[str] | None = None) -> Iterator[EditPair]:
    """Every readable pair in order. Bad ones are logged and, with `counts`, counted as `good` and `bad`."""
    counts = Counter() if counts is None else counts
    for index in range(len(source)):
        try:
            pair = source[index]
        except BadPair as error:
            counts["bad"] += 1
            log.warning("pair skipped source=%s index=%d error=%s", source.name, index, error)
            continue
        counts["good"] += 1
        yield pair


class Concatenated:
    """Several sources one after the other."""

    def __init__(self, sources: Sequence[PairSource]) -> None:
        if not sources:
            raise BadData("no data: give at least one source")
        self._sources = tuple(sources)
        self._ends = np.cumsum([len(source) for source in sources])

    @property
    def name(self) -> str:
        """The names joined."""
        return "+".join(source.name for source in self._sources)

    def __len__(self) -> int:
        """The sum of all lengths."""
        return int(self._ends[-1])

    def __getitem__(self, index: int) -> EditPair:
        """Pair `index` of the joined list."""
        which = int(np.searchsorted(self._ends, index, side="right"))
        start = int(self._ends[which - 1]) if which else 0
        return self._sources[which][index - start]
