"""The whole panel against a scripted backend on a real socket and a host in memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mgie.api.events import Reading
from mgie.api.options import OptionSchema
from mgie.api.rect import Rect
from mgie.host.types import HostMask
from mgie.panel.state.job import Outcome
from mgie.panel.state.primary_action import Action, primary_action
from mgie.panel.state.progress import Phase
from mgie.panel.texts import action_label
from mgie.server.tls import make_certificate
from support.fake_ports import MODEL

ELLIPSE = HostMask(rect=Rect(x=4, y=5, width=8, height=6), coverage=bytes([255]) * 47 + b"\x00")


def _pixels(bench, document: str = "") -> np.ndarray:
    picture = bench.host.read_pixels(document or bench.document)
    return np.frombuffer(picture.pixels, np.uint8).reshape(picture.rect.height, picture.rect.width, -1)


def _placed(bench) -> bool:
    return any(k.outcome is Outcome.PLACED for k in bench.state.finished)


def test_an_instruction_becomes_a_layer_inside_the_selection(bench) -> None:
    bench.host.select(bench.document, ELLIPSE)
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: _placed(bench))
    assert bench.panel.window.text.edit.toPlainText() == "The sky turns gold."
    pixels = _pixels(bench)
    assert (pixels[5:11, 4:11] == 200).all()
    pixels = pixels.copy()
    pixels[5:11, 4:12] = 90
    assert (pixels == 90).all()
    (_, (placement,), group) = bench.host.placed[0]
    assert (placement.name, group) == ("add snow", "")
    assert placement.provenance == '{"model": "scripted"}'


def test_previews_reach_the_canvas_through_the_selection_and_go_at_the_end(bench) -> None:
    bench.host.select(bench.document, ELLIPSE)
    bench.backend.script = replace(bench.backend.script, step_s=0.05)
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: _placed(bench))
    ((preview, (document, rect, mask)),) = bench.host.begun.items()
    assert (document, rect, mask) == (bench.document, ELLIPSE.rect, ELLIPSE)
    assert bench.host.pushed
    assert all(picture.rect == ELLIPSE.rect for _, picture in bench.host.pushed)
    bench.wait(lambda: preview in bench.host.dropped)


def test_the_same_picture_is_uploaded_once(bench) -> None:
    bench.start()
    for count in (1, 2):
        bench.edit("add snow")
        bench.wait(lambda count=count: len(bench.host.placed) == count)
        bench.host.undo(bench.document)
    assert bench.backend.num_uploads == 1


def test_a_cut_line_costs_no_word_and_no_second_edit(bench) -> None:
    bench.backend.breaks_at = {2, 4, 6, 8}
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: _placed(bench))
    assert bench.state.edit.text == "The sky turns gold."
    assert len(bench.backend.edits) == 1
    assert bench.backend.breaks_at == set()


def test_held_words_are_corrected_and_used(bench) -> None:
    bench.start()
    bench.panel.window.text.hold.click()
    bench.edit("add snow")
    bench.wait(lambda: bench.state.edit is not None and bench.state.edit.phase is Phase.HELD)
    assert not bench.panel.window.text.edit.isReadOnly()
    bench.panel.window.text.edit.setPlainText("The sky turns green.")
    assert bench.panel.window.actions_bar.primary.text() == "Continue with your text"
    bench.panel.window.actions_bar.primary.click()
    bench.wait(lambda: _placed(bench))
    assert bench.backend.edits["edits/1"].text == "The sky turns green."
    assert bench.panel.window.text.edit.toPlainText() == "The sky turns green."


def test_stop_leaves_the_document_as_it_was(bench) -> None:
    bench.backend.script = replace(bench.backend.script, step_s=0.1, num_steps=200)
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: bench.state.edit.step > 1)
    bench.panel.window.actions_bar.primary.click()
    bench.wait(lambda: bench.state.edit.phase is Phase.CANCELLED)
    bench.wait(lambda: set(bench.host.begun) == set(bench.host.dropped))
    assert (_pixels(bench) == 90).all()


def test_stop_and_keep_places_what_there_is(bench) -> None:
    bench.backend.script = replace(bench.backend.script, step_s=0.1, num_steps=200)
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: bench.panel.window.actions_bar.keep.isEnabled())
    bench.panel.window.actions_bar.keep.click()
    bench.wait(lambda: _placed(bench))
    assert bench.state.edit.step < 200


def test_a_refused_edit_is_told_in_a_sentence_and_what_to_do(bench) -> None:
    bench.backend.script = replace(bench.backend.script, refuses_with="IMAGE_TOO_LARGE")
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: bench.state.edit is not None and bench.state.edit.has_ended)
    notice = bench.panel.window.notice
    assert "larger than" in notice.sentence.text()
    assert "smaller part" in notice.advice.text()


def test_a_batch_is_placed_as_one_group_and_the_failed_region_can_be_tried_again(bench) -> None:
    bench.host.saved_regions = {
        "sky": HostMask(rect=Rect(x=0, y=0, width=4, height=4), coverage=bytes([255]) * 16),
        "lawn": HostMask(rect=Rect(x=8, y=8, width=4, height=4), coverage=bytes([255]) * 16),
        "wall": HostMask(rect=Rect(x=20, y=20, width=4, height=4), coverage=bytes([255]) * 16),
    }
    bench.backend.script = replace(bench.backend.script, fails_for="burn it")
    bench.start()
    bench.panel.session.regions.add_saved_selections()
    bench.wait(lambda: len(bench.state.regions) == 3)
    rows = list(bench.panel.window.regions.rows.values())
    for row, words in zip(rows, ("paint it", "burn it", "crack it"), strict=True):
        row.instruction.clear()
        row.instruction.insert(words)
        row.instruction.textEdited.emit(words)
    assert action_label(primary_action(bench.state)) == "Edit 3 regions"
    bench.panel.session.act()
    bench.wait(lambda: len(bench.host.placed) == 1)
    _, placements, group = bench.host.placed[0]
    assert [p.name for p in placements] == ["paint it", "crack it"]
    assert group
    bench.wait(lambda: primary_action(bench.state).action is Action.RETRY_REGIONS)
    assert "covers nothing" in rows[1].words.text()
    bench.backend.script = replace(bench.backend.script, fails_for="")
    bench.panel.session.act()
    bench.wait(lambda: len(bench.host.placed) == 2)
    pixels = _pixels(bench)
    assert (pixels[0:4, 0:4] == 200).all()
    assert (pixels[8:12, 8:12] == 200).all()
    assert int((pixels == 200).sum()) == 3 * 16 * 3


def test_a_closed_document_keeps_the_result_for_another_place(bench) -> None:
    other = bench.host.open_picture("other.png", bench.host.read_pixels(bench.document))
    bench.host.activate(bench.document)
    bench.backend.script = replace(bench.backend.script, step_s=0.1)
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: bench.state.edit.step > 0)
    bench.host.close_document(bench.document)
    bench.wait(lambda: len(bench.state.unplaced) == 1)
    assert (_pixels(bench, other) == 90).all()
    (row,) = bench.panel.window.unplaced.rows.values()
    assert row.here.isVisibleTo(bench.panel.window)
    row.here.click()
    bench.wait(lambda: _placed(bench))
    assert (_pixels(bench, other) == 200).all()


def test_a_lost_preview_layer_is_not_made_again_and_the_result_still_comes(bench) -> None:
    bench.backend.script = replace(bench.backend.script, step_s=0.1, num_steps=6)
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: bool(bench.host.pushed))
    bench.host.undo_preview()
    bench.wait(lambda: _placed(bench))
    assert len(bench.host.begun) == 1


def test_a_backend_that_dies_is_found_again_and_the_edit_goes_on(bench) -> None:
    bench.backend.script = replace(bench.backend.script, step_s=0.1, num_steps=12)
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: bench.state.edit.step > 1)
    bench.backend.stop()
    bench.wait(lambda: "reconnecting automatically" in bench.panel.window.progress.words.text())
    bench.server.launch = bench.backend.serve
    bench.panel.session.retry_backend()
    bench.wait(lambda: _placed(bench), timeout=20_000)
    assert len(bench.backend.edits) == 1


def test_a_missing_backend_is_started_and_an_impatient_edit_waits_for_it(
    qapp, qtbot, tmp_path, bench
) -> None:
    bench.backend.stop()
    bench.server.launch = bench.backend.serve
    bench.panel.start()
    bench.wait(lambda: bench.state.host.target is not None)
    bench.edit("add snow")
    bench.wait(lambda: _placed(bench))
    assert bench.server.num_starts == 1


def test_a_backend_that_cannot_start_says_so_and_offers_to_try_again(bench) -> None:
    bench.backend.stop()
    bench.panel.start()
    bench.wait(lambda: bench.panel.window.notice.restart.isVisibleTo(bench.panel.window))
    bench.server.launch = bench.backend.serve
    bench.panel.window.notice.restart.click()
    bench.wait(lambda: bench.state.backend.link.value == "ready")


def test_words_and_the_running_edit_survive_a_panel_that_is_killed(bench) -> None:
    bench.backend.script = replace(bench.backend.script, step_s=0.15, num_steps=12)
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: bench.state.edit.step > 1)
    bench.panel.window.instruction.edit.setPlainText("and then a half-written")
    saved = bench.folder / "panel-gimp.json"
    bench.wait(lambda: saved.exists() and "half-written" in saved.read_text())
    first, saved_text = bench.panel, saved.read_text()
    first.close()
    saved.write_text(saved_text)
    bench.panel = bench.make_panel()
    bench.start()
    assert bench.panel.window.instruction.edit.toPlainText() == "and then a half-written"
    bench.wait(lambda: _placed(bench))
    assert len(bench.backend.edits) == 1
    assert bench.state.job.instruction == "add snow"


def test_a_host_that_dies_takes_the_panel_with_it_and_finished_results_are_rescued(bench) -> None:
    bench.backend.script = replace(bench.backend.script)
    bench.start()
    bench.host.fails_with = "CANVAS_CHANGED"
    bench.edit("add snow")
    bench.wait(lambda: len(bench.state.unplaced) == 1)
    bench.host.end()
    recovered = bench.folder / "recovered"
    bench.wait(lambda: recovered.exists() and any(recovered.iterdir()))
    assert [p.suffix for p in recovered.iterdir()] == [".png"]


def test_the_menu_entry_repeats_the_last_instruction(bench) -> None:
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: _placed(bench))
    bench.host.invoke("repeat", bench.document)
    bench.wait(lambda: len(bench.backend.edits) == 2)
    assert bench.backend.edits["edits/2"].spec.instruction == "add snow"


def test_the_target_follows_the_artist(bench) -> None:
    bench.start()
    window = bench.panel.window
    assert window.target.title.text() == "garden.png"
    assert window.actions_bar.primary.text() == "Edit picture"
    bench.host.select(bench.document, ELLIPSE)
    bench.wait(lambda: window.actions_bar.primary.text() == "Edit selection")
    bench.wait(lambda: bool(bench.state.host.thumbnail and bench.state.host.thumbnail.selection))
    bench.host.close_document(bench.document)
    bench.wait(lambda: window.target.title.text() == "No picture open")


def test_a_declined_edit_changes_nothing_and_offers_what_the_model_can_do(bench) -> None:
    bench.backend.script = replace(bench.backend.script, declines="add a cat")
    bench.start()
    bench.edit("add a cat")
    bench.wait(lambda: bench.state.edit is not None and bench.state.edit.phase is Phase.DECLINED)
    card = bench.panel.window.declined
    assert card.isVisibleTo(bench.panel.window)
    assert card.sentence.text() == "This model cannot do that."
    assert (_pixels(bench) == 90).all()
    assert bench.host.placed == []
    card.suggestions[0].click()
    assert bench.panel.window.instruction.edit.toPlainText() == "make it brighter"
    assert not card.isVisibleTo(bench.panel.window)
    bench.panel.window.actions_bar.primary.click()
    bench.wait(lambda: _placed(bench))


def test_of_two_readings_the_chosen_one_is_carried_out(bench) -> None:
    readings = (
        Reading(text="The light would be warmer.", probability=0.6),
        Reading(text="The stove would be hot.", probability=0.4),
    )
    bench.backend.script = replace(bench.backend.script, readings=readings)
    bench.start()
    bench.edit("make it warm")
    bench.wait(lambda: bench.state.edit is not None and bench.state.edit.phase is Phase.HELD)
    card = bench.panel.window.readings
    assert [button.text() for button in card.buttons] == [reading.text for reading in readings]
    card.buttons[1].click()
    bench.wait(lambda: _placed(bench))
    assert bench.backend.edits["edits/1"].text == "The stove would be hot."
    assert bench.panel.window.text.edit.toPlainText() == "The stove would be hot."
    assert not card.isVisibleTo(bench.panel.window)


def test_the_model_is_chosen_at_the_bottom_and_sent(bench) -> None:
    large = replace(MODEL, name="models/large", is_default=False)
    bench.backend.script = replace(bench.backend.script, models=(MODEL, large))
    bench.start()
    chip = bench.panel.window.backend.model
    assert [chip.itemText(i) for i in range(chip.count())] == ["scripted", "large"]
    chip.activated.emit(1)
    bench.edit("add snow")
    bench.wait(lambda: _placed(bench))
    assert bench.backend.edits["edits/1"].spec.model == "large"


def test_only_the_options_of_the_model_are_shown(bench) -> None:
    grain = OptionSchema(name="grain", type="choice", default_value="fine", choices=("fine", "coarse"))
    odd = replace(MODEL, options=(grain, OptionSchema(name="tiled", type="flag", default_value=False)))
    bench.backend.script = replace(bench.backend.script, models=(replace(odd, varies_with_seed=False),))
    bench.start()
    window = bench.panel.window
    assert set(window.settings.fields) == {"grain", "tiled"}
    assert not window.options.variations.isVisibleTo(window)
    window.settings.fields["tiled"].control.click()
    box = window.settings.fields["grain"].control
    box.setCurrentIndex(1)
    box.activated.emit(1)
    bench.edit("add snow")
    bench.wait(lambda: _placed(bench))
    assert bench.backend.edits["edits/1"].spec.options == {"tiled": True, "grain": "coarse"}


def test_a_backend_behind_tls_is_reached_by_its_pinned_certificate(bench) -> None:
    certificate = make_certificate("127.0.0.1")
    bench.backend.stop()
    bench.backend.serve(certificate)
    bench.server.fingerprint = certificate.fingerprint
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: _placed(bench))
    assert bench.server.num_starts == 0


def test_another_certificate_than_the_pinned_one_is_refused_with_a_sentence(bench) -> None:
    bench.backend.stop()
    bench.backend.serve(make_certificate("127.0.0.1"))
    bench.server.fingerprint = make_certificate("127.0.0.1").fingerprint
    bench.panel.start()
    bench.wait(lambda: bench.panel.window.notice.restart.isVisibleTo(bench.panel.window))
    assert "certificate" in bench.panel.window.notice.sentence.text()


def test_a_result_of_all_layers_goes_on_top_and_one_of_the_active_layer_right_above_it(bench) -> None:
    bench.start()
    for edits_all_layers, above in ((True, ""), (False, "base")):
        settings = replace(bench.state.settings, edits_all_layers=edits_all_layers)
        bench.panel.session.choose_settings(settings)
        num_placed = len(bench.host.placed)
        bench.edit("add snow")
        bench.wait(lambda count=num_placed: len(bench.host.placed) > count)
        ((placement,),) = [placements for _, placements, _ in bench.host.placed[num_placed:]]
        assert placement.above == above
        bench.host.undo(bench.document)
        bench.wait(lambda: bench.state.host.target.layer == "base")


def test_an_undone_edit_is_called_so_and_no_longer_shown_until_it_is_done_again(bench) -> None:
    window = bench.panel.window
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: _placed(bench))
    assert window.preview._frames[1] is not None
    bench.host.undo(bench.document)
    bench.wait(lambda: "Undone" in window.progress.words.text())
    assert window.preview._frames[1] is None
    bench.host.redo(bench.document)
    bench.wait(lambda: "placed" in window.progress.words.text())
    assert window.preview._frames[1] is not None
