"""The panel's conduct, without Qt: the artist's acts and the links' answers."""

from dataclasses import replace

import pytest

from mgie.api.events import (
    Cancelled,
    Declined,
    Finished,
    InstructionReady,
    Preview,
    Reading,
    StepProgress,
)
from mgie.api.failure import Failure
from mgie.api.rect import Rect
from mgie.client.connection import ConnectionStatus, Link
from mgie.panel.session import Session
from mgie.panel.state.job import Outcome
from mgie.panel.state.messages import Created, ResultFetched
from mgie.panel.state.primary_action import Action, Obstacle, primary_action
from mgie.panel.state.progress import Phase
from mgie.panel.state.saved import from_json, to_json
from support.desk import Desk, numbered, region_of
from support.fake_ports import (
    CONNECTED,
    FRAME,
    MODEL,
    READ,
    READY,
    STEPS,
    TARGET,
    NotedBackend,
    NotedHost,
    result,
)

PREVIEW = Preview(index=0, step=1, place=FRAME.place, width=FRAME.width, height=FRAME.height, data=FRAME.rgb)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_edit_is_read_sent_and_placed(desk: Desk) -> None:
    key = desk.begin()
    assert desk.backend.created[0][0] == key
    assert desk.state.history.entries == ("add snow",)
    desk.finish(key)
    ((results, target),) = desk.host.placed
    assert (results[0].result, target) == (result(), TARGET)
    desk.session.results.placed([results[0].key], ["7"])
    assert desk.state.finished[0].outcome is Outcome.PLACED
    assert key in desk.host.dropped


def test_the_button_says_what_will_happen(desk: Desk) -> None:
    assert primary_action(desk.state).obstacle is Obstacle.NO_INSTRUCTION
    desk.session.type_instruction("add snow")
    assert desk.action is Action.EDIT_PICTURE
    desk.session.choose_settings(replace(desk.state.settings, edits_all_layers=False))
    assert desk.action is Action.EDIT_LAYER
    selected = replace(TARGET, selection=Rect(x=0, y=0, width=9, height=9))
    desk.session.host_changed(replace(CONNECTED, target=selected))
    assert desk.action is Action.EDIT_SELECTION
    desk.session.choose_settings(replace(desk.state.settings, num_variations=4))
    assert desk.action is Action.MAKE_VARIATIONS
    desk.session.regions.captured(region_of("a"))
    assert desk.action is Action.EDIT_REGIONS
    locked = replace(TARGET, unsupported="Indexed colours cannot be edited; convert to RGB.")
    desk.session.host_changed(replace(CONNECTED, target=locked))
    assert primary_action(desk.state).obstacle is Obstacle.UNSUPPORTED
    desk.session.host_changed(replace(CONNECTED, target=None))
    assert primary_action(desk.state).obstacle is Obstacle.NOTHING_OPEN
    desk.session.host_changed(replace(CONNECTED, is_connected=False))
    assert primary_action(desk.state).obstacle is Obstacle.NO_HOST


def test_an_edit_may_be_asked_for_while_the_backend_starts_but_not_when_it_cannot(desk: Desk) -> None:
    desk.session.type_instruction("add snow")
    desk.session.backend_changed(ConnectionStatus(link=Link.STARTING))
    assert primary_action(desk.state).obstacle is None
    desk.session.backend_changed(ConnectionStatus(link=Link.FAILED))
    assert primary_action(desk.state).obstacle is Obstacle.NO_BACKEND
    desk.session.retry_backend()
    assert desk.backend.num_starts == 1


def test_a_held_edit_goes_on_with_the_corrected_text(desk: Desk) -> None:
    key = desk.begin()
    desk.session.runs.receive(key, numbered(5, InstructionReady(text="The dog is red.", is_held=True)))
    assert desk.action is Action.GO_ON
    desk.session.type_text("The left dog is red.")
    assert desk.action is Action.GO_ON_CORRECTED
    desk.session.act()
    assert desk.backend.revised == [(key, "The left dog is red.")]
    assert desk.state.edit is not None
    assert desk.state.edit.text == "The left dog is red."


