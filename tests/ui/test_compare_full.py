"""Near views compare pixels of the document itself, both sides at one resolution, or the copies on both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QPointF, QSize, Qt
from pytestqt.qtbot import QtBot

from mgie.api.rect import Rect
from mgie.host.types import HostMask, HostPicture
from mgie.panel import document_reads, pixels
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.pictures import FullPicture
from mgie.panel.state.progress import Phase, Progress
from mgie.panel.views.compare_modes import Camera, CompareMode
from mgie.panel.views.full_crop import Part, full_pictures, make_crop
from mgie.panel.views.preview_view import PreviewView
from support.fake_ports import RGB, TARGET, NotedBackend, NotedHost, result
from support.panel_scenes import CHANGED

CANVAS = Rect(x=0, y=0, width=1300, height=900)
PART = Rect(x=500, y=300, width=400, height=300)
RNG = np.random.default_rng(7)
BEFORE = RNG.integers(0, 256, (900, 1300, 3), dtype=np.uint8)  # noise: any other resolution shows
AFTER = 255 - BEFORE[PART.within(CANVAS)]
MASK = np.zeros((300, 400), np.uint8)
MASK[:, 100:] = 255
EXPECTED = BEFORE.copy()
EXPECTED[PART.within(CANVAS)][:, 100:] = AFTER[:, 100:]


def picture(values: np.ndarray, rect: Rect) -> HostPicture:
    return HostPicture(rect=rect, format=RGB, pixels=values.tobytes())


def edited() -> PanelState:
    """A finished edit of PART, seen through MASK."""
    after = picture(AFTER, PART)
    weight = HostMask(rect=PART, coverage=MASK.tobytes())
    shown = replace(result(), picture=after, weight=weight, frame=pixels.frame_of(after, 640, weight))
    change_map = HostMask(rect=PART, coverage=bytes(len(weight.coverage)))
    shown = replace(shown, change_map=change_map, changes=bytes(shown.frame.width * shown.frame.height))
    before = picture(BEFORE, CANVAS)
    frame = replace(pixels.frame_of(before, 640), full=FullPicture(before))
    assert CHANGED.job is not None
    progress = Progress(job=CHANGED.job.key, phase=Phase.DONE, results=(shown,))
    return replace(CHANGED, before=frame, edit=progress, chosen=0, finished=())


def grabbed(view: PreviewView) -> np.ndarray:
    """What the view shows, (height, width, 3)."""
    image = view.grab().toImage()
    frame = pixels.frame_of_image(image, Rect(x=0, y=0, width=image.width(), height=image.height()))
    return np.frombuffer(frame.rgb, np.uint8).reshape(frame.height, frame.width, 3)


@pytest.fixture
def view(qtbot: QtBot) -> PreviewView:
    view = PreviewView(is_detached=True)
    qtbot.addWidget(view)
    view.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # no frame around it
    view.resize(QSize(401, 300))  # odd: the middle lies between two pixels
    view.show()
    return view


def seen(values: np.ndarray, view: PreviewView) -> np.ndarray:
    """The part of a picture of the whole canvas that the view has in it at one to one."""
    left, top = round(view.area().x()), round(view.area().y())
    return values[-top : -top + view.height(), -left : -left + view.width()]


def one_to_one(view: PreviewView, state: PanelState, mode: CompareMode = CompareMode.RESULT) -> None:
    view.show_state(state)
    view.set_mode(mode)
    view.set_camera(Camera(zoom=1.0))


def test_at_one_to_one_both_sides_are_the_documents_own_pixels(view: PreviewView, qtbot: QtBot) -> None:
    one_to_one(view, edited())
    qtbot.waitUntil(lambda: np.array_equal(grabbed(view), seen(EXPECTED, view)), timeout=20_000)
    view.set_mode(CompareMode.WIPE)
    shown = grabbed(view)
    assert np.array_equal(shown[:20, :190], seen(BEFORE, view)[:20, :190])
    assert np.array_equal(shown[:20, 210:], seen(EXPECTED, view)[:20, 210:])
    view.set_mode(CompareMode.DIFFERENCE)
    far = np.abs(EXPECTED.astype(int) - BEFORE).clip(0, 63) * 4
    assert np.array_equal(grabbed(view).clip(0, 252), seen(far, view))


def test_the_change_map_is_as_near_as_the_pictures(view: PreviewView, qtbot: QtBot) -> None:
    one_to_one(view, edited(), CompareMode.CHANGES)
    qtbot.waitUntil(lambda: np.array_equal(grabbed(view)[:, :50], seen(BEFORE, view)[:, :50]), timeout=20_000)
    inside = grabbed(view)[:, 200:]
    assert (inside == inside[0, 0]).all()  # nothing changed: one colour


def test_side_by_side_shows_the_same_part_twice(view: PreviewView, qtbot: QtBot) -> None:
    view.resize(804, 300)
    one_to_one(view, edited(), CompareMode.SIDE)

    def is_full() -> bool:
        shown = grabbed(view)[60:, :]
        middle = 650 - 200  # canvas column at the left of each side
        rows = slice(450 - 150 + 60, 450 + 150)
        left = np.array_equal(shown[:, :400], BEFORE[rows, middle : middle + 400])
        return left and np.array_equal(shown[:, 404:804], EXPECTED[rows, middle : middle + 400])

    qtbot.waitUntil(is_full, timeout=20_000)


def test_a_pull_beyond_what_was_made_shows_the_new_part(view: PreviewView, qtbot: QtBot) -> None:
    one_to_one(view, edited())
    qtbot.waitUntil(lambda: np.array_equal(grabbed(view), seen(EXPECTED, view)), timeout=20_000)
    view.set_camera(view.camera.moved(QPointF(300, 200), 1300, 900))
    qtbot.waitUntil(lambda: np.array_equal(grabbed(view), seen(EXPECTED, view)), timeout=20_000)


def without_full(state: PanelState) -> PanelState:
    assert state.before is not None
    return replace(state, before=replace(state.before, full=None))


def clipped(state: PanelState) -> PanelState:
    assert state.before is not None
    return replace(
        state, before=replace(state.before, clip=b"\xff" * (state.before.width * state.before.height))
    )


@pytest.mark.parametrize("spoilt", [without_full, clipped])
def test_where_one_side_is_not_known_in_full_both_are_copies_and_it_is_said(
    view: PreviewView, spoilt: Callable[[PanelState], PanelState], qtbot: QtBot
) -> None:
    state = spoilt(edited())
    assert full_pictures(state) is None
    one_to_one(view, state)
    qtbot.wait(50)
    shown = grabbed(view)
    assert not np.array_equal(shown[:100], seen(EXPECTED, view)[:100])
    assert shown[-28:-12, 9:15].mean() < 80  # the ground of a word
    assert shown[:20].mean() > 110
    view.set_camera(Camera(zoom=0.3))  # the copies have as much as the screen: nothing to say
    bottom = round(view.area().bottom())
    assert grabbed(view)[bottom - 28 : bottom - 12, 14:20].mean() > 100


def test_a_part_outside_the_result_is_the_same_on_both_sides() -> None:
    full = full_pictures(edited())
    assert full is not None
    crop = make_crop(Part(full, Rect(x=0, y=0, width=200, height=100), 1.0))
    assert crop.before == crop.after


def test_between_the_copy_and_full_size_no_more_is_made_than_the_screen_shows() -> None:
    full = full_pictures(edited())
    assert full is not None
    crop = make_crop(Part(full, CANVAS, 0.6))
    assert (crop.before.width(), crop.after.width()) == (780, 780)


def test_only_the_edit_in_front_keeps_its_picture_in_full() -> None:
    session = Session(NotedBackend(), NotedHost(), edited())
    job = session.state.job
    assert job is not None
    other = replace(session.state.host, target=replace(TARGET, document="another"))
    back = replace(session.state.host, target=job.target)
    session.host_changed(other)
    shelved = session.state.shelf[job.target.document].before
    assert shelved is not None
    assert shelved.full is None
    session.host_changed(back)
    assert session.state.before is not None
    assert full_pictures(session.state) is None


@pytest.mark.parametrize(("limit", "is_kept"), [(40 * 30 * 3, True), (40 * 30 * 3 - 1, False)])
def test_what_was_read_is_kept_up_to_a_number_of_bytes(
    bench, monkeypatch: pytest.MonkeyPatch, limit: int, *, is_kept: bool
) -> None:
    monkeypatch.setattr(document_reads, "MAX_FULL_BYTES", limit)
    bench.start()
    bench.edit("make it late afternoon")
    bench.wait(lambda: bench.state.before is not None)
    assert bench.state.before is not None
    full = bench.state.before.full
    assert (full is not None) == is_kept
    assert full is None or full.picture.rect == Rect(x=0, y=0, width=40, height=30)
