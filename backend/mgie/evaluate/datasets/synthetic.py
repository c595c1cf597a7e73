"""The synthetic cases of `mgie evaluate mini` as a data set like the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mgie.errors import BadData
from mgie.evaluate.cases import Case, make_cases
from mgie.evaluate.datasets.item import EvalItem, single_turns

PER_OPERATION = 6


class SyntheticCases:
    """Photographs of a folder, held-out wordings, exact goals; see `make_cases`.

    Tags: the operation, its family, and "in-ability" or "beyond" (where the goal is the unchanged picture).
    """

    def __init__(self, folder: Path, split: str, *, per_operation: int = PER_OPERATION) -> None:
        """split: "held_out" (a tenth of the photographs) or "all"."""
        if split not in ("held_out", "all"):
            raise BadData(f"the synthetic cases have no split {split!r}; choose held_out or all")
        self._split = split
        self._cases = make_cases(folder, per_operation=per_operation, split=split)

    @property
    def name(self) -> str:
        """The data set and its split."""
        return f"synthetic-{self._split}"

    def __len__(self) -> int:
        """Number of cases."""
        return len(self._cases)

    def __getitem__(self, index: int) -> EvalItem:
        """Case `index`."""
        case = self._cases[index]
        return EvalItem(
            key=f"{index:04d}-{case.name}",
            image=case.pair.input,
            goal=case.goal,
            instruction=case.pair.instruction,
            mask=case.mask,
            group=f"{index:04d}",
            tags=(case.name, _family(case), "in-ability" if case.is_within else "beyond"),
        )

    def sessions(self) -> Sequence[Sequence[int]]:
        """Every case alone."""
        return single_turns(len(self))


def _family(case: Case) -> str:
    return "ambiguous" if case.is_ambiguous else case.family
