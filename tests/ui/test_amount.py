"""More than all of a result where a model's guidance does no good: its change itself is scaled."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from mgie.api.rect import Rect
from mgie.host.types import HostMask, HostPicture, PixelFormat, SampleType
from mgie.panel.amount import scaled
from mgie.panel.pixels import amplified, as_array
from mgie.panel.state.job import Outcome
from support.fake_backend import Script
from support.fake_ports import GUIDANCE, MODEL, RGB, result

CANVAS, PLACE = Rect(x=0, y=0, width=4, height=3), Rect(x=1, y=1, width=2, height=2)
UNGUIDED = replace(MODEL, options=(replace(GUIDANCE, is_hidden=True),), presets=())


def flat(rect: Rect, sample: SampleType, *values: float) -> HostPicture:
    dtype = {"u8": "u1", "u16": "<u2", "f32": "<f4"}[sample]
    channels = {3: "rgb", 4: "rgba"}[len(values)]
    pixels = np.tile(np.array(values, dtype), (rect.height, rect.width, 1))
    return HostPicture(
        rect=rect,
        format=PixelFormat(sample=sample, channels=channels),  # type: ignore[arg-type]  # one of the literals
        pixels=pixels.tobytes(),
    )


@pytest.mark.parametrize(
    ("sample", "before", "after", "expected"),
    [
        ("u8", (100, 100, 100), (140, 60, 255), (160, 40, 255)),  # 332 ends at the end of the range
        ("u16", (1000, 1000, 1000), (3000, 0, 1000), (4000, 0, 1000)),
        ("f32", (0.5, 0.5, 0.5), (1.5, 0.25, 0.5), (2.0, 0.125, 0.5)),  # floats may lie above 1
        ("u8", (100, 100, 100, 255), (140, 60, 100, 90), (160, 40, 100, 90)),  # transparency stays
    ],
)
def test_the_difference_is_scaled_in_the_documents_own_numbers(
    sample: SampleType,
    before: tuple[float, ...],
    after: tuple[float, ...],
    expected: tuple[float, ...],
) -> None:
    made = amplified(flat(PLACE, sample, *after), flat(CANVAS, sample, *before), 1.5)
    assert made.rect == PLACE
    assert (as_array(made) == np.array(expected, as_array(made).dtype)).all()


def test_what_did_not_change_stays_the_same_in_every_bit() -> None:
    noise = np.random.default_rng(5).integers(0, 65536, (300, 4, 3)).astype("<u2").tobytes()
    picture = HostPicture(
        rect=Rect(x=0, y=0, width=4, height=300),
        format=PixelFormat(sample="u16", channels="rgb"),
        pixels=noise,
    )
    assert amplified(picture, picture, 1.5).pixels == noise


def test_change_map_and_record_follow() -> None:
    base = result()
    place = base.picture.rect
    record = json.dumps({"edits": [{"report": {}}, {"report": {"seam": 1.0}}]})
    base = replace(
        base,
        edit_result=replace(base.edit_result, record_json=record),
        picture=replace(base.picture, pixels=bytes([60]) * 24),
        change_map=HostMask(rect=place, coverage=bytes([40, 200] * 4)),
        changes=bytes([40, 200] * 4),
    )
    before = HostPicture(rect=place, format=RGB, pixels=bytes([20]) * 24)
    made = scaled(scaled(base, before, 1.5), before, 1.2)
    assert set(made.picture.pixels) == {92}  # 20 + 1.5 * 40 = 80, then 20 + 1.2 * 60
    assert made.change_map is not None
    assert made.change_map.coverage == made.changes == bytes([72, 255] * 4)
    edits = json.loads(made.record_json)["edits"]
    assert edits == [{"report": {}}, {"report": {"seam": 1.0, "amount": 1.8}}]
    assert set(made.frame.rgb) == {92}


def test_letting_go_beyond_all_of_it_puts_more_of_the_change_in_its_place(bench) -> None:
    bench.backend.script = Script(models=(UNGUIDED,))
    bench.start()
    bench.edit("make it night")
    bench.wait(lambda: bench.state.can_undo)
    (first,) = bench.state.finished
    card = bench.panel.window.result
    assert card.amount.maximum() == 150
    assert "increased" in card.amount.toolTip()
    card.amount.setValue(120)
    bench.wait(lambda: len(bench.host.placed) == 2 and bench.state.can_undo)
    _, (placement,), _ = bench.host.placed[-1]
    assert set(placement.picture.pixels) == {222}  # 90 + 1.2 * (200 - 90)
    assert placement.replaces == first.layer
    old, new = bench.state.finished
    assert (old.outcome, new.outcome) == (Outcome.UNDONE, Outcome.PLACED)
    bench.wait(lambda: set(bench.host.read_pixels(bench.document).pixels) == {222})
    assert card.amount.value() == 100  # of what stands there now
    assert set(bench.panel.window.preview._frames[1].rgb) == {222}
    assert len(bench.backend.by_request) == 1  # nothing was painted anew
    bench.panel.session.layers.undo()
    bench.wait(lambda: bench.state.can_redo)


def test_where_the_picture_before_is_not_kept_it_ends_at_all_of_it(bench) -> None:
    bench.backend.script = Script(models=(UNGUIDED,))
    bench.start()
    bench.edit("make it night")
    bench.wait(lambda: bench.state.can_undo)
    bench.panel.session.update(before=replace(bench.state.before, full=None))
    assert bench.panel.window.result.amount.maximum() == 100
    assert "increased" not in bench.panel.window.result.amount.toolTip()
