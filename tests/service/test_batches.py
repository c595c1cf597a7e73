"""Several regions with their own instructions in one entry of the queue."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from mgie.client.client import Client

from mgie.client.errors import ServiceError
from mgie.server.edit_manager import Desk
from mgie.server.live import LiveEdit
from mgie.server.records import EditRecord, EditState
from mgie.server.streams import watch_items
from mgie.v1 import edit_service_pb2 as edits
from mgie.v1 import types_pb2 as types
from support.fake_editor import Script
from support.service_calls import kinds, sampling, upload_mask, upload_picture


def make_batch(client: Client, *instructions: str) -> edits.CreateBatchRequest:
    """Regions beside each other, one for each instruction."""
    items = [
        edits.BatchItem(mask=upload_mask(client, 4 + 10 * i, 6, 8, 8), instruction=text, seeds=[i])
        for i, text in enumerate(instructions)
    ]
    return edits.CreateBatchRequest(picture=upload_picture(client), items=items)


def by_item(responses: list[edits.WatchBatchResponse]) -> dict[int, list[edits.EditEvent]]:
    """The events of every item."""
    told: dict[int, list[edits.EditEvent]] = {}
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
    assert {edit.state for edit in failed.edits} == {edits.EDIT_STATE_FAILED}
    client.retry_batch(batch.name)
    list(client.watch_batch(batch.name))
    assert {edit.state for edit in client.get_batch(batch.name).edits} == {edits.EDIT_STATE_SUCCEEDED}
    assert server.editor.seen.num_encoded == 2


def test_an_item_that_cannot_be_run_fails_by_itself(client: Client) -> None:
    request = make_batch(client, "red", " ", "blue")
    request.items[2].mask.rect.x = 5000
    batch = client.create_batch(request)
    list(client.watch_batch(batch.name))
    states = [edit.state for edit in client.get_batch(batch.name).edits]
    assert states == [edits.EDIT_STATE_SUCCEEDED, edits.EDIT_STATE_FAILED, edits.EDIT_STATE_FAILED]


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
    request = make_batch(client, "red", "green")
    request.sampling.CopyFrom(sampling(30))
    batch = client.create_batch(request)
    told: dict[int, list[edits.EditEvent]] = {0: [], 1: []}
    for response in client.watch_batch(batch.name):
        told[response.index].append(response.event)
        if response.index == 1 and response.event.step_progress.step == 2:
            client.cancel_edit(response.edit)
    assert [kinds(told[i])[-1] for i in (0, 1)] == ["finished", "cancelled"]
    assert max(event.step_progress.step for event in told[1]) < 30


def test_the_same_batch_request_again_returns_the_same_batch(client: Client) -> None:
    request = make_batch(client, "red")
    first = client.create_batch(request)
    list(client.watch_batch(first.name))
    assert client.create_batch(request).name == first.name


def test_items_may_have_pictures_of_their_own(client: Client) -> None:
    request = make_batch(client, "red", "green")
    request.items[1].picture.CopyFrom(upload_picture(client, seed=5))
    request.items[1].ClearField("mask")
    batch = client.create_batch(request)
    list(client.watch_batch(batch.name))
    done = client.get_batch(batch.name)
    assert done.edits[1].spec.picture != done.edits[0].spec.picture
    assert {edit.state for edit in done.edits} == {edits.EDIT_STATE_SUCCEEDED}
    assert done.edits[0].spec.picture.raw.sample_type == types.SAMPLE_TYPE_U8


async def test_a_watcher_that_goes_leaves_nothing_running() -> None:
    lives: list[LiveEdit] = []
    for name in ("one", "two"):
        record = EditRecord(
            id=name,
            request_id=name,
            request_digest="",
            client="",
            spec=b"",
            state=EditState.RUNNING,
            restarts=True,
            create_time=0.0,
        )
        live = LiveEdit(record, None)
        live.events = [edits.EditEvent(sequence=i + 1).SerializeToString() for i in range(5)]
        lives.append(live)
    desk = cast("Desk", None)  # asked only for edits that have ended
    watch = watch_items(desk, lives, [], None)
    assert (await anext(watch)).event.sequence == 1
    for _ in range(5):
        await asyncio.sleep(0)  # the next event waits to be taken by now
    await watch.aclose()
    for _ in range(5):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
