"""What the presets of the large models cost in quality: `python -m benchmarks presets`, with mgie-mini.

mgie-mini itself runs in one step without guidance; here it takes the steps of each preset and the published
scales of guidance, with the same words and seed.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cache

import numpy as np
from skimage import data

from benchmarks.report import print_table
from mgie.api.picture import Picture
from mgie.bench.parts import PRESETS
from mgie.compose.region import whole_picture
from mgie.editors.loading import load_editor
from mgie.model.events import FloatImage, SampleRequest, SamplingOptions
from mgie.model.generators import drain
from mgie.model.guidance import computing_steps
from mgie.pipeline import prepare
from mgie.weights.installed import find_model

PICTURES = (data.coffee, data.chelsea)
INSTRUCTION = "make it look like night"
ALL_STEPS = 100
# What can be left out of the guidance
SPARED = (
    {},
    {"guidance_stop": 0.9},
    {"guidance_stop": 0.8},
    {"guidance_start": 0.1},
    {"guidance_start": 0.3},
    {"guidance_every": 2},
    {"guidance_every": 3},
)


def main() -> None:
    """Print the tables."""
    editor = load_editor(find_model("mgie-mini"))
    requests: list[SampleRequest] = []
    for picture in PICTURES:
        whole = Picture(pixels=picture())
        shown = prepare(whole, whole_picture(whole, INSTRUCTION), editor.info.native_size_px).model_image
        requests.append(SampleRequest(image=shown, encoding=drain(editor.encode(shown, INSTRUCTION)), seed=1))

    @cache
    def paint(options: SamplingOptions) -> list[FloatImage]:
        return [drain(editor.sample([request], asdict(options)))[0].image for request in requests]

    exact = paint(PRESETS["exact"])
    rows: list[tuple[str, ...]] = []
    for name, options in PRESETS.items():
        whole = paint(SamplingOptions(sampler=options.sampler, num_inference_steps=ALL_STEPS))
        found = paint(options)
        title = f"{name}: {options.num_inference_steps} of {options.sampler}"
        changes = (f"{_difference(found, exact):.2f}", f"{_difference(found, whole):.2f}")
        rows.append((title, str(_num_passes(options)), *changes))
    header = ("preset", "UNet passes", "from exact, 1/255", f"from {ALL_STEPS} steps of its sampler, 1/255")
    print_table("Presets on mgie-mini: mean change of the picture", header, rows)

    rows = []
    for spared in SPARED:
        cells: list[str] = []
        for name in ("balanced", "fast"):
            guided = replace(PRESETS[name], guidance_every=1)
            options = replace(guided, **spared)
            cells += [str(_num_passes(options)), f"{_difference(paint(options), paint(guided)):.2f}"]
        rows.append((", ".join(f"{name} {value}" for name, value in spared.items()) or "all", *cells))
    header = ("guidance", "passes in 20 steps", "change, 1/255", "passes in 10 steps", "change, 1/255")
    print_table("Guidance left out, and the mean change from guidance in every step", header, rows)


def _num_passes(options: SamplingOptions) -> int:
    """Pictures through the UNet for one edit."""
    return options.num_inference_steps + 2 * len(computing_steps(options))


def _difference(found: list[FloatImage], golden: list[FloatImage]) -> float:
    pairs = zip(found, golden, strict=True)
    return 255 * float(np.mean([np.abs(a - b).mean() for a, b in pairs]))
