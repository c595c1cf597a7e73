"""How long an edit takes at several batch sizes, as in the paper's Table 4: seconds to the last picture."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from mgie.api.options import Options
from mgie.model.events import Editor, SampleRequest
from mgie.model.generators import drain

# Seconds on an A100 that a public source confirms: (system, batch size) -> seconds.
PUBLISHED: dict[tuple[str, int], float] = {
    ("InsPix2Pix (published, A100)", 1): 6.8,
    ("MGIE (published, A100)", 1): 9.2,
    ("MGIE (published, A100)", 4): 20.6,
    ("MGIE (published, A100)", 8): 36.9,
}


@dataclass(frozen=True, kw_only=True)
class Timing:
    """One batch size of one editor; the fastest and the middle of several repeats."""

    batch_size: int
    fastest_s: float
    median_s: float
    encode_s: float  # of the median repeat: reading and writing for all pictures, one after the other


def time_edits(
    editor: Editor, batch_sizes: Sequence[int], *, size_px: int, options: Options, num_repeats: int = 3
) -> list[Timing]:
    """Edit as many different noise pictures as the batch holds. One edit is done before, for warming up."""
    _edit(editor, 1, size_px, options, seed=0)
    timings: list[Timing] = []
    for batch_size in batch_sizes:
        taken = [_edit(editor, batch_size, size_px, options, seed=1 + i) for i in range(num_repeats)]
        wholes = [whole for whole, _ in taken]
        timings.append(
            Timing(
                batch_size=batch_size,
                fastest_s=min(wholes),
                median_s=statistics.median(wholes),
                encode_s=statistics.median([encode for _, encode in taken]),
            )
        )
    return timings


def _edit(
    editor: Editor, batch_size: int, size_px: int, options: Options, *, seed: int
) -> tuple[float, float]:
    """(seconds in all, seconds for encoding); new pictures each time, so that no memory helps."""
    rng = np.random.default_rng(seed)
    images = [
        Image.fromarray(rng.integers(0, 256, (size_px, size_px, 3), dtype=np.uint8))
        for _ in range(batch_size)
    ]
    started = time.perf_counter()
    encodings = [drain(editor.encode(image, "make it look like winter")) for image in images]
    encoded = time.perf_counter()
    requests = [
        SampleRequest(image=image, encoding=encoding, seed=seed + i)
        for i, (image, encoding) in enumerate(zip(images, encodings, strict=True))
    ]
    drain(editor.sample(requests, options))
    return time.perf_counter() - started, encoded - started
