"""A capture backend without a GPU: "replaying" computes again and writes to where the first output lies."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from mgie.model.graphs import Captured


class FakeCapture:
    """Counts what it does; may fail, or write something wrong, as drivers do."""

    def __init__(self, *, fails: bool = False, error: float = 0.0) -> None:
        self._fails = fails
        self._error = error  # added to what is computed
        self.num_captures = 0
        self.num_replays = 0
        self.num_starts = 0

    def capture(self, function: Callable[[], Tensor]) -> Captured:
        """See `mgie.model.graphs.CaptureBackend`."""
        if self._fails:
            raise RuntimeError("capturing is not supported\nand more that nobody reads")
        self.num_captures += 1
        output = function().clone()

        def replay() -> None:
            self.num_replays += 1
            output.copy_(function() + self._error)

        return Captured(replay, output)

    def start_anew(self) -> None:
        """See `mgie.model.graphs.CaptureBackend`."""
        self.num_starts += 1
