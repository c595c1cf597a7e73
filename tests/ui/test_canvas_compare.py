"""A comparison on the host's canvas: what the panel's picture shows, and gone with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PyQt6 import sip
from PyQt6.QtTest import QTest

from mgie.api.rect import Rect
from mgie.host.types import HostInfo, HostMask
from mgie.panel.canvas_compare import CanvasCompare
from mgie.panel.views.compare_modes import CompareMode
from mgie.panel.views.preview_view import PreviewView

PART = Rect(x=4, y=6, width=20, height=10)
BEFORE, AFTER = 90, 200  # of the flat picture, and of the scripted results


KRITA = HostInfo(program="krita", version="5.2.9", can_overlay=True)
OLD_KRITA = HostInfo(program="krita", version="5.1.5")
# Where a comparison need not go with the keyboard.
AT_KRITA = pytest.mark.parametrize("bench", [KRITA], indirect=True, ids=["krita"])


def edited(bench, *, num_variations: int = 1) -> None:
    bench.host.select(bench.document, HostMask(rect=PART, coverage=b"\xff" * PART.num_pixels))
    bench.start()
    bench.wait(lambda: bench.state.host.target.selection == PART)
    if num_variations > 1:
        settings = bench.state.settings
        bench.panel.session.choose_settings(
            type(settings)(**{**vars(settings), "num_variations": num_variations})
        )
    bench.edit("make it night")
    if num_variations > 1:
        bench.wait(lambda: len(bench.state.choices) == num_variations)
    else:
        bench.wait(lambda: len(bench.host.placed) == 1 and bench.state.can_undo)


def shown(bench) -> np.ndarray:
    """The newest picture on the overlay, RGBA."""
    name = bench.host.overlays[-1][0]
    picture = [picture for key, picture in bench.host.pushed if key == name][-1]
    return np.frombuffer(picture.pixels, np.uint8).reshape(picture.rect.height, picture.rect.width, 4)


def until(bench, claim: Callable[[np.ndarray], bool]) -> None:
    def holds() -> bool:
        pushed = bench.host.overlays and any(k == bench.host.overlays[-1][0] for k, _ in bench.host.pushed)
        return bool(pushed) and claim(shown(bench))

    bench.wait(holds)


def is_gone(bench) -> bool:
    return bench.host.overlays[-1][0] in bench.host.dropped


@AT_KRITA
def test_a_wipe_lays_what_was_before_over_the_left_of_the_line(bench) -> None:
    edited(bench)
    bench.panel.window.preview.set_mode(CompareMode.WIPE)
    bench.panel.window.compare.on_canvas.click()
    until(bench, lambda seen: seen.shape == (10, 20, 4))
    (layer,) = [k.layer for k in bench.state.finished]
    assert bench.host.overlays == [(bench.host.overlays[0][0], bench.document, PART, layer)]
    line = bench.panel.window.preview.line_x() - PART.x
    assert 3 < line < 17
    seen = shown(bench)
    assert (seen[:, : line - 2] == (BEFORE, BEFORE, BEFORE, 255)).all()
    assert (seen[:, line + 3 :, 3] == 0).all()  # the result itself lies in the document
    bench.panel.window.preview._wipe_to(1.0)
    until(bench, lambda seen: bool((seen[:, :-2, 3] == 255).all()))
    assert len(bench.host.overlays) == 1


@pytest.mark.parametrize("mode", [CompareMode.DIFFERENCE, CompareMode.CHANGES])
@AT_KRITA
def test_the_other_ways_cover_the_result(bench, mode: CompareMode) -> None:
    edited(bench)
    if mode not in bench.panel.window.preview.modes:
        pytest.skip("the scripted backend made no change map")
    bench.panel.window.preview.set_mode(mode)
    bench.panel.window.compare.on_canvas.click()
    until(bench, lambda seen: bool((seen[..., 3] == 255).all()))
    assert len(np.unique(shown(bench).reshape(-1, 4), axis=0)) == 1  # of a flat picture, flat


@AT_KRITA
def test_holding_the_picture_shows_all_of_what_was_before(bench) -> None:
    edited(bench)
    bench.panel.window.compare.on_canvas.click()
    bench.panel.window.preview.compare(True)
    until(bench, lambda seen: bool((seen == (BEFORE, BEFORE, BEFORE, 255)).all()))
    bench.panel.window.preview.compare(False)
    bench.wait(lambda: is_gone(bench))


@AT_KRITA
def test_a_blink_turns_between_nothing_and_what_was_before(bench) -> None:
    edited(bench)
    bench.panel.window.preview.set_mode(CompareMode.BLINK)
    bench.panel.window.compare.on_canvas.click()
    until(bench, lambda seen: not seen.any())
    until(bench, lambda seen: bool((seen == (BEFORE, BEFORE, BEFORE, 255)).all()))


def end_by_the_button(bench) -> None:
    bench.panel.window.compare.on_canvas.click()


def end_by_another_way_to_look(bench) -> None:
    bench.panel.window.preview.set_mode(CompareMode.SIDE)


def end_by_undo(bench) -> None:
    bench.panel.session.layers.undo()


def end_by_an_edit(bench) -> None:
    bench.edit("make it day")


def end_by_another_document(bench) -> None:
    other = bench.host.open_picture("other.png", bench.host.read_pixels(bench.document))
    bench.host.activate(other)


def end_by_closing(bench) -> None:
    bench.panel.close()


@pytest.mark.parametrize(
    "end",
    [
        end_by_the_button,
        end_by_another_way_to_look,
        end_by_undo,
        end_by_an_edit,
        end_by_another_document,
        end_by_closing,
    ],
)
@AT_KRITA
def test_it_goes_with_what_it_compares(bench, end: Callable[[object], None]) -> None:
    edited(bench)
    bench.panel.window.preview.set_mode(CompareMode.WIPE)
    bench.panel.window.compare.on_canvas.click()
    until(bench, lambda seen: bool(seen.any()))
    end(bench)
    bench.wait(lambda: is_gone(bench))


@AT_KRITA
def test_a_variation_that_waits_is_compared_on_its_own_preview_layer(bench) -> None:
    edited(bench, num_variations=2)
    (layer,) = bench.host.begun
    bench.panel.window.preview.set_mode(CompareMode.WIPE)
    bench.panel.window.compare.on_canvas.click()

    def row() -> list[int]:
        picture = bench.host.pushed[-1][1]
        values = np.frombuffer(picture.pixels, np.uint8).reshape(PART.height, PART.width, 4)
        return values[5, :, 0].tolist()

    bench.wait(lambda: row()[0] == BEFORE)
    assert row()[-1] != BEFORE
    assert not bench.host.overlays
    bench.panel.window.compare.on_canvas.click()
    bench.wait(lambda: BEFORE not in row())
    assert list(bench.host.begun) == [layer]


@AT_KRITA
def test_where_it_must_it_goes_as_soon_as_the_artist_leaves_the_panel(bench) -> None:
    edited(bench)
    is_here = [True]
    view, panel = bench.panel.window.preview, bench.panel
    compare = CanvasCompare(view, panel.session, panel.host_link, is_in_front=lambda: is_here[0])
    view.set_mode(CompareMode.WIPE)
    compare.turn(True)
    until(bench, lambda seen: bool(seen.any()))
    is_here[0] = False
    compare.look_again()
    bench.wait(lambda: is_gone(bench))
    is_here[0] = True
    compare.look_again()
    bench.wait(lambda: len(bench.host.overlays) == 2 and not is_gone(bench))


@AT_KRITA
def test_it_ends_with_the_view_that_it_follows(bench) -> None:
    edited(bench)
    panel, view = bench.panel, PreviewView()
    view.set_mode(CompareMode.WIPE)
    compare = CanvasCompare(view, panel.session, panel.host_link, is_in_front=lambda: True)
    compare.turn(True)
    sip.delete(view)
    panel.session.update(draft=replace(bench.state.draft, instruction="what else"))
    bench.wait(lambda: sip.isdeleted(compare))
    QTest.qWait(20)  # what it had begun would fail by now


@pytest.mark.parametrize("bench", [OLD_KRITA], indirect=True, ids=["old krita"])
def test_there_is_no_button_where_the_canvas_cannot_show_it(bench) -> None:
    edited(bench)
    assert not bench.panel.window.compare.on_canvas.isVisible()
    assert bench.panel.canvas_compare is None
