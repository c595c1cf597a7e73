"""What a plan says is done, as the painter reads it: a learned code per decision, region and exception.

Eight visual tokens of a small model blur what its plan says plainly, so the painter also reads the plan: the
codes of all it finds there are added to what the edit head makes of the visual tokens. Words that are none of
the set ones have no code; then the visual tokens speak alone.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import product

import torch
from torch import Tensor, nn

from mgie.model.config import ReaderConfig

MAX_KEYS = 8  # of one plan


class PlanCodes(nn.Module):
    """A table of codes, and where in it the words of a plan stand."""

    def __init__(self, config: ReaderConfig, width: int) -> None:
        """width: of what the UNet attends to."""
        super().__init__()
        self._config = config
        skipped = (config.declined, config.several)
        spoken = [text for place, text in enumerate(config.decisions) if place not in skipped]
        self._actions = list(dict.fromkeys(part for text in spoken for part in text.split("|")))
        num_keys = len(self._actions) * len(config.strengths) + 2 * len(config.regions)
        self.codes = nn.Parameter(torch.zeros(num_keys, width))

    def forward(self, keys: Tensor) -> Tensor:
        """(B, 1, width) of keys (B, MAX_KEYS): the sum of their codes; -1 is none."""
        codes = self.codes[keys.clamp(min=0)] * (keys >= 0)[..., None]
        return codes.sum(1, keepdim=True)

    def keys(self, plan: str) -> Tensor:
        """(1, MAX_KEYS) of the words of a plan."""
        found: list[int] = []
        for pattern, action in self._patterns:
            for match in pattern.finditer(plan):
                found += self._found(action, match.groupdict())
            plan = pattern.sub(" ", plan)
        found = list(dict.fromkeys(found))[:MAX_KEYS]
        return torch.tensor([found + [-1] * (MAX_KEYS - len(found))])

    def _found(self, action: int, said: dict[str, str | None]) -> list[int]:
        """The keys of one decision with its strength, region and exception."""
        config = self._config
        strength = config.strengths.index(said.get("z") or "")
        keys = [action * len(config.strengths) + strength]
        regions = len(self._actions) * len(config.strengths)
        if (region := said.get("r")) is not None:
            keys.append(regions + config.regions.index(region))
        if (spared := said.get("spared")) is not None:
            keys.append(regions + len(config.regions) + config.regions.index(spared))
        return keys

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
