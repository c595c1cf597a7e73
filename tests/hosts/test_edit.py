"""An edit inside the real GIMP and the real Krita: what is read, previewed, placed, undone."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from hosts.artists import Artist, wait_for_documents
from hosts.edits import (
    PROVENANCE,
    changed_pixels,
    covered_pixels,
    green_placement,
    preview_picture,
    read_mask,
)
from hosts.program import HostProgram, wait_until
from mgie.api.rect import Rect
from mgie.host.remote import RemoteHost
from mgie.host.types import DocumentInfo, HostMask, Placement

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(400)]


def test_the_panel_is_told_what_will_be_edited(host: RemoteHost, document: DocumentInfo) -> None:
    assert (document.width, document.height) == (300, 200)
    assert document.format.sample == "u16"
    assert document.format.channels == "rgba"
    assert document.unsupported == ""
    assert document.active_layer is not None
    assert document.selection is not None
    assert Rect(x=0, y=0, width=300, height=200).contains(document.selection)


def test_the_selection_arrives_with_its_soft_edge(host: RemoteHost, document: DocumentInfo) -> None:
    mask = read_mask(host, document.id)
    assert mask.rect == document.selection
    assert max(mask.coverage) == 255
    assert len(set(mask.coverage)) > 50


def test_a_preview_shows_on_the_canvas_but_is_never_read_as_part_of_the_picture(
    host: RemoteHost, artist: Artist, document: DocumentInfo
) -> None:
    before, mask, layers = host.read_pixels(document.id), read_mask(host, document.id), artist.layer_names()
    preview = host.begin_preview(document.id, mask.rect, mask=mask, name="preview")
    for red in range(0, 200, 20):
        host.push_preview(preview, preview_picture(mask.rect, red))
    assert artist.layer_names() == ["preview", *layers]
    assert [layer.name for layer in host.layers(document.id)] == layers
    assert host.read_pixels(document.id) == before
    assert host.document(document.id).active_layer == document.active_layer
    host.drop_preview(preview)
    assert artist.layer_names() == layers
    assert host.read_pixels(document.id) == before


def test_the_artists_layer_stays_active_under_several_previews(
    host: RemoteHost, artist: Artist, document: DocumentInfo
) -> None:
    mask, layers = read_mask(host, document.id), artist.layer_names()
    previews = [
        host.begin_preview(document.id, mask.rect, mask=mask, name=f"preview {number}") for number in range(3)
    ]
    for preview in previews:
        host.push_preview(preview, preview_picture(mask.rect, 100))
    time.sleep(1.5)  # Krita makes a new layer active some time after it came
    assert host.document(document.id).active_layer == document.active_layer
    for preview in previews:
        host.drop_preview(preview)
    assert artist.layer_names() == layers
    assert host.document(document.id).active_layer == document.active_layer


def test_previews_stay_inside_the_selection(
    host: RemoteHost, artist: Artist, program: HostProgram, document: DocumentInfo
) -> None:
    """Read back through the host itself, which composes the preview like any layer."""
    before, mask = host.read_pixels(document.id), read_mask(host, document.id)
    preview = host.begin_preview(document.id, mask.rect, mask=mask, name="preview")
    host.push_preview(preview, preview_picture(mask.rect, 250))
    host.state()
    adopted = program.connect()  # a second panel does not know of the preview: for it the layer is hidden too
    assert adopted.read_pixels(document.id) == before
    adopted.close()
    name = {"gimp": "R'G'B'A u8", "krita": ""}[program.name]
    if program.name == "gimp":
        seen = program.run(
            "v = Gimp.Layer.new_from_visible(image, image, 'v'); b = v.get_buffer()\n"
            f"d = bytes(b.get(Gegl.Rectangle.new(0, 0, 300, 200), 1.0, {name!r}, Gegl.AbyssPolicy.NONE))\n"
            "v.delete(); result = [d[i] for i in range(2, len(d), 4)]"
        )
        base = program.run(
            "b = image.get_layers()[-1].get_buffer()\n"
            f"d = bytes(b.get(Gegl.Rectangle.new(0, 0, 300, 200), 1.0, {name!r}, Gegl.AbyssPolicy.NONE))\n"
            "result = [d[i] for i in range(2, len(d), 4)]"
        )
    else:
        code = (
            "doc.refreshProjection(); doc.waitForDone()\n"
            "d = bytes({}.pixelData(0, 0, 300, 200)); result = [d[i + 1] for i in range(0, len(d), 8)]"
        )
        seen = program.run(code.format("doc"))
        base = program.run(code.format("doc.topLevelNodes()[0]"))
    changed = {i for i, pair in enumerate(zip(seen, base, strict=True)) if pair[0] != pair[1]}
    assert changed
    assert changed <= covered_pixels(mask, before.rect)
    host.drop_preview(preview)


def test_requests_that_come_while_another_is_at_work_are_answered(
    host: RemoteHost, document: DocumentInfo
) -> None:
    mask = read_mask(host, document.id)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(10):
            preview = host.begin_preview(document.id, mask.rect, mask=mask)
            asked = [pool.submit(host.state) for _ in range(8)]
            host.push_preview(preview, preview_picture(mask.rect))
            host.drop_preview(preview)
            assert {state.result().active for state in asked} == {document.id}


def test_an_accepted_edit_changes_nothing_outside_the_selection_and_is_one_undo_step(
    host: RemoteHost, artist: Artist, document: DocumentInfo
) -> None:
    before, mask, layers = host.read_pixels(document.id), read_mask(host, document.id), artist.layer_names()
    preview = host.begin_preview(document.id, mask.rect, mask=mask)
    host.push_preview(preview, preview_picture(mask.rect))
    host.state()
    host.drop_preview(preview)
    [placed] = host.place_results(document.id, [green_placement(before, mask)], canvas=before.rect)
    assert host.layers(document.id)[0].id == placed
    assert artist.layer_names() == ["turn it green", *layers]
    assert [json.loads(text) for text in artist.provenance()] == [json.loads(PROVENANCE)]
    after = host.read_pixels(document.id)
    assert changed_pixels(before, after) == covered_pixels(mask, before.rect)
    artist.undo()
    assert artist.layer_names() == layers
    assert host.read_pixels(document.id) == before
    artist.redo()
    assert artist.layer_names() == ["turn it green", *layers]
    assert host.read_pixels(document.id) == after


def test_a_result_of_all_layers_lies_on_top_and_one_of_a_single_layer_right_above_it(
    host: RemoteHost, artist: Artist, document: DocumentInfo
) -> None:
    before, mask, layers = host.read_pixels(document.id), read_mask(host, document.id), artist.layer_names()
    low = replace(green_placement(before, mask, "low"), above=host.layers(document.id)[-1].id)
    top = green_placement(before, mask, "top")
    host.place_results(document.id, [top], canvas=before.rect)
    host.place_results(document.id, [low], canvas=before.rect)
    assert artist.layer_names() == ["top", "low", *layers]
    host.place_results(document.id, [replace(top, name="new top")], canvas=before.rect)  # "low" is active now
    assert artist.layer_names() == ["new top", "top", "low", *layers]
    preview = host.begin_preview(document.id, mask.rect, name="preview", above=low.above)
    assert artist.layer_names() == ["new top", "top", "low", "preview", *layers]
    host.drop_preview(preview)


def test_a_panel_that_looks_changes_no_document(
    host: RemoteHost, program: HostProgram, document: DocumentInfo
) -> None:
    clean, look = {
        "gimp": ("image.clean_all(); result = image.is_dirty()", "result = image.is_dirty()"),
        "krita": ("doc.setModified(False); result = doc.modified()", "result = doc.modified()"),
    }[program.name]
    wait_until(lambda: not program.run(clean), 10, "a clean document")
    other = program.connect()
    other.read_pixels(document.id)
    other.layers(document.id)
    assert other.read_note(document.id) == ""
    assert other.state().active == document.id
    other.close()
    assert not program.run(look)


def test_a_note_is_kept_with_the_document_and_a_layer_knows_how_it_was_made(
    host: RemoteHost, artist: Artist, document: DocumentInfo
) -> None:
    mask = read_mask(host, document.id)
    placement = green_placement(host.read_pixels(document.id), mask)
    (layer,) = host.place_results(document.id, [placement], canvas=document.canvas)
    undo = artist.undo_name()
    host.write_note(document.id, '{"words": "wärmer, größer"}')
    assert json.loads(host.read_note(document.id)) == {"words": "wärmer, größer"}
    assert json.loads(host.read_note(document.id, layer=layer)) == json.loads(PROVENANCE)
    assert artist.undo_name() == undo
    artist.undo()
    assert json.loads(host.read_note(document.id)) == {"words": "wärmer, größer"}


def test_a_floating_selection_is_named_as_what_stands_in_the_way(
    host: RemoteHost, program: HostProgram, document: DocumentInfo
) -> None:
    if program.name == "krita":
        pytest.skip("Krita has no floating selections")
    program.run("Gimp.Selection.float(image, [image.get_layers()[0]], 5, 5)")
    assert "floating selection" in host.document(document.id).unsupported
    program.run("Gimp.floating_sel_anchor(image.get_floating_sel())")
    assert host.document(document.id).unsupported == ""


def test_a_batch_becomes_a_group_and_one_undo_step(
    host: RemoteHost, artist: Artist, document: DocumentInfo
) -> None:
    before, mask, layers = host.read_pixels(document.id), read_mask(host, document.id), artist.layer_names()
    placements = [green_placement(before, mask, name) for name in ("sky", "grass", "house")]
    host.place_results(document.id, placements, canvas=before.rect, group="three edits")
    assert artist.layer_names() == ["three edits", *layers]
    inside = [layer.name for layer in host.layers(document.id) if layer.parent]
    assert sorted(inside) == ["grass", "house", "sky"]
    assert [json.loads(text) for text in artist.provenance()] == [json.loads(PROVENANCE)] * 3
    artist.undo()
    assert artist.layer_names() == layers
    assert host.read_pixels(document.id) == before


def test_every_precision_and_profile_is_kept(host: RemoteHost, artist: Artist, program: HostProgram) -> None:
    """What is read and placed again is stored bit for bit the same."""
    for sample, precision, profile in artist.formats:
        artist.new_document(precision, profile)
        wait_for_documents(program, 1)
        document = host.state().active_document
        assert document is not None
        settings = artist.precision_and_profile()
        before = host.read_pixels(document.id)
        assert before.format.sample == sample
        assert (before.icc[36:40] == b"acsp") == bool(before.icc)
        mask = HostMask(rect=before.rect, coverage=b"\xff" * before.rect.num_pixels)
        same = Placement(picture=before, name="the same", mask=mask)
        [placed] = host.place_results(document.id, [same], canvas=before.rect)
        assert host.read_pixels(document.id, layer=placed) == before
        artist.undo()
        artist.select_ellipse()
        mask = read_mask(host, document.id)
        host.place_results(document.id, [green_placement(before, mask)], canvas=before.rect)
        if sample != "u32":  # GIMP composes in 32-bit floats, which cannot hold a 32-bit integer
            after = host.read_pixels(document.id)
            assert changed_pixels(before, after) <= covered_pixels(mask, before.rect)
        assert artist.precision_and_profile() == settings
        artist.close_document()
        wait_for_documents(program, 0)


def test_saved_selections_serve_as_regions(host: RemoteHost, artist: Artist, document: DocumentInfo) -> None:
    mask = read_mask(host, document.id)
    artist.save_selection("left eye")
    [region] = [region for region in host.regions(document.id) if region.name == "left eye"]
    saved = host.read_region(document.id, region.id)
    assert covered_pixels(saved, document.canvas) == covered_pixels(mask, document.canvas)


def test_the_canvas_that_changed_size_refuses_results_made_for_the_old_one(
    host: RemoteHost, artist: Artist, document: DocumentInfo
) -> None:
    before, mask, layers = host.read_pixels(document.id), read_mask(host, document.id), artist.layer_names()
    artist.grow_canvas()
    wait_until(lambda: host.document(document.id).width == 340, 10, "the larger canvas")
    with pytest.raises(Exception, match="340x200") as caught:
        host.place_results(document.id, [green_placement(before, mask)], canvas=before.rect)
    assert getattr(caught.value, "reason", "") == "CANVAS_CHANGED"
    assert artist.layer_names() == layers
    new_canvas = host.document(document.id).canvas
    host.place_results(document.id, [green_placement(before, mask)], canvas=new_canvas)  # place again
    assert artist.layer_names() == ["turn it green", *layers]
