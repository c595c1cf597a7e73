"""Beyond one picture: tiles, declined and unsure requests, and a server in this process."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mgie.api.compose_options import ComposeOptions
from mgie.api.edit import EditState
from mgie.api.events import Declined, InstructionReady, Preview, PreviewOptions, StepProgress
from mgie.client.blocking import Client
from mgie.errors import BadOption
from mgie.server.in_process import in_process_server
from support.fake_editor import FakeEditor, Script
from support.fake_service import OneModel, fake_settings, lane_of
from support.service_calls import (
    bodies,
    kind_of,
    kinds,
    make_spec,
    pixels,
    raw_picture,
    steps,
    text_of,
    until,
)

TILED = ComposeOptions(transfer="content", max_scale=1.0)
SIDE = 150


def tiled_spec(client: Client, **fields: object):
    """A content edit of a picture much larger than the model's."""
    (digest,) = client.upload(pixels(0, SIDE, SIDE).tobytes())
    return make_spec(client, picture=raw_picture(digest, SIDE, SIDE), compose=TILED, **fields)


def test_a_large_content_edit_is_made_in_tiles_from_one_text(start) -> None:
    server = start()
    client = server.connect()
    edit = client.create_edit(tiled_spec(client, seeds=(1, 2)))
    events = list(client.watch_edit(edit.name, previews=PreviewOptions(max_rate_hz=60)))
    assert kind_of(events[-1]) == "finished"
    assert server.editor.seen.num_corrected == server.editor.seen.num_encoded - 1 > 3  # one writes, all read
    assert len(bodies(events, InstructionReady)) == 1
    done = client.get_edit(edit.name)
    assert text_of(events) == done.expressive_instruction == done.written_instruction
    for result in done.results:
        after = np.frombuffer(client.download(result.picture.blob_digest), np.uint8)
        assert (after.reshape(SIDE, SIDE, 3) != pixels(0, SIDE, SIDE)).any(axis=-1).mean() > 0.9
        weight = np.frombuffer(client.download(result.weight.blob_digest), np.uint8)
        assert (weight == 255).all()  # the tiles' shares add up
        assert result.measures["num_changed_outside"] == 0


def test_the_steps_of_all_tiles_are_one_progress(start) -> None:
    client = start(max_samples=1).connect()
    edit = client.create_edit(tiled_spec(client, options=steps(3)))
    progress = bodies(list(client.watch_edit(edit.name)), StepProgress)
    assert [body.step for body in progress] == list(range(1, progress[0].num_steps + 1))
    assert progress[0].num_steps % 3 == 0


def test_previews_of_tiles_say_where_they_lie(start) -> None:
    client = start(Script(step_s=0.03)).connect()
    edit = client.create_edit(tiled_spec(client, options=steps(12)))
    previews = bodies(
        list(client.watch_edit(edit.name, previews=PreviewOptions(max_side_px=32, max_rate_hz=60))), Preview
    )
    assert len({preview.place for preview in previews}) > 1


def test_keeping_an_estimate_of_tiles_keeps_those_that_are_there(start) -> None:
    client = start(Script(step_s=0.03), max_samples=1).connect()
    edit = client.create_edit(tiled_spec(client, options=steps(20)))
    watch = client.watch_edit(edit.name)
    next(event for event in watch if getattr(event.event, "step", 0) >= 15)
    client.accept_preview(edit.name)
    list(watch)
    (result,) = client.get_edit(edit.name).results
    assert result.is_partial
    assert 0 < result.measures["num_changed"] < SIDE * SIDE


def test_a_declined_request_ends_without_a_result_and_says_what_could_be_done(start) -> None:
    server = start()
    client = server.connect()
    edit = client.create_edit(make_spec(client, "decline this"))
    events = list(client.watch_edit(edit.name))
    assert bodies(events, Declined) == [
        Declined(message="This model cannot do that.", suggestions=("make it brighter",))
    ]
    declined = client.get_edit(edit.name)
    assert (declined.state, declined.results, declined.error) == (EditState.DECLINED, (), None)
    assert server.editor.seen.batch_sizes == []


