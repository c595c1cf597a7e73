"""What one operation is: how it changes light, how people ask for it, how it is described."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from mgie.synth.light import Linear

Family: TypeAlias = Literal["global", "look", "local", "overlay", "removal", "repair", "refusal", "compound"]
Strength: TypeAlias = Literal["slight", "medium", "strong"]
Change: TypeAlias = Callable[[Linear, float, np.random.Generator], Linear]

AMOUNTS: dict[Strength, float] = {"slight": 0.5, "medium": 1.0, "strong": 1.7}
ALL_STRENGTHS: tuple[Strength, ...] = ("slight", "medium", "strong")


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One kind of edit.

    phrases: plain requests in the imperative; `{p}` is the picture, `{r}` the region, `{a}` a strength word
    before an adjective, `{z}` one at the end. `corpus.phrases` has what people say besides.
    action: what the expressive instruction says is done, after "I'll"; `{z}` as above.
    """

    name: str  # shared by the variants that one request covers, e.g. "fix_exposure"
    family: Family
    change: Change  # light -> changed light; for repairs and removals this is the damage
    phrases: tuple[str, ...]
    action: str
    variant: str = ""  # tells apart what only the picture can tell
    strengths: tuple[Strength, ...] = ("medium",)
    area: str = ""  # of a local edit: the region, see `locals.REGIONS`
    unmasked: Change | None = None  # of a local edit: its change without the region
    parts: tuple[Operation, ...] = ()  # of a compound: what it is made of, in order
    is_random: bool = False  # True: the amount is drawn, not said

    @property
    def restores(self) -> bool:
        """Whether the photograph itself is the goal and the changed picture the input."""
        return self.family in ("removal", "repair")
