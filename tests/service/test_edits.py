"""One edit over the wire: what is told, in which order, and what can be done to it."""

from __future__ import annotations

import json
import threading
import time

import numpy as np
import pytest

from mgie.api.edit import EditState
from mgie.api.events import EditEvent, EditWarning, InstructionReady, StepProgress
from mgie.api.failure import ServiceError
from mgie.api.pixel_blobs import PictureBlob, PictureSpec
from mgie.api.rect import Rect
from mgie.client.blocking import Client
from mgie.client.messages import new_request_id
from support.fake_editor import Script
from support.service_calls import (
    HEIGHT,
    WIDTH,
    bodies,
    kind_of,
    kinds,
    make_spec,
    numbered,
    pixels,
    steps,
    text_of,
    until,
    upload_mask,
)

WHOLE = [
    "queued",
    "preparing",
    "writing",
    "instruction_delta",
    "instruction_ready",
    "sampling",
    "step_progress",
    "finishing",
    "result",
    "finished",
]


def test_an_edit_tells_every_stage_in_order_and_without_gaps(client: Client) -> None:
    edit = client.create_edit(make_spec(client))
    events = list(client.watch_edit(edit.name))
    assert kinds(events) == WHOLE
    assert [event.sequence for event in numbered(events)] == list(range(1, len(numbered(events)) + 1))
    assert [body.step for body in bodies(events, StepProgress)] == [1, 2, 3, 4]
    ready = bodies(events, InstructionReady)[0]
    assert text_of(events) == ready.text == client.get_edit(edit.name).expressive_instruction


def test_a_result_is_the_documents_own_pixels_and_says_how_it_was_made(client: Client) -> None:
    edit = client.create_edit(make_spec(client, "a little brighter", seeds=(1, 7)))
    list(client.watch_edit(edit.name))
    done = client.get_edit(edit.name)
    assert done.state == EditState.SUCCEEDED
    assert [result.seed for result in done.results] == [1, 7]
    result = done.results[1]
    rect = result.picture.raw.rect
    assert (rect.width, rect.height) == (WIDTH, HEIGHT)
    after = np.frombuffer(client.download(result.picture.blob_digest), np.uint8)
    assert after.size == result.num_bytes == WIDTH * HEIGHT * 3
    assert after.mean() > pixels().mean() + 5
    (record,) = json.loads(result.record_json)["edits"]
    assert (record["seed"], record["instruction"]) == (7, "a little brighter")
    assert record["model_digest"] == "f" * 64


def test_only_the_selected_rectangle_comes_back(client: Client) -> None:
    spec = make_spec(client, mask=upload_mask(client, 10, 8, 20, 16))
    edit = client.create_edit(spec)
    list(client.watch_edit(edit.name))
    (result,) = client.get_edit(edit.name).results
    rect = result.picture.raw.rect
    assert (rect.x, rect.y, rect.width, rect.height) == (10, 8, 20, 16)
    assert result.measures["num_changed_outside"] == 0
    assert len(client.download(result.weight.blob_digest)) == 20 * 16


def test_sixteen_bits_stay_sixteen_bits(client: Client) -> None:
    deep = pixels().astype(np.uint16) * 257
    (digest,) = client.upload(deep.tobytes())
    raw = PictureSpec(rect=Rect(0, 0, WIDTH, HEIGHT), sample_type="u16", channels="rgb")
    edit = client.create_edit(make_spec(client, picture=PictureBlob(blob_digest=digest, raw=raw)))
    list(client.watch_edit(edit.name))
    (result,) = client.get_edit(edit.name).results
    assert result.picture.raw.sample_type == "u16"
    assert len(client.download(result.picture.blob_digest)) == deep.nbytes


def test_a_held_edit_waits_and_goes_on_with_the_corrected_words(client: Client) -> None:
    edit = client.create_edit(make_spec(client, hold_before_sampling=True))
    watch = client.watch_edit(edit.name)
    held = until(watch, "instruction_ready")
    assert held[-1].event.is_held
    assert client.get_edit(edit.name).state == EditState.HELD
    client.revise_instruction(edit.name, "the left dog is brown")
    rest = list(watch)
    assert kinds(rest) == ["queued", *WHOLE[1:]]
    assert text_of(held + rest) == "the left dog is brown"
    assert bodies(rest, InstructionReady)[0].is_corrected
    assert client.get_edit(edit.name).state == EditState.SUCCEEDED


