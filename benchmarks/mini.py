"""How long an edit with the shipped mgie-mini takes, part by part: `python -m benchmarks mini`."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PIL import Image
from skimage import data

from benchmarks.report import print_table
from mgie.api.picture import Picture
from mgie.compose.region import whole_picture
from mgie.editors.loading import load_editor
from mgie.model.events import Editor, SampleRequest
from mgie.model.generators import drain
from mgie.pipeline import finish, prepare
from mgie.weights.installed import find_model

NUM_REPEATS = 5
INSTRUCTION = "make it look like night"
SIZES_PX = ((600, 400), (4000, 3000))
STEPS = (1, 20)  # the model's own number, and the one that larger models are run with


def main() -> None:
    """Print the tables: the fastest of the repeats."""
    loaded = _timed(lambda: load_editor(find_model("mgie-mini")))
    editor = load_editor(find_model("mgie-mini"))
    rows: list[tuple[str, str]] = [("load the model (modules apart)", f"{loaded:.2f}")]
    print_table("mgie-mini", ("", "s"), rows)
    for size in SIZES_PX:
        _measure(editor, Picture(pixels=np.asarray(Image.fromarray(data.coffee()).resize(size))))


def _measure(editor: Editor, picture: Picture) -> None:
    rows: list[tuple[str, str]] = []
    for num_steps in STEPS:
        runs = [_edit(editor, picture, num_steps) for _ in range(NUM_REPEATS)]
        encode, sample, land = (min(times) for times in zip(*runs, strict=True))
        title = f"{num_steps} step{'s' if num_steps > 1 else ''}"
        rows += [
            (f"language model ({title})", f"{encode:.2f}"),
            (f"steps and decode ({title})", f"{sample:.2f}"),
            (f"colour map at full size ({title})", f"{land:.2f}"),
            (f"the whole edit ({title})", f"{min(sum(times) for times in runs):.2f}"),
        ]
    height, width = picture.pixels.shape[:2]
    print_table(f"mgie-mini, a photograph of {width}x{height} px", ("", "s"), rows)


def _edit(editor: Editor, picture: Picture, num_steps: int) -> tuple[float, float, float]:
    """Seconds of the language model, of sampling and decoding, and of landing the edit."""
    start = time.perf_counter()
    prepared = prepare(picture, whole_picture(picture, INSTRUCTION), editor.info.native_size_px)
    encoding = drain(editor.encode(prepared.model_image, INSTRUCTION))
    encoded = time.perf_counter()
    request = SampleRequest(image=prepared.model_image, encoding=encoding, seed=1)
    (sampled,) = drain(editor.sample([request], {"num_inference_steps": num_steps}))
    painted = time.perf_counter()
    finish(prepared, sampled)
    return encoded - start, painted - encoded, time.perf_counter() - painted


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
