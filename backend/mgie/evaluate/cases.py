"""Test cases: held-out photographs, held-out wordings, exact goals; the same in every run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mgie.evaluate.metrics.pixels import Selected
from mgie.synth.engine import SyntheticPair, make_pair
from mgie.synth.light import Pixels, to_linear
from mgie.synth.masks import region
from mgie.synth.mini_mix import is_within
from mgie.synth.operations import OPERATIONS, by_name
from mgie.synth.photos import PhotoSplit, list_photos, read_square


@dataclass(frozen=True, kw_only=True)
class Case:
    """One edit to judge."""

    name: str  # of the operation
    family: str
    is_within: bool  # whether the small model is trained to carry it out
    pair: SyntheticPair

    @property
    def is_ambiguous(self) -> bool:
        """Whether only the picture tells which way to go."""
        return self.family == "repair"

    @property
    def goal(self) -> Pixels:
        """What the result should be: the unchanged picture where the request is beyond the ability."""
        return self.pair.goal if self.is_within else self.pair.input

    @property
    def mask(self) -> Selected | None:
        """(H, W), where a local edit changes anything at all; None for other families."""
        area = self.pair.operation.area
        return region(to_linear(self.pair.input), area) > 0 if area else None


def make_cases(
    folder: Path,
    *,
    per_operation: int,
    families: Sequence[str] = (),
    size_px: int = 256,
    split: PhotoSplit = "held_out",
    seed: int = 0,
) -> list[Case]:
    """`per_operation` cases of every operation on photographs drawn from a folder.

    families: only operations of these; () is all.
    """
    paths = list_photos(folder, split)
    cases: list[Case] = []
    for number, (name, variants) in enumerate(by_name(OPERATIONS).items()):
        if families and variants[0].family not in families:
            continue
        generator = np.random.default_rng((seed, number))
        for index in range(per_operation):
            photo = read_square(paths[int(generator.integers(len(paths)))], size_px)
            # Variants in turn where there are few, so that every damage of an ambiguous request comes up.
            which = index if len(variants) <= per_operation else int(generator.integers(len(variants)))
            operation = variants[which % len(variants)]
            pair = make_pair(photo, operation, generator, split="held_out")
            cases.append(Case(name=name, family=operation.family, is_within=is_within(operation), pair=pair))
    return cases


def cases_of(cases: Sequence[Case], *, is_within: bool) -> list[Case]:
    """The cases within, or beyond, the small model's ability."""
    return [case for case in cases if case.is_within == is_within]
