"""Placed layers inside the real GIMP and the real Krita: taken back, brought back, faded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hosts.artists import Artist
from hosts.edits import green_placement, read_mask
from hosts.program import HostProgram, wait_until
from mgie.host.remote import RemoteHost
from mgie.host.types import DocumentInfo

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
