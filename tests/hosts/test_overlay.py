"""A comparison on the real canvas: seen where it lies, without a trace in document, history or file."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hosts.artists import Artist
from hosts.edits import green_placement, preview_picture, read_mask
from hosts.program import HostProgram, wait_until
from mgie.api.rect import Rect
from mgie.host.remote import RemoteHost
from mgie.host.types import PREVIEW_FORMAT, DocumentInfo, HostPicture

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(400)]

PLACE = Rect(x=100, y=60, width=80, height=50)
PINK = (250, 0, 200)


def picture(red: int, green: int, blue: int) -> HostPicture:
    return HostPicture(
        rect=PLACE, format=PREVIEW_FORMAT, pixels=bytes((red, green, blue, 255)) * PLACE.num_pixels
    )


def seen(program: HostProgram) -> tuple[int, int, int, int] | None:
    """Bounds of what is pink on the screen: left, top, right, bottom; None where nothing is."""
    path = program.home / "seen.png"
    program.screen.screenshot(path)
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)
    is_pink = (np.abs(pixels - PINK) < 12).all(axis=2)
    rows, columns = np.nonzero(is_pink.sum(axis=1) > 40)[0], np.nonzero(is_pink.sum(axis=0) > 30)[0]
    if not len(rows) or not len(columns):
        return None  # thumbnails may be pink, too
    return int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])


def is_changed(program: HostProgram) -> bool:
    code = {"gimp": "result = image.is_dirty()", "krita": "result = doc.modified()"}
    return program.run(code[program.name])


def test_an_overlay_is_seen_in_its_place_and_leaves_no_trace(
    host: RemoteHost, artist: Artist, program: HostProgram, document: DocumentInfo, tmp_path: Path
) -> None:
    before, mask = host.read_pixels(document.id), read_mask(host, document.id)
    [layer] = host.place_results(document.id, [green_placement(before, mask)], canvas=before.rect)
    if program.name == "krita":
        artist.undo()  # so that there is something to redo
    else:
        program.run("image.clean_all()")
    time.sleep(1)
    layers, pixels = [info.name for info in host.layers(document.id)], host.read_pixels(document.id)
    history, was_changed, names = artist.undo_name(), is_changed(program), artist.layer_names()
    overlay = host.begin_overlay(document.id, PLACE, above=layer)
    host.push_preview(overlay, picture(*PINK))
    wait_until(lambda: seen(program) is not None, 20, "the overlay on the screen")
    time.sleep(0.5)
    left, top, right, bottom = seen(program) or (0, 0, 0, 0)
    assert (right - left) / (bottom - top) == pytest.approx(80 / 50, rel=0.08)
    if program.name == "krita":
        assert artist.layer_names() == names  # it is over the canvas
        program.run("app.activeWindow().activeView().canvas().setZoomLevel(4)")
        wait_until(
            lambda: (seen(program) or (0, 0, 0, 0))[2] - (seen(program) or (0,))[0] > 1.2 * (right - left),
            20,
            "it follows the zoom",
        )
    assert [info.name for info in host.layers(document.id)] == layers
    assert host.read_pixels(document.id).pixels == pixels.pixels
    host.push_preview(overlay, picture(0, 0, 0))
    wait_until(lambda: seen(program) is None, 20, "another picture")
    host.push_preview(overlay, picture(*PINK))
    wait_until(lambda: seen(program) is not None, 20, "the first one again")
    host.drop_preview(overlay)
    wait_until(lambda: seen(program) is None, 20, "its end")
    assert (artist.layer_names(), artist.undo_name(), is_changed(program)) == (names, history, was_changed)
    if program.name == "krita":
        artist.redo()
        assert artist.layer_names() == ["turn it green", *names]
    else:
        artist.undo()
        assert artist.layer_names() == names[1:]


@pytest.mark.parametrize("program", ["krita"], indirect=True)
def test_krita_shows_it_in_its_own_document_alone_and_outlives_its_canvas(
    host: RemoteHost, artist: Artist, program: HostProgram, document: DocumentInfo
) -> None:
    overlay = host.begin_overlay(document.id, PLACE)
    host.push_preview(overlay, picture(*PINK))
    wait_until(lambda: seen(program) is not None, 20, "the overlay on the screen")
    program.run("first = doc")
    artist.new_document(*artist.formats[0][1:])
    wait_until(lambda: seen(program) is None, 20, "nothing of it over the other document")
    turn = "[v.setVisible() for v in app.activeWindow().views() if v.document() == first]"
    program.run(f"second = doc; doc = first; {turn}")
    wait_until(lambda: seen(program) is not None, 20, "the overlay again")
    program.run("first.setModified(False); QtCore.QTimer.singleShot(0, first.close); doc = second")
    wait_until(lambda: len(host.state().documents) == 1, 20, "the end of its document")
    wait_until(lambda: seen(program) is None, 20, "its end")
    host.push_preview(overlay, preview_picture(PLACE))  # and nothing falls over it
    host.drop_preview(overlay)
    assert host.state().active
