"""transformers' `generate` as a generator of tokens: closing it stops after the token at work."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Mapping
from typing import Any

import torch
from torch import Tensor
from transformers import StoppingCriteria, StoppingCriteriaList
from transformers.generation.streamers import BaseStreamer


def stream_tokens(model: Any, inputs: Mapping[str, Tensor], *, max_new_tokens: int) -> Generator[int]:
    """Greedy tokens after the prompt, as they are made.

    `generate` runs in a thread of its own, on a GPU in the row of work of the one that reads.
    """
    handover = _Handover()
    stream = torch.cuda.current_stream(model.device) if model.device.type == "cuda" else None
    thread = threading.Thread(target=handover.run, args=(model, inputs, max_new_tokens, stream), daemon=True)
    thread.start()
    try:
        while (token := handover.take()) is not None:
            yield token
    finally:
        handover.stop()
        thread.join()


class _Handover(BaseStreamer, StoppingCriteria):
    """Passes tokens from the thread that makes them to the one that reads, and the wish to stop back."""

    def __init__(self) -> None:
        self._tokens: queue.SimpleQueue[int | BaseException | None] = queue.SimpleQueue()
        self._is_stopped = threading.Event()
        self._has_seen_prompt = False

    def run(
        self,
        model: Any,
        inputs: Mapping[str, Tensor],
        max_new_tokens: int,
        stream: torch.cuda.Stream | None,
    ) -> None:
        """Make all tokens. What goes wrong is raised where the tokens are read."""
        try:
            with torch.cuda.stream(stream):  # pyright: ignore[reportArgumentType]  # None: where it is
                model.generate(
                    **inputs,
                    do_sample=False,
                    max_new_tokens=max_new_tokens,
                    streamer=self,
                    stopping_criteria=StoppingCriteriaList([self]),
                )
        except BaseException as error:
            self._tokens.put(error)
        else:
            self._tokens.put(None)

    def put(self, value: Tensor) -> None:
        """Called by `generate` with the prompt first, then with each token."""
        if self._has_seen_prompt:
            for token in value.flatten().tolist():
                self._tokens.put(token)
        self._has_seen_prompt = True

    def end(self) -> None:
        """Called by `generate` after the last token; `run` says so itself."""

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        """Whether to stop, asked by `generate` after each token."""
        return torch.full((len(input_ids),), self._is_stopped.is_set(), device=input_ids.device)

    def take(self) -> int | None:
        """The next token, None after the last."""
        item = self._tokens.get()
        if isinstance(item, BaseException):
            raise item
        return item

    def stop(self) -> None:
        """Make no token after the one at work."""
        self._is_stopped.set()
