"""Placed layers inside the real GIMP and the real Krita: taken back, brought back, faded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hosts.artists import Artist
from hosts.edits import green_placement, read_mask
from hosts.program import HostProgram, wait_until
from mgie.api.rect import Rect
from mgie.host.masks import spread_mask
from mgie.host.remote import RemoteHost
from mgie.host.types import DocumentInfo, HostMask

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(400)]


def test_a_result_is_taken_back_and_brought_back_in_one_step_each(
    host: RemoteHost, artist: Artist, document: DocumentInfo
) -> None:
    before, mask, layers = host.read_pixels(document.id), read_mask(host, document.id), artist.layer_names()
    placement = green_placement(before, mask)
    [placed] = host.place_results(document.id, [placement], canvas=before.rect)
    with_layer = ["turn it green", *layers]
    host.take_back(document.id, [placed])
    assert artist.layer_names() == layers
    assert host.read_pixels(document.id) == before
    if not host.bring_back(document.id, [placed]):
        [placed] = host.place_results(document.id, [placement], canvas=before.rect)
    assert artist.layer_names() == with_layer
    artist.undo()
    assert artist.layer_names() == layers


def test_a_result_under_later_work_is_taken_back_without_touching_that(
    host: RemoteHost, artist: Artist, document: DocumentInfo
) -> None:
    before, mask, layers = host.read_pixels(document.id), read_mask(host, document.id), artist.layer_names()
    [first] = host.place_results(document.id, [green_placement(before, mask, "first")], canvas=before.rect)
    host.place_results(document.id, [green_placement(before, mask, "later")], canvas=before.rect)
    host.take_back(document.id, [first])
    assert artist.layer_names() == ["later", *layers]
    host.take_back(document.id, [first])  # gone already
    artist.undo()
    assert artist.layer_names() == ["later", "first", *layers]
    artist.redo()
    if host.bring_back(document.id, [first]):
        assert artist.layer_names() == ["later", "first", *layers]


def test_a_batch_is_taken_back_with_its_group(
    host: RemoteHost, artist: Artist, document: DocumentInfo
) -> None:
    before, mask, layers = host.read_pixels(document.id), read_mask(host, document.id), artist.layer_names()
    placements = [green_placement(before, mask, name) for name in ("sky", "grass")]
    placed = host.place_results(document.id, placements, canvas=before.rect, group="two edits")
    host.place_results(document.id, [green_placement(before, mask, "later")], canvas=before.rect)
    host.take_back(document.id, placed)
    assert artist.layer_names() == ["later", *layers]
    artist.undo()
    assert artist.layer_names() == ["later", "two edits", *layers]


def test_a_drag_of_the_amount_is_live_and_one_undo_step(
    host: RemoteHost, artist: Artist, program: HostProgram, document: DocumentInfo
) -> None:
    before, mask, layers = host.read_pixels(document.id), read_mask(host, document.id), artist.layer_names()
    placement = replace(green_placement(before, mask), opacity=0.8)
    [placed] = host.place_results(document.id, [placement], canvas=before.rect)

    def opacity() -> float:
        return round(next(layer.opacity for layer in host.layers(document.id) if layer.id == placed), 2)

    assert opacity() == 0.8
    for value in (0.7, 0.55, 0.4):
        host.set_opacity(document.id, placed, value)
        assert opacity() == value
    host.set_opacity(document.id, placed, 0.3, since=0.8)
    wait_until(lambda: opacity() == 0.3, 10, "the new opacity")
    artist.undo()
    wait_until(lambda: opacity() == 0.8, 10, "the opacity before the drag")
    artist.redo()
    wait_until(lambda: opacity() == 0.3, 10, "the opacity after the drag")
    artist.undo()
    artist.undo()
    assert artist.layer_names() == layers


def test_one_layer_of_a_group_is_taken_out_and_the_others_stay(
    host: RemoteHost, artist: Artist, document: DocumentInfo
) -> None:
    before, mask = host.read_pixels(document.id), read_mask(host, document.id)
    placements = [green_placement(before, mask, name) for name in ("sky", "lawn")]
    sky, lawn = host.place_results(document.id, placements, canvas=before.rect, group="both")

    def ours() -> list[str]:
        return [layer.id for layer in host.layers(document.id) if layer.id in (sky, lawn)]

    host.take_back(document.id, [lawn])
    assert ours() == [sky]
    artist.undo()
    wait_until(lambda: set(ours()) == {sky, lawn}, 10, "the layer that was taken out")


def test_a_result_takes_the_place_of_another(
    host: RemoteHost, artist: Artist, program: HostProgram, document: DocumentInfo
) -> None:
    """One undo step in GIMP; Krita lets plug-ins group no steps, so there the old layer goes in a second."""
    before, mask, layers = host.read_pixels(document.id), read_mask(host, document.id), artist.layer_names()
    [old] = host.place_results(document.id, [green_placement(before, mask, "weak")], canvas=before.rect)
    strong = replace(green_placement(before, mask, "strong"), replaces=old)
    host.place_results(document.id, [strong], canvas=before.rect)
    assert artist.layer_names() == ["strong", *layers]
    artist.undo()
    if program.name == "krita":
        artist.undo()
    assert artist.layer_names() == ["weak", *layers]


def test_a_mask_becomes_the_selection_with_its_soft_edges(
    host: RemoteHost, artist: Artist, document: DocumentInfo
) -> None:
    before, layers = host.read_pixels(document.id), artist.layer_names()
    rect = Rect(x=20, y=30, width=64, height=4)
    mask = HostMask(rect=rect, coverage=bytes(4 * value for value in range(64)) * 4)
    state = host.state()
    host.select(document.id, mask)
    found = read_mask(host, document.id)
    wanted, got = spread_mask(mask, before.rect), spread_mask(found, before.rect)
    assert max(abs(a - b) for a, b in zip(wanted, got, strict=True)) <= 1
    assert artist.layer_names() == layers
    now, then = host.state().active_document, state.active_document
    assert now is not None
    assert then is not None
    assert now.active_layer == then.active_layer
    assert host.read_pixels(document.id) == before
    host.select(document.id, None)
    assert host.read_selection(document.id) is None