def test_a_text_corrected_afterwards_makes_a_new_edit_with_it(desk: Desk) -> None:
    key = desk.begin()
    desk.session.runs.receive(key, numbered(5, InstructionReady(text="The dog is red.", is_held=False)))
    desk.finish(key)
    desk.session.type_text("The left dog is red.")
    assert desk.action is Action.USE_TEXT
    desk.session.act()
    assert desk.state.job is not None
    assert desk.state.job.text == "The left dog is red."


def test_stop_asks_the_backend_and_leaves_nothing_on_the_canvas(desk: Desk) -> None:
    key = desk.begin()
    desk.session.runs.receive(key, numbered(3, StepProgress(step=1, num_steps=9)))
    desk.session.runs.receive(key, numbered(0, PREVIEW))
    assert desk.host.pushed == [(key, FRAME)]
    assert desk.action is Action.STOP
    desk.session.act()
    assert desk.backend.stopped == [key]
    assert primary_action(desk.state).obstacle is Obstacle.STOPPING
    assert desk.host.dropped == [key]
    desk.session.runs.receive(key, numbered(0, PREVIEW))
    assert desk.host.pushed == [(key, FRAME)]  # none that was on its way comes after the stop
    desk.session.runs.receive(key, numbered(4, Cancelled()))
    assert not desk.state.is_busy


def test_stop_while_the_host_is_reading_never_sends(desk: Desk) -> None:
    desk.session.type_instruction("add snow")
    desk.session.act()
    desk.session.runs.stop()
    assert desk.state.job is not None
    desk.session.runs.pictures_read(desk.state.job.key, {desk.state.job.key: READ})
    assert desk.backend.created == []
    assert desk.state.edit is not None
    assert desk.state.edit.phase is Phase.CANCELLED


def test_stop_and_keep_ends_with_a_placed_layer(desk: Desk) -> None:
    key = desk.begin()
    desk.session.runs.stop_and_keep()
    assert desk.backend.kept == []
    desk.session.runs.receive(key, numbered(3, StepProgress(step=1, num_steps=9)))
    desk.session.runs.stop_and_keep()
    assert desk.backend.kept == [key]
    desk.finish(key)
    assert len(desk.host.placed) == 1


def test_switching_the_document_does_not_move_a_running_edit(desk: Desk) -> None:
    key = desk.begin()
    other = replace(TARGET, document="other", document_name="other.kra")
    desk.session.host_changed(replace(CONNECTED, target=other))
    desk.finish(key)
    assert desk.host.placed[0][1].document == "doc"


def test_a_result_that_cannot_be_placed_is_kept_and_placed_elsewhere(desk: Desk) -> None:
    key = desk.begin()
    desk.finish(key)
    kept = desk.state.finished[0].key
    desk.session.results.place_failed([kept], Failure(reason="DOCUMENT_CLOSED", message=""))
    assert [k.key for k in desk.state.unplaced] == [kept]
    other = replace(TARGET, document="other")
    desk.session.host_changed(replace(CONNECTED, target=other))
    desk.session.results.place_again(kept)
    assert desk.host.placed[-1][1] == TARGET
    desk.session.results.place_failed([kept], Failure(reason="DOCUMENT_CLOSED", message=""))
    desk.session.results.place_again(kept, here=True)
    assert desk.host.placed[-1][1] == other


def test_variations_wait_for_the_choice_and_the_chosen_one_is_placed(desk: Desk) -> None:
    desk.session.choose_settings(replace(desk.state.settings, num_variations=3))
    key = desk.begin()
    desk.finish(key, 0, 1, 2)
    assert desk.host.placed == []
    assert desk.action is Action.PLACE
    desk.session.results.choose(2)
    assert desk.host.pushed[-1][0] == key
    desk.session.act()
    assert [k.result.index for k in desk.host.placed[0][0]] == [2]


