"""What the options and presets of a model change: `python -m benchmarks.settings [MODEL]`.

Every value is tried on the same pictures, words and seed as the model's own settings. A preset that moves
nothing is no preset. An option that moves nothing, or not as its ends say, is `hidden`: docs/panel.md.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from skimage import data

from benchmarks.report import machine_line, print_table
from mgie.api.models import Model
from mgie.api.options import Options, OptionSchema, OptionValue
from mgie.api.picture import Picture
from mgie.compose.region import whole_picture
from mgie.editors.loading import open_editor
from mgie.model.events import Editor, Encoding, FloatImage, Sampled, SampleRequest
from mgie.model.generators import drain
from mgie.pipeline import Prepared, prepare

VISIBLE = 1.0  # mean change in 1/255 below which nobody tells two pictures side by side apart
PICTURES = (data.coffee, data.chelsea)
INSTRUCTIONS = ("make it late afternoon", "turn it into a watercolour")  # where a model gives no examples
MAX_STEPS = 100  # tried at most: the range goes further than anyone waits


class Case(NamedTuple):
    """A picture with its words, read by the model once."""

    prepared: Prepared
    encoding: Encoding


def main(name: str) -> None:
    """Print one row for each preset and each value tried of an option."""
    editor = open_editor(name)
    words = editor.info.examples[:3] or INSTRUCTIONS
    cases = [_case(editor, picture(), instruction) for picture in PICTURES for instruction in words]
    plain = [_sample(editor, case, {}) for case in cases]
    rows = [("its own", "", _mean_change([(s.image, s.round_trip) for s in plain]), "")]
    for title, options, seed in _trials(editor.info):
        tried = [_sample(editor, case, options, seed) for case in cases]
        change = _mean_change([(s.image, p.image) for s, p in zip(tried, plain, strict=True)])
        edit = _mean_change([(s.image, s.round_trip) for s in tried])
        rows.append((title, change, edit, "yes" if float(change) >= VISIBLE else "no"))
    print(machine_line())  # noqa: T201  # a report on the terminal
    header = ("setting", "from its own, 1/255", "from the photograph, 1/255", "seen")
    print_table(f"{name}: mean change over {len(cases)} edits", header, rows)


def _case(editor: Editor, pixels: npt.NDArray[np.uint8], words: str) -> Case:
    picture = Picture(pixels=pixels)
    prepared = prepare(picture, whole_picture(picture, words), editor.info.native_size_px)
    return Case(prepared, drain(editor.encode(prepared.model_image, words)))


def _trials(model: Model) -> list[tuple[str, Options, int]]:
    presets = [(f"preset {p.name}", p.options, 1) for p in model.presets if p.options]
    values = [
        (f"{schema.name} {value}", {schema.name: value}, 1)
        for schema in model.options
        for value in _tried(schema)
    ]
    return [*presets, *values, ("another seed", {}, 2)]


def _tried(schema: OptionSchema) -> Sequence[OptionValue]:
    """Values across the useful part of an option's range, without its own."""
    own, low = schema.default_value, schema.minimum or 0
    values: Mapping[str, Sequence[OptionValue]] = {
        "flag": (True, False),
        "choice": schema.choices,
        "text": (),
    }
    if schema.type in values or isinstance(own, str):
        return [value for value in values.get(schema.type, ()) if value != own]
    factors = (0.5, 1.25, 1.5, 2.0) if schema.type == "number" else (0.3, 2, 10)
    tried = [max(low, min(MAX_STEPS, own * factor)) for factor in factors]
    numbers = [round(v) if schema.type == "integer" else round(v, 2) for v in tried]
    return [value for value in dict.fromkeys(numbers) if value != own]


def _sample(editor: Editor, case: Case, options: Options, seed: int = 1) -> Sampled:
    request = SampleRequest(image=case.prepared.model_image, encoding=case.encoding, seed=seed)
    return drain(editor.sample([request], options))[0]


def _mean_change(pairs: Sequence[tuple[FloatImage, FloatImage]]) -> str:
    return f"{255 * np.mean([np.abs(one - other).mean() for one, other in pairs]):.2f}"


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "mgie-mini")
