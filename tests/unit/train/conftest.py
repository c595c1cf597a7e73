"""Tiny networks are fastest on one thread, and a killed run must add up in the same order as a whole one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from support.tiny_training import forget_accelerate

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def fresh_accelerate() -> Iterator[None]:
    """Every test chooses its own precision."""
    yield
    forget_accelerate()
