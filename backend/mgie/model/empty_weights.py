"""Networks are made one at a time: to make them without memory, accelerate changes torch for every thread."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

from accelerate import init_empty_weights

_MAKING = threading.RLock()


@contextmanager
def making_networks() -> Generator[None]:
    """No other thread makes networks meanwhile, so that none gets parameters of the wrong sort."""
    with _MAKING:
        yield


@contextmanager
def empty_weights() -> Generator[None]:
    """Parameters that are made inside have no memory (device "meta"); small computed buffers are real.

    Two threads inside at once would leave torch as the first one had changed it, for good.
    """
    with making_networks(), init_empty_weights(include_buffers=False):
        yield