def test_a_held_edit_that_is_accepted_is_not_written_again(start) -> None:
    server = start()
    client = server.connect()
    edit = client.create_edit(make_spec(client, hold_before_sampling=True))
    watch = client.watch_edit(edit.name)
    held = until(watch, "instruction_ready")
    client.revise_instruction(edit.name)
    rest = list(watch)
    assert kinds(rest) == [
        "queued",
        "preparing",
        "sampling",
        "step_progress",
        "finishing",
        "result",
        "finished",
    ]
    assert server.editor.seen.num_encoded == 1
    assert text_of(held) == client.get_edit(edit.name).expressive_instruction


def test_only_a_held_edit_can_be_revised(client: Client) -> None:
    edit = client.create_edit(make_spec(client))
    list(client.watch_edit(edit.name))
    with pytest.raises(ServiceError, match="ended") as caught:
        client.revise_instruction(edit.name, "other words")
    assert caught.value.reason == "EDIT_NOT_HELD"


def test_variations_are_one_batch_from_one_encoding(start) -> None:
    server = start(max_samples=8)
    client = server.connect()
    edit = client.create_edit(make_spec(client, seeds=(1, 2, 3, 4, 5)))
    list(client.watch_edit(edit.name))
    done = client.get_edit(edit.name)
    assert [(r.index, r.seed) for r in done.results] == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]
    assert server.editor.seen.num_encoded == 1
    assert server.editor.seen.batch_sizes == [5]


def test_more_variations_than_fit_are_several_batches(start) -> None:
    server = start(max_samples=2)
    client = server.connect()
    edit = client.create_edit(make_spec(client, seeds=(1, 2, 3, 4, 5)))
    list(client.watch_edit(edit.name))
    assert server.editor.seen.batch_sizes == [2, 2, 1]
    assert len(client.get_edit(edit.name).results) == 5


def test_sampling_again_uses_the_words_that_are_there(start) -> None:
    server = start()
    client = server.connect()
    first = client.create_edit(make_spec(client))
    list(client.watch_edit(first.name))
    second = client.sample_edit(first.name, seeds=(8, 9), options={"guidance_scale": 9.0})
    events = list(client.watch_edit(second.name))
    assert bodies(events, InstructionReady)[0].is_reused
    done = client.get_edit(second.name)
    assert (done.source_edit, done.spec.options["guidance_scale"]) == (first.name, 9.0)
    assert [result.seed for result in done.results] == [8, 9]
    assert server.editor.seen.num_encoded == 1


def test_words_that_are_not_there_yet_cannot_be_sampled(start) -> None:
    client = start(Script(token_s=0.05)).connect()
    edit = client.create_edit(make_spec(client))
    with pytest.raises(ServiceError) as caught:
        client.sample_edit(edit.name)
    assert caught.value.reason == "TEXT_NOT_READY"
    client.cancel_edit(edit.name)


def test_stop_and_keep_makes_the_estimate_the_result(start) -> None:
    server = start(Script(step_s=0.02))
    client = server.connect()
    edit = client.create_edit(make_spec(client, options=steps(200)))
    watch = client.watch_edit(edit.name)
    seen = until(watch, "step_progress")
    client.accept_preview(edit.name)
    rest = list(watch)
    assert kinds(rest)[-3:] == ["finishing", "result", "finished"]
    (result,) = client.get_edit(edit.name).results
    assert result.is_partial
    done_steps = [body.step for body in bodies(seen + rest, StepProgress)]
    (record,) = json.loads(result.record_json)["edits"]
    assert record["report"]["num_steps_done"] == done_steps[-1] < 200
    assert server.editor.seen.num_closed == 1


def test_there_is_nothing_to_keep_before_the_first_step(start) -> None:
    client = start(Script(token_s=0.05)).connect()
    edit = client.create_edit(make_spec(client))
    with pytest.raises(ServiceError) as caught:
        client.accept_preview(edit.name)
    assert caught.value.reason == "NOTHING_TO_KEEP"
    client.cancel_edit(edit.name)


def test_a_stream_resumed_anywhere_brings_exactly_what_is_missing(client: Client) -> None:
    edit = client.create_edit(make_spec(client, seeds=(1, 2)))
    whole = numbered(client.watch_edit(edit.name))
    for after in range(len(whole) + 1):
        assert numbered(client.watch_edit(edit.name, after_sequence=after)) == whole[after:]


def test_a_stream_broken_while_the_edit_runs_is_resumed_without_loss(start) -> None:
    server = start(Script(token_s=0.002, step_s=0.01))
    client = server.connect()
    edit = client.create_edit(make_spec(client, options=steps(20)))
    pieces: list[EditEvent] = []
    while not pieces or kind_of(pieces[-1]) != "finished":
        with Client.connect(server.discovery) as other:
            after = pieces[-1].sequence if pieces else 0
            for event in other.watch_edit(edit.name, after_sequence=after):
                if event.sequence:
                    pieces.append(event)
                    if event.sequence % 5 == 0:
                        break
    assert pieces == numbered(client.watch_edit(edit.name))


