"""Whether two threads use the device at the same time. Imports no torch.

Nothing is captured then: what one thread does to the device may break the other's capture.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal, TypeAlias, get_args

# Whether the next edit's words are written while this one is painted. "auto": on an NVIDIA GPU, once the
# first words written so were the same as those written alone. On a CPU both would share the cores.
Overlap: TypeAlias = Literal["auto", "on", "off"]
OVERLAPS: tuple[Overlap, ...] = get_args(Overlap)

_lock = threading.Lock()
_num_guests = 0


@contextmanager
def company() -> Generator[None]:
    """While a second thread uses the device; entered where the first one is not capturing."""
    _add(1)
    try:
        yield
    finally:
        _add(-1)


def has_company() -> bool:
    """Whether another thread may be using the device now."""
    return _num_guests > 0


def _add(number: int) -> None:
    global _num_guests
    with _lock:
        _num_guests += number
