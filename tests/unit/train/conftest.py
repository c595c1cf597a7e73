"""Tiny networks are fastest on one thread, and a killed run must add up in the same order as a whole one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from accelerate.state import AcceleratorState

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def fresh_accelerate() -> Iterator[None]:
    """accelerate keeps its precision for the life of a process."""
    yield
    AcceleratorState._reset_state(reset_partial_state=True)
