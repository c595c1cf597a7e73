"""Threads: tiles run side by side, so the linear algebra inside one must not spread out as well."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache

from threadpoolctl import ThreadpoolController

MAX_THREADS = 4  # beyond this, memory bandwidth is the limit


def num_threads() -> int:
    """How many tiles to work on at a time."""
    return min(os.cpu_count() or 1, MAX_THREADS)


@contextmanager
def one_blas_thread() -> Generator[None]:
    """Keep numpy's BLAS on the calling thread: its own threads cost forty times more than they give here."""
    with _controller().limit(limits=1, user_api="blas"):
        yield


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
