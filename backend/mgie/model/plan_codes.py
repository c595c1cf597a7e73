"""What a plan says is done, as the painter reads it: a learned code per decision, and where it is done.

Eight visual tokens of a small model blur what its plan says plainly, so the painter also reads the plan: the
codes of all it finds there are added to what the edit head makes of the visual tokens. Words that are none of
the set ones have no code; then the visual tokens speak alone. Regions and exceptions have no codes: what is
done there is painted on the whole picture and masked, see `areas`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mgie.model.config import ReaderConfig
from mgie.model.events import WHOLE, Area

MAX_KEYS = 8  # of one plan


class Wish(NamedTuple):
    """One decision of a plan."""

    key: int  # of its code
    area: Area


class PlanCodes(nn.Module):
    """A table of codes, and where in it the words of a plan stand."""

    def __init__(self, config: ReaderConfig, width: int) -> None:
        """width: of what the UNet attends to."""
        super().__init__()
        self._config = config
        skipped = (config.declined, config.several)
        spoken = [text for place, text in enumerate(config.decisions) if place not in skipped]
        self._actions = list(dict.fromkeys(part for text in spoken for part in text.split("|")))
        self.codes = nn.Parameter(torch.zeros(len(self._actions) * len(config.strengths), width))

    def forward(self, keys: Tensor) -> Tensor:
        """(B, 1, width) of keys (B, MAX_KEYS): the sum of their codes; -1 is none."""
        codes = self.codes[keys.clamp(min=0)] * (keys >= 0)[..., None]
        return codes.sum(1, keepdim=True)

    def keys(self, plan: str) -> Tensor:
        """(1, MAX_KEYS) of the words of a plan, wherever they apply."""
        return as_keys([wish.key for wish in self.wishes(plan)])

    def by_area(self, plan: str) -> dict[Area, Tensor]:
        """(1, MAX_KEYS) per area in which a plan does something; of a plan without set words, the whole."""
        found: dict[Area, list[int]] = {}
        for wish in self.wishes(plan):
            found.setdefault(wish.area, []).append(wish.key)
        return {area: as_keys(keys) for area, keys in (found or {WHOLE: []}).items()}

    def wishes(self, plan: str) -> list[Wish]:
        """All decisions in the words of a plan."""
        found: list[Wish] = []
        for pattern, action in self._patterns:
            found += [self._wish(action, match.groupdict()) for match in pattern.finditer(plan)]
            plan = pattern.sub(" ", plan)
        return list(dict.fromkeys(found))[:MAX_KEYS]

    def action(self, wish: Wish) -> int:
        """Which of the decisions a wish is, whatever its strength."""
        return wish.key // len(self._config.strengths)

    def _wish(self, action: int, said: dict[str, str | None]) -> Wish:
        """One decision with its strength, region and exception."""
        config = self._config
        key = action * len(config.strengths) + config.strengths.index(said.get("z") or "")
        if (spared := said.get("spared")) is not None:
            return Wish(key, Area(config.regions.index(spared), is_inside=False))
        return Wish(key, Area(config.regions.index(said.get("r") or "")))

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], int]]:
        """Every decision as a pattern, longer ones first, each with and without an exception."""
        config = self._config
        strengths = "|".join(re.escape(words) for words in config.strengths if words)
        regions = "|".join(re.escape(words) for words in config.regions if words)
        spared = rf",? except in (?P<spared>{regions})"
        patterns = []
        ranked = sorted(range(len(self._actions)), key=lambda place: -len(self._actions[place]))
        for exception, place in product((spared, ""), ranked):
            text = re.escape(self._actions[place]).replace(r"\ ", " ")
            text = text.replace(r" \{z\}", rf"(?: (?P<z>{strengths}))?").replace(
                r"\{r\}", f"(?P<r>{regions})"
            )
            patterns.append((re.compile(rf"\b{text}{exception}(?!\w)"), place))
        return patterns


def as_keys(keys: Sequence[int]) -> Tensor:
    """(1, MAX_KEYS), filled up with -1."""
    return torch.tensor([[*keys, *[-1] * (MAX_KEYS - len(keys))]])