def test_a_new_edit_sets_unchosen_variations_aside_without_losing_them(desk: Desk) -> None:
    desk.session.choose_settings(replace(desk.state.settings, num_variations=2))
    key = desk.begin()
    desk.finish(key, 0, 1)
    desk.session.runs.edit()
    assert [k.outcome for k in desk.state.finished] == [Outcome.SET_ASIDE, Outcome.SET_ASIDE]


def test_a_failure_tells_its_reason_and_can_be_dismissed(desk: Desk) -> None:
    key = desk.begin()
    desk.session.runs.receive(key, numbered(9, Failure(reason="GPU_OUT_OF_MEMORY", message="")))
    assert desk.state.edit is not None
    assert desk.state.edit.failure == Failure(reason="GPU_OUT_OF_MEMORY", message="")
    desk.session.dismiss_failure()
    assert desk.state.edit.failure is None


def test_a_host_that_cannot_read_ends_the_edit(desk: Desk) -> None:
    desk.session.type_instruction("add snow")
    desk.session.act()
    assert desk.state.job is not None
    desk.session.runs.read_failed(desk.state.job.key, Failure(reason="DOCUMENT_CLOSED", message=""))
    assert not desk.state.is_busy


def test_a_batch_edits_every_region_and_places_them_together(desk: Desk) -> None:
    for name in ("sky", "lawn", "wall"):
        desk.session.regions.captured(region_of(name, f"paint the {name}"))
    desk.session.act()
    ((batch, jobs, regions),) = desk.host.reads
    assert [r.key for r in regions] == ["sky", "lawn", "wall"]
    desk.session.runs.pictures_read(batch, {job.key: READ for job in jobs})
    ((_, orders),) = desk.backend.created
    assert [o.job.instruction for o in orders] == ["paint the sky", "paint the lawn", "paint the wall"]
    desk.finish(jobs[0].key)
    desk.session.runs.receive(jobs[1].key, numbered(9, Failure(reason="MASK_EMPTY", message="")))
    assert desk.host.placed == []
    desk.finish(jobs[2].key)
    assert [k.job.instruction for k in desk.host.placed[0][0]] == ["paint the sky", "paint the wall"]
    assert primary_action(desk.state).action is Action.RETRY_REGIONS
    desk.session.act()
    assert [j.instruction for j in desk.host.reads[-1][1]] == ["paint the lawn"]


def test_a_region_without_words_blocks_the_batch_and_a_running_one_cannot_be_removed(desk: Desk) -> None:
    desk.session.regions.captured(region_of("sky"))
    assert primary_action(desk.state).obstacle is Obstacle.NO_INSTRUCTION
    desk.session.regions.instruct("sky", "paint the sky")
    desk.session.act()
    desk.session.regions.remove("sky")
    assert [r.key for r in desk.state.regions] == ["sky"]
    desk.session.runs.stop()
    desk.session.regions.remove("sky")
    assert desk.state.regions == ()


def test_a_new_region_begins_with_the_words_in_the_field(desk: Desk) -> None:
    desk.session.type_instruction("warmer light")
    desk.session.regions.add_selection()
    assert desk.host.captures == ["doc"]
    desk.session.regions.captured(region_of("sky"))
    assert desk.state.regions[0].instruction == "warmer light"


def test_a_new_model_brings_its_own_numbers(desk: Desk) -> None:
    other = replace(MODEL, options=(replace(STEPS, default_value=12),), presets=())
    desk.session.choose_preset("quick")
    assert desk.state.settings.options == {"num_inference_steps": 1}
    desk.session.backend_changed(replace(READY, models=(other,)))
    assert desk.state.settings.options == {}
    assert desk.state.settings.value(other.options[0]) == 12


def test_an_edit_left_by_an_earlier_panel_is_taken_up() -> None:
    first = Desk()
    key = first.begin()
    backend, host = NotedBackend(), NotedHost()
    second = Session(backend, host, first.state)
    second.runs.resume()
    assert backend.resumed == [(key, "edits/1", 0)]
    second.runs.receive(key, ResultFetched(sequence=5, picture=result()))
    second.runs.receive(key, numbered(6, Finished(seconds=1.0)))
    assert len(host.placed) == 1


