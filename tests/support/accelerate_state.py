"""accelerate's state of the process, which outlives whoever made it."""

from __future__ import annotations

from accelerate.state import AcceleratorState


def forget_accelerate() -> None:
    """accelerate keeps its precision for the life of a process; after this it is chosen anew."""
    AcceleratorState._reset_state(reset_partial_state=True)
