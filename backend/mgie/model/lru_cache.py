"""A small memory of recent results, so that several edits of one picture share its work."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from PIL import Image

T = TypeVar("T")


class Recent(Generic[T]):
    """The last `capacity` results by picture."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._results: OrderedDict[str, T] = OrderedDict()

    def get(self, image: Image.Image, compute: Callable[[], T]) -> T:
        """The result for this picture, computed when it is not remembered."""
        digest = picture_digest(image)
        if digest not in self._results:
            self._results[digest] = compute()
        self._results.move_to_end(digest)
        while len(self._results) > self._capacity:
            self._results.popitem(last=False)
        return self._results[digest]


def picture_digest(image: Image.Image) -> str:
    """SHA-256 over size, mode and pixels, hex."""
    head = f"{image.mode} {image.width}x{image.height} ".encode("ascii")
    return hashlib.sha256(head + image.tobytes()).hexdigest()