def test_a_batch_left_by_an_earlier_panel_is_placed_when_its_last_item_ends() -> None:
    first = Desk()
    for name in ("sky", "lawn"):
        first.session.regions.captured(region_of(name, f"paint the {name}"))
    first.session.act()
    ((batch, jobs, _),) = first.host.reads
    first.session.runs.pictures_read(batch, {job.key: READ for job in jobs})
    for number, job in enumerate(jobs):
        first.session.runs.receive(job.key, Created(edit=f"edits/{number}"))
    backend, host = NotedBackend(), NotedHost()
    second = Session(backend, host, from_json(to_json(first.state)))
    second.runs.resume()
    assert sorted(edit for _, edit, _ in backend.resumed) == ["edits/0", "edits/1"]
    for job in jobs:
        second.runs.receive(job.key, ResultFetched(sequence=5, picture=result()))
        second.runs.receive(job.key, numbered(6, Finished(seconds=1.0)))
    assert [k.job.instruction for k in host.placed[0][0]] == ["paint the sky", "paint the lawn"]


def test_observers_hear_only_changes(desk: Desk) -> None:
    seen: list[object] = []
    desk.session.subscribe(seen.append)
    desk.session.host_changed(CONNECTED)
    assert len(seen) == 1
    desk.session.type_instruction("a")
    assert len(seen) == 2


def test_a_declined_edit_places_nothing_and_its_suggestion_becomes_the_instruction(desk: Desk) -> None:
    key = desk.begin("add snow")
    declined = Declined(message="It cannot add snow.", suggestions=("make it brighter",))
    desk.session.runs.receive(key, numbered(5, declined))
    assert desk.host.placed == []
    assert desk.host.dropped == [key]
    assert desk.state.edit is not None
    assert desk.state.edit.declined == declined
    desk.session.take_suggestion("make it brighter")
    assert desk.state.draft.instruction == "make it brighter"
    assert desk.state.edit.declined is None
    assert desk.action is Action.EDIT_PICTURE


def test_a_chosen_reading_is_carried_out(desk: Desk) -> None:
    key = desk.begin()
    readings = (Reading(text="Warmer.", probability=0.6), Reading(text="Colder.", probability=0.4))
    desk.session.runs.receive(
        key, numbered(5, InstructionReady(text="Warmer.", is_held=True, readings=readings))
    )
    desk.session.choose_reading(readings[1])
    assert desk.backend.revised == [(key, "Colder.")]
    assert (desk.state.edit.text, desk.state.edit.readings) == ("Colder.", ())


def test_a_document_keeps_the_model_chosen_for_it(desk: Desk) -> None:
    large = replace(MODEL, name="models/large", is_default=False, presets=())
    desk.session.backend_changed(replace(READY, models=(MODEL, large)))
    desk.session.choose_model("large")
    other = replace(TARGET, document="other")
    desk.session.host_changed(replace(CONNECTED, target=other))
    assert desk.state.model == large  # the last choice is where a new document begins
    desk.session.choose_model("scripted")
    desk.session.host_changed(CONNECTED)
    assert desk.state.model == large
    desk.begin()
    assert desk.state.job is not None
    assert desk.state.job.settings.model == "large"


def test_what_a_model_does_not_have_is_not_asked_of_it(desk: Desk) -> None:
    plain = replace(MODEL, options=(), presets=(), varies_with_seed=False, writes_instruction=False)
    desk.session.choose_settings(
        replace(
            desk.state.settings, num_variations=4, holds_before_sampling=True, preset="*", options={"x": 1}
        )
    )
    desk.session.backend_changed(replace(READY, models=(plain,)))
    desk.begin()
    settings = desk.state.job.settings
    assert (settings.num_variations, settings.holds_before_sampling, settings.options) == (1, False, {})
    assert desk.state.settings.num_variations == 4  # for a model that has them