def test_a_held_edit_that_is_corrected_to_decline_is_declined(start) -> None:
    server = start()
    client = server.connect()
    edit = client.create_edit(make_spec(client, hold_before_sampling=True))
    watch = client.watch_edit(edit.name)
    until(watch, "instruction_ready")
    client.revise_instruction(edit.name, "decline this")
    assert kind_of(list(watch)[-1]) == "declined"
    declined = client.get_edit(edit.name)
    assert (declined.state, declined.results) == (EditState.DECLINED, ())
    assert server.editor.seen.batch_sizes == []


@pytest.mark.parametrize("holds", [True, False])
def test_an_unsure_model_holds_only_where_asked(start, holds: bool) -> None:
    client = start().connect()
    edit = client.create_edit(make_spec(client, "unsure", hold_when_unsure=holds))
    watch = client.watch_edit(edit.name)
    (ready,) = bodies(until(watch, "instruction_ready"), InstructionReady)
    assert (ready.is_held, len(ready.readings)) == (holds, 2)
    if holds:
        client.revise_instruction(edit.name, ready.readings[1].text)
    assert kind_of(list(watch)[-1]) == "finished"
    expected = ready.readings[1].text if holds else ready.text
    assert client.get_edit(edit.name).expressive_instruction == expected


def test_a_sure_model_is_not_held_for_being_asked(start) -> None:
    client = start().connect()
    edit = client.create_edit(make_spec(client, hold_when_unsure=True))
    assert kinds(client.watch_edit(edit.name))[-1] == "finished"


def test_what_was_written_and_what_was_carried_out_are_both_kept(start) -> None:
    client = start().connect()
    edit = client.create_edit(make_spec(client, hold_before_sampling=True))
    watch = client.watch_edit(edit.name)
    written = bodies(until(watch, "instruction_ready"), InstructionReady)[0].text
    client.revise_instruction(edit.name, "in other words")
    list(watch)
    done = client.get_edit(edit.name)
    assert (done.written_instruction, done.expressive_instruction) == (written, "in other words")
    (record,) = json.loads(done.results[0].record_json)["edits"]
    assert record["expressive_instruction"] == written
    assert record["corrected_instruction"] == "in other words"


def test_texts_are_cleaned_once(start) -> None:
    client = start().connect()
    edit = client.create_edit(make_spec(client, "bright\x00er\x1b[31m"))
    list(client.watch_edit(edit.name))
    assert client.get_edit(edit.name).spec.instruction == "brighter[31m"


def in_process(editor: FakeEditor, tmp_path: Path):
    """A server of this process around the scripted editor."""
    settings = fake_settings(tmp_path, preload=False)
    return in_process_server(settings, registry=OneModel(editor), lanes=[lane_of(editor, settings)])


def left_overs() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("mgie-in-process-*"))


def test_a_server_in_this_process_edits_and_leaves_nothing_behind(tmp_path: Path) -> None:
    before = left_overs()
    editor = FakeEditor()
    with in_process(editor, tmp_path) as discovery, Client.connect(discovery) as client:
        edit = client.create_edit(make_spec(client))
        assert kind_of(list(client.watch_edit(edit.name))[-1]) == "finished"
        assert left_overs() != before
    assert left_overs() == before


def test_leaving_a_server_in_this_process_stops_the_device_at_its_next_step(tmp_path: Path) -> None:
    editor = FakeEditor(Script(step_s=0.05))
    with in_process(editor, tmp_path) as discovery, Client.connect(discovery) as client:
        edit = client.create_edit(make_spec(client, options=steps(1000)))
        until(client.watch_edit(edit.name), "step_progress")
    num_steps = len(editor.seen.step_times)
    time.sleep(0.2)
    assert len(editor.seen.step_times) == num_steps < 1000


def test_a_server_in_this_process_that_cannot_start_says_why(tmp_path: Path) -> None:
    settings = replace(fake_settings(tmp_path), ray_address="nonsense")
    with pytest.raises(BadOption), in_process_server(settings):
        raise AssertionError("never reached")