def test_two_watchers_see_the_same(client: Client) -> None:
    edit = client.create_edit(make_spec(client))
    seen: list[list[EditEvent]] = [[], []]
    threads = [
        threading.Thread(target=lambda into=into: into.extend(numbered(client.watch_edit(edit.name))))
        for into in seen
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert seen[0] == seen[1] != []


def test_the_same_request_again_returns_the_same_edit(start) -> None:
    server = start()
    client = server.connect()
    spec, request_id = make_spec(client), new_request_id()
    first = client.create_edit(spec, request_id=request_id)
    list(client.watch_edit(first.name))
    assert server.connect().create_edit(spec, request_id=request_id).name == first.name
    assert len(client.list_edits().edits) == 1


def test_a_request_id_cannot_mean_two_things(client: Client) -> None:
    request_id = new_request_id()
    client.create_edit(make_spec(client), request_id=request_id)
    with pytest.raises(ServiceError) as caught:
        client.create_edit(make_spec(client, "something else"), request_id=request_id)
    assert caught.value.reason == "REQUEST_ID_REUSED"


def test_the_server_draws_a_seed_and_says_which(client: Client) -> None:
    edit = client.create_edit(make_spec(client, seeds=()))
    list(client.watch_edit(edit.name))
    done = client.get_edit(edit.name)
    assert [result.seed for result in done.results] == list(done.spec.seeds)


def test_a_failed_edit_says_why_in_event_and_edit(client: Client) -> None:
    edit = client.create_edit(make_spec(client, "please fail"))
    events = list(client.watch_edit(edit.name))
    assert kind_of(events[-1]) == "failed"
    error = client.get_edit(edit.name).error
    assert error == events[-1].event
    assert error.reason == "INSTRUCTION_EMPTY"
    assert error.advice


def test_what_is_our_own_fault_reaches_no_client(client: Client) -> None:
    edit = client.create_edit(make_spec(client, "please crash"))
    list(client.watch_edit(edit.name))
    failed = client.get_edit(edit.name)
    assert failed.error.reason == "INTERNAL"
    assert "secret" not in str(failed)
    assert edit.name.removeprefix("edits/") in failed.error.message


def test_warnings_are_told_also_when_the_encoding_is_reused(client: Client) -> None:
    for _ in range(2):
        edit = client.create_edit(make_spec(client, "warn me"))
        events = list(client.watch_edit(edit.name))
        (warning,) = bodies(events, EditWarning)
        assert warning.reason == "VISUAL_TOKENS_FALLBACK"


def test_edits_are_listed_newest_first_and_in_pages(client: Client) -> None:
    names = []
    for index in range(5):
        edit = client.create_edit(make_spec(client, f"edit {index}"))
        list(client.watch_edit(edit.name))
        names.append(edit.name)
    first = client.list_edits(page_size=2)
    second = client.list_edits(page_size=2, page_token=first.next_page_token)
    third = client.list_edits(page_size=2, page_token=second.next_page_token)
    listed = [edit.name for page in (first, second, third) for edit in page.edits]
    assert listed == names[::-1]
    assert third.next_page_token == ""
    assert not client.list_edits(states=[EditState.FAILED]).edits


def test_a_deleted_edit_is_gone(client: Client) -> None:
    edit = client.create_edit(make_spec(client))
    list(client.watch_edit(edit.name))
    client.delete_edit(edit.name)
    for call in (client.get_edit, client.delete_edit, client.cancel_edit):
        with pytest.raises(ServiceError) as caught:
            call(edit.name)
        assert caught.value.reason == "EDIT_NOT_FOUND"


def test_an_edit_under_way_cannot_be_deleted(start) -> None:
    client = start(Script(step_s=0.05)).connect()
    edit = client.create_edit(make_spec(client))
    with pytest.raises(ServiceError) as caught:
        client.delete_edit(edit.name)
    assert caught.value.reason == "EDIT_NOT_ENDED"
    client.cancel_edit(edit.name)


def test_old_edits_are_forgotten_while_the_server_runs(start) -> None:
    client = start(max_kept_edits=3).connect()
    made: list[str] = []
    for number in range(9):
        made.append(client.create_edit(make_spec(client, f"edit {number}")).name)
        assert kind_of(list(client.watch_edit(made[-1]))[-1]) == "finished"
    while len(client.list_edits().edits) > 3:  # they go beside everything else
        time.sleep(0.01)
    assert [edit.name for edit in client.list_edits().edits] == made[:-4:-1]
    with pytest.raises(ServiceError) as caught:
        client.get_edit(made[0])
    assert caught.value.reason == "EDIT_NOT_FOUND"
