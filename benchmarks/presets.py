"""What the presets of the large models cost in quality: `python -m benchmarks presets`, with mgie-mini.

mgie-mini itself runs in one step; here it takes the steps of each preset, with the same words and seed.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from skimage import data

from benchmarks.report import print_table
from mgie.api.picture import Picture
from mgie.bench.parts import PRESETS
from mgie.compose.region import whole_picture
from mgie.editors.loading import load_editor
from mgie.model.events import FloatImage, SampleRequest, SamplerName
from mgie.model.generators import drain
from mgie.pipeline import prepare
from mgie.weights.installed import find_model

PICTURES = (data.coffee, data.chelsea)
INSTRUCTION = "make it look like night"
ALL_STEPS = 100


def main() -> None:
    """Print the table."""
    editor = load_editor(find_model("mgie-mini"))
    requests: list[SampleRequest] = []
    for picture in PICTURES:
        whole = Picture(pixels=picture())
        shown = prepare(whole, whole_picture(whole, INSTRUCTION), editor.info.native_size_px).model_image
        requests.append(SampleRequest(image=shown, encoding=drain(editor.encode(shown, INSTRUCTION)), seed=1))

    @cache
    def paint(sampler: SamplerName, num_steps: int) -> list[FloatImage]:
        options = {"num_inference_steps": num_steps, "sampler": sampler}
        return [drain(editor.sample([request], options))[0].image for request in requests]

    exact = paint(*PRESETS["exact"])
    rows: list[tuple[str, ...]] = []
    for name, (sampler, num_steps) in PRESETS.items():
        found, whole = paint(sampler, num_steps), paint(sampler, ALL_STEPS)
        cells = (f"{_difference(found, exact):.2f}", f"{_difference(found, whole):.2f}")
        rows.append((f"{name}: {num_steps} of {sampler}", *cells))
    header = ("preset", "from exact, 1/255", "from 100 steps of its sampler, 1/255")
    print_table("Presets on mgie-mini: mean change of the picture", header, rows)


def _difference(found: list[FloatImage], golden: list[FloatImage]) -> float:
    pairs = zip(found, golden, strict=True)
    return 255 * float(np.mean([np.abs(a - b).mean() for a, b in pairs]))
