"""A running average of the trained weights."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager

import torch


class Ema:
    """Averages named parameters: average = decay * average + (1 - decay) * weight, once per step.

    Early on the decay is (1 + n) / (10 + n) after n updates where that is smaller, so that the random
    start does not linger.
    """

    def __init__(self, parameters: Mapping[str, torch.nn.Parameter], decay: float) -> None:
        self._parameters = dict(parameters)
        self._decay = decay
        self.num_updates = 0
        self.averages = {name: weight.detach().clone() for name, weight in self._parameters.items()}

    @torch.no_grad()
    def update(self) -> None:
        """Take the current weights in."""
        self.num_updates += 1
        decay = min(self._decay, (1 + self.num_updates) / (10 + self.num_updates))
        for name, weight in self._parameters.items():
            self.averages[name].lerp_(weight.detach(), 1 - decay)

    @torch.no_grad()
    def take(self) -> None:
        """Start over from the current weights."""
        for name, weight in self._parameters.items():
            self.averages[name].copy_(weight.detach())

    def settle(self) -> None:
        """Make the averages the weights, for good."""
        self._put(self.averages)

    @contextmanager
    def applied(self) -> Generator[None]:
        """The averages in place of the weights, for sampling and export."""
        kept = {name: weight.detach().clone() for name, weight in self._parameters.items()}
        self._put(self.averages)
        try:
            yield
        finally:
            self._put(kept)

    @torch.no_grad()
    def _put(self, values: Mapping[str, torch.Tensor]) -> None:
        for name, weight in self._parameters.items():
            weight.copy_(values[name])
