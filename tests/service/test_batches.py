"""Several regions with their own instructions in one entry of the queue."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mgie.api.edit import EditSpec, EditState
from mgie.api.events import BatchEvent, EditEvent, StepProgress
from mgie.api.failure import ServiceError
from mgie.api.rect import Rect
from mgie.client.blocking import Client
from mgie.client.messages import new_request_id
from support.fake_editor import Script
from support.service_calls import (
    bodies,
    kinds,
    make_spec,
    steps,
    upload_mask,
    upload_picture,
)


def make_batch(client: Client, *instructions: str, **fields: object) -> list[EditSpec]:
    """Regions beside each other, one for each instruction."""
    return [
        make_spec(client, text, mask=upload_mask(client, 4 + 10 * i, 6, 8, 8), seeds=(i,), **fields)
        for i, text in enumerate(instructions)
    ]


def by_item(responses: list[BatchEvent]) -> dict[int, list[EditEvent]]:
    """The events of every item."""
    told: dict[int, list[EditEvent]] = {}
    for response in responses:
        told.setdefault(response.index, []).append(response.event)
    return told


def test_regions_are_written_one_by_one_and_sampled_as_one_batch(start) -> None:
    server = start()
    client = server.connect()
    batch = client.create_batch(make_batch(client, "red", "green", "blue"))
    told = by_item(list(client.watch_batch(batch.name)))
    assert [kinds(told[i])[-1] for i in range(3)] == ["finished"] * 3
    assert server.editor.seen.batch_sizes == [3]
    done = client.get_batch(batch.name)
    assert [edit.expressive_instruction.split(": ")[1] for edit in done.edits] == ["red ", "green ", "blue "]
    assert [edit.results[0].picture.raw.rect.x for edit in done.edits] == [4, 14, 24]


def test_one_failing_region_leaves_the_others_alone_and_can_be_retried(client: Client) -> None:
    batch = client.create_batch(make_batch(client, "red", "please fail", "please crash", "blue"))
    told = by_item(list(client.watch_batch(batch.name)))
    assert [kinds(told[i])[-1] for i in range(4)] == ["finished", "failed", "failed", "finished"]
    before = client.get_batch(batch.name)
    after_sequences = [edit.last_sequence for edit in before.edits]
    assert list(client.retry_batch(batch.name).retried_indices) == [1, 2]
    again = by_item(list(client.watch_batch(batch.name, after_sequences=after_sequences)))
    assert sorted(again) == [1, 2]
    assert kinds(again[1])[:2] == ["restarted", "queued"]
    assert kinds(again[1])[-1] == "failed"
    assert client.get_batch(batch.name).edits[0] == before.edits[0]


def test_a_retry_keeps_what_was_made_and_makes_what_was_not(start) -> None:
    server = start(Script(num_oom=2))
    client = server.connect()
    batch = client.create_batch(make_batch(client, "red", "green"))
    list(client.watch_batch(batch.name))
    failed = client.get_batch(batch.name)
    assert {edit.state for edit in failed.edits} == {EditState.FAILED}
    client.retry_batch(batch.name)
    list(client.watch_batch(batch.name))
    assert {edit.state for edit in client.get_batch(batch.name).edits} == {EditState.SUCCEEDED}
    assert server.editor.seen.num_encoded == 2


def test_an_item_that_cannot_be_run_fails_by_itself(client: Client) -> None:
    red, blank, blue = make_batch(client, "red", " ", "blue")
    far = replace(blue, mask=replace(blue.mask, rect=Rect(5000, 6, 8, 8)))
    batch = client.create_batch([red, blank, far])
    list(client.watch_batch(batch.name))
    states = [edit.state for edit in client.get_batch(batch.name).edits]
    assert states == [EditState.SUCCEEDED, EditState.FAILED, EditState.FAILED]


def test_a_batch_of_which_nothing_can_run_is_refused(client: Client) -> None:
    with pytest.raises(ServiceError) as caught:
        client.create_batch(make_batch(client, " ", ""))
    assert caught.value.reason == "INSTRUCTION_EMPTY"
    with pytest.raises(ServiceError):
        client.create_batch(make_batch(client))


def test_nothing_is_retried_where_nothing_failed(client: Client) -> None:
    batch = client.create_batch(make_batch(client, "red"))
    list(client.watch_batch(batch.name))
    with pytest.raises(ServiceError) as caught:
        client.retry_batch(batch.name)
    assert caught.value.reason == "NOTHING_TO_RETRY"


def test_one_item_is_cancelled_without_the_others(start) -> None:
    client = start(Script(step_s=0.02)).connect()
    batch = client.create_batch(make_batch(client, "red", "green", options=steps(30)))
    told: dict[int, list[EditEvent]] = {0: [], 1: []}
    for response in client.watch_batch(batch.name):
        told[response.index].append(response.event)
        if response.index == 1 and getattr(response.event.event, "step", 0) == 2:
            client.cancel_edit(response.edit)
    assert [kinds(told[i])[-1] for i in (0, 1)] == ["finished", "cancelled"]
    assert max(progress.step for progress in bodies(told[1], StepProgress)) < 30


def test_the_same_batch_request_again_returns_the_same_batch(client: Client) -> None:
    specs, request_id = make_batch(client, "red"), new_request_id()
    first = client.create_batch(specs, request_id=request_id)
    list(client.watch_batch(first.name))
    assert client.create_batch(specs, request_id=request_id).name == first.name


def test_items_may_have_pictures_of_their_own(client: Client) -> None:
    red, green = make_batch(client, "red", "green")
    green = replace(green, picture=upload_picture(client, seed=5), mask=None)
    batch = client.create_batch([red, green])
    list(client.watch_batch(batch.name))
    done = client.get_batch(batch.name)
    assert done.edits[1].spec.picture != done.edits[0].spec.picture
    assert {edit.state for edit in done.edits} == {EditState.SUCCEEDED}
    assert done.edits[0].spec.picture.raw.sample_type == "u8"
