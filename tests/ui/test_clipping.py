"""How much of a result is seen above a clipped layer, and that the panel's preview is cut in the same way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mgie.api.rect import Rect
from mgie.host.types import HostMask, LayerInfo
from mgie.panel.clipping import clip_coverage
from mgie.panel.state.pictures import Frame
from mgie.panel.views import images

CANVAS = Rect(x=0, y=0, width=4, height=1)
LEFT = HostMask(rect=Rect(x=0, y=0, width=2, height=1), coverage=b"\xff\x80")
FULL = HostMask(rect=CANVAS, coverage=b"\xff" * 4)


def layer(name: str, **more: object) -> LayerInfo:
    return LayerInfo(id=name, name=name, kind="paint", rect=CANVAS, **more)  # pyright: ignore[reportArgumentType]


def clip_of(*layers: LayerInfo, **masks: HostMask) -> list[int]:
    return list(clip_coverage(layers, "work", lambda name: masks[name], CANVAS, (4, 1)))


def test_nothing_is_read_where_nothing_is_clipped() -> None:
    assert clip_of(layer("work"), layer("base")) == []
    assert clip_of(layer("other")) == []


def test_a_clipped_layer_shows_where_the_visible_unclipped_ones_below_it_do() -> None:
    work, base = layer("work", is_clipped=True), layer("base")
    assert clip_of(work, base, base=LEFT) == [255, 128, 0, 0]
    assert clip_of(work, replace(base, opacity=0.5), base=FULL) == [128] * 4
    assert clip_of(work, replace(base, is_visible=False)) == [0] * 4
    assert clip_of(work, replace(base, is_clipped=True)) == [0] * 4
    assert clip_of(layer("top"), work, base, top=FULL, base=LEFT) == [255, 128, 0, 0]
    assert clip_of(work, base, layer("more"), base=LEFT, more=LEFT) == [255, 192, 0, 0]


def test_a_clipped_group_cuts_what_is_in_it_and_other_groups_do_not() -> None:
    group = replace(layer("group", is_clipped=True), kind="group")
    inside = layer("inside", parent="group")
    assert clip_of(group, layer("work", parent="group"), inside, layer("base"), base=LEFT) == [255, 128, 0, 0]


def test_a_result_that_leaves_a_faded_group_is_not_cut_by_what_is_in_it() -> None:
    group = replace(layer("group"), kind="group")
    work = layer("work", parent="group", is_clipped=True, is_in_faded_group=True)
    assert clip_of(group, work, layer("inside", parent="group"), inside=LEFT) == []


@pytest.mark.parametrize("has_own_coverage", [False, True])
def test_the_preview_is_cut_as_the_canvas_will_be(has_own_coverage: bool) -> None:
    before = Frame(width=4, height=1, rgb=bytes(12), place=CANVAS, clip=bytes((255, 255, 0, 0)))
    own = bytes((255, 0, 255, 255)) if has_own_coverage else b""
    after = Frame(width=4, height=1, rgb=b"\xff" * 12, place=CANVAS, coverage=own)
    picture = images.composed(before, after)
    reds = [picture.pixelColor(x, 0).red() for x in range(4)]
    assert reds == ([255, 0, 0, 0] if has_own_coverage else [255, 255, 0, 0])
