"""Results from the button to the layer and back: the whole panel, a scripted backend, a host in memory."""

from __future__ import annotations

from dataclasses import replace

from mgie.api.rect import Rect
from mgie.host.types import HostMask, LayerInfo
from mgie.panel.state.job import Outcome
from mgie.panel.state.progress import Phase
from support.fake_ports import GUIDANCE, MODEL


def _layers(bench) -> list[LayerInfo]:
    return [layer for layer in bench.host.layers(bench.document) if layer.id != "base"]


def _placed(bench) -> list[str]:
    return [k.layer for k in bench.state.finished if k.outcome is Outcome.PLACED]


def _edited(bench) -> None:
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: len(_placed(bench)) == 1)


def test_the_cards_undo_and_redo_change_the_picture_and_follow_it(bench) -> None:
    _edited(bench)
    card, before = bench.panel.window.result, bench.host.read_pixels(bench.document, layer="base")
    after = bench.host.read_pixels(bench.document)
    card.undo.click()
    bench.wait(card.redo.isEnabled)
    assert bench.host.read_pixels(bench.document) == before
    assert not card.undo.isEnabled()
    card.redo.click()
    bench.wait(card.undo.isEnabled)
    assert bench.host.read_pixels(bench.document) == after
    bench.host.undo(bench.document)  # in the program
    bench.wait(card.redo.isEnabled)
    bench.host.redo(bench.document)
    bench.wait(card.undo.isEnabled)


def test_a_host_without_redo_for_plugins_gets_the_layer_placed_again_as_it_was(bench, monkeypatch) -> None:
    monkeypatch.setattr(bench.host, "bring_back", lambda document, layers: False)  # GIMP
    _edited(bench)
    card = bench.panel.window.result
    card.amount.setValue(40)
    bench.wait(lambda: _layers(bench)[0].opacity == 0.4)
    card.undo.click()
    bench.wait(card.redo.isEnabled)
    card.redo.click()
    bench.wait(card.undo.isEnabled)
    (layer,) = _layers(bench)
    assert (layer.name, layer.opacity) == ("add snow", 0.4)
    assert _placed(bench) == [layer.id]


def test_the_amount_is_the_layers_opacity_both_ways(bench) -> None:
    _edited(bench)
    amount = bench.panel.window.result.amount
    amount.setSliderDown(True)
    for value in (70, 50, 25):
        amount.setSliderPosition(value)
    bench.wait(lambda: _layers(bench)[0].opacity == 0.25)
    amount.setSliderDown(False)
    bench.wait(lambda: bench.host.num_steps(bench.document) == 2)
    bench.host.undo(bench.document)
    bench.wait(lambda: amount.value() == 100)
    assert _layers(bench)[0].opacity == 1.0


def test_beyond_all_of_it_a_stronger_one_takes_the_place_and_nothing_is_written_again(bench) -> None:
    model = replace(MODEL, options=(*MODEL.options[:1], GUIDANCE))
    bench.backend.script = replace(bench.backend.script, models=(model,))
    _edited(bench)
    old, uploads = _placed(bench), bench.backend.num_uploads
    bench.panel.window.result.amount.setValue(120)
    bench.wait(lambda: len(bench.backend.edits) == 2)
    bench.wait(lambda: bench.state.edit.phase is Phase.DONE)
    bench.wait(lambda: len(_layers(bench)) == 1 and [k.id for k in _layers(bench)] != old)
    spec = bench.backend.edits["edits/2"].spec
    assert spec.options["guidance_scale"] == 9.0
    assert spec.expressive_instruction == "The sky turns gold."
    assert bench.backend.num_uploads == uploads
    bench.host.undo(bench.document)  # one step: the weaker one is back in the place of the stronger
    bench.wait(lambda: [k.id for k in _layers(bench)] == old)


def test_the_change_map_becomes_a_layer_that_is_white_where_something_changed(bench) -> None:
    rect = Rect(x=4, y=5, width=3, height=2)
    mask = HostMask(rect=rect, coverage=bytes([255, 128, 0, 10, 20, 30]))
    bench.host.select(bench.document, mask)
    _edited(bench)
    card = bench.panel.window.result
    assert card.change_map.isVisible()
    card.change_map.trigger()
    bench.wait(lambda: len(bench.host.placed) == 2)
    (_, (placement,), _) = bench.host.placed[1]
    assert placement.name == "Change map of add snow"
    assert placement.mask == mask
    assert set(placement.picture.pixels) == {255}
    assert bench.host.num_steps(bench.document) == 2


def test_the_change_map_becomes_the_selection_all_of_it_where_most_changed(bench) -> None:
    rect = Rect(x=4, y=5, width=3, height=2)
    bench.host.select(bench.document, HostMask(rect=rect, coverage=bytes([51, 0, 102, 10, 20, 0])))
    _edited(bench)
    bench.panel.window.result.change_selection.trigger()
    wanted = HostMask(rect=rect, coverage=bytes([128, 0, 255, 25, 50, 0]))
    bench.wait(lambda: bench.host.read_selection(bench.document) == wanted)


def test_without_a_change_map_there_is_none_to_add(bench) -> None:
    _edited(bench)
    assert not bench.panel.window.result.change_map.isVisible()
