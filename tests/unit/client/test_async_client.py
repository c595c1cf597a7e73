"""The client sends what it is given, checks what comes back, and goes on after lost connections."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from mgie.api.edit import Edit, EditSpec, EditState
from mgie.api.events import EditEvent, Finished, InstructionDelta, Preview, Queued, Stage, StageChanged
from mgie.api.failure import UNREACHABLE, ServiceError
from mgie.api.from_proto import from_proto
from mgie.api.picture import ColourSpace, Picture
from mgie.api.pixel_blobs import EncodedSpec, PictureBlob
from mgie.api.rect import Rect
from mgie.api.to_proto import to_proto
from mgie.client.async_client import AsyncClient
from mgie.client.blobs import digest_of
from mgie.client.endpoint import Endpoint
from mgie.v1 import edit_service_pb2 as edits
from mgie.v1 import types_pb2 as types
from support.scripted_service import ScriptedService, serving

SPEC = EditSpec(
    picture=PictureBlob(blob_digest="a" * 64, encoded=EncodedSpec(x=1, y=2)),
    instruction="warmer",
    options={"steps": 3, "scale": 1.5, "sampler": "unipc", "is_tiled": True},
    seeds=(1, 2**64 - 1),
    hold_when_unsure=True,
)
EDIT = Edit(name="edits/1", request_id="r", spec=SPEC, state=EditState.RUNNING, create_time=1.5)
EVENTS = [
    StageChanged(stage=Stage.WRITING),
    InstructionDelta(text="a", offset=0),
    InstructionDelta(text="b", offset=1),
    Finished(seconds=1.0),
]


@pytest.fixture(name="service")
def _service() -> ScriptedService:
    service = ScriptedService()
    service.edit = to_proto(EDIT, edits.Edit)
    service.events = [
        to_proto(EditEvent(event=body, sequence=number), edits.EditEvent)
        for number, body in enumerate(EVENTS, 1)
    ]
    return service


@pytest.fixture(name="folder")
def _folder() -> AsyncIterator[Path]:
    with tempfile.TemporaryDirectory() as path:  # short enough for a socket
        yield Path(path)


@pytest.fixture(name="client")
async def _client(service: ScriptedService, folder: Path) -> AsyncIterator[AsyncClient]:
    async with serving(service, folder) as endpoint, AsyncClient(lambda: endpoint) as client:
        yield client


async def test_a_spec_arrives_as_it_was_and_the_edit_comes_back(service, client) -> None:
    edit = await client.create_edit(SPEC, request_id="r", place="front", restart_policy="interrupt")
    assert edit == EDIT
    (request,) = service.requests
    assert from_proto(EditSpec, request.spec) == SPEC
    assert request.place == types.QUEUE_PLACE_FRONT
    assert request.restart_policy == types.RESTART_POLICY_INTERRUPT


async def test_a_batch_is_its_specs(service, client) -> None:
    batch = await client.create_batch([SPEC, SPEC])
    assert batch.edits == (EDIT,)
    (request,) = service.requests
    assert [from_proto(EditSpec, spec) for spec in request.specs] == [SPEC, SPEC]


async def test_new_samples_bring_their_options_and_seeds(service, client) -> None:
    await client.sample_edit("edits/1", options={"scale": 2.5}, seeds=(7,))
    (request,) = service.requests
    assert request.options["scale"].number == 2.5
    assert list(request.seeds) == [7]
    assert request.request_id


async def test_a_picture_comes_back_as_it_went(service, client) -> None:
    pixels = np.arange(2 * 3 * 4, dtype=np.uint16).reshape(2, 3, 4)
    space = ColourSpace(name="icc", icc_profile=b"profile")
    picture = Picture(pixels=pixels, alpha="premultiplied", x=-3, y=4, colour_space=space)
    blob = await client.upload_picture(picture)
    back = await client.download_picture(blob)
    np.testing.assert_array_equal(back.pixels, pixels)
    assert (back.alpha, back.x, back.y, back.colour_space) == ("premultiplied", -3, 4, space)
    await client.upload_picture(picture)
    assert len(service.uploads) == 2  # pixels and profile, once


async def test_a_mask_comes_back_as_it_went(client) -> None:
    coverage = np.arange(12, dtype=np.uint8).reshape(3, 4)
    mask = await client.upload_mask(Rect(1, 2, 4, 3), coverage)
    np.testing.assert_array_equal(await client.download_mask(mask), coverage)
    whole = await client.upload_mask(Rect(0, 0, 2, 1))
    assert (await client.download_mask(whole)).tolist() == [[255, 255]]


async def test_bytes_that_are_not_those_asked_for_are_refused(service, client) -> None:
    digest = digest_of(b"right")
    service.blobs[digest] = b"wrong"
    with pytest.raises(ServiceError) as caught:
        await client.download(digest)
    assert caught.value.reason == "BLOB_INVALID"


async def test_closing_a_watch_ends_it_at_the_server(service, client) -> None:
    service.events = [to_proto(EditEvent(event=Queued(position=1)), edits.EditEvent)]
    async with aclosing(client.watch_edit("edits/1")) as events:
        assert (await anext(events)).event == Queued(position=1)
    async with asyncio.timeout(5):
        while not service.num_streams_ended:
            await asyncio.sleep(0.01)


async def test_a_watch_follows_its_edit_across_broken_streams(service, client) -> None:
    service.breaks_after = {1, 3}
    found = [event async for event in client.follow_edit("edits/1")]
    assert [event.event for event in found] == EVENTS
    assert [event.sequence for event in found] == [1, 2, 3, 4]


async def test_a_watch_follows_a_batch_across_broken_streams(service, client) -> None:
    service.edit.state = edits.EDIT_STATE_SUCCEEDED
    service.batch_events = [
        edits.WatchBatchResponse(index=index, edit=f"edits/{index}", event=event)
        for event in service.events
        for index in (0, 1)
    ]
    service.breaks_after = {2, 4}
    found = [event async for event in client.follow_batch("batches/1")]
    assert [(event.index, event.event.sequence) for event in found] == [
        (index, number) for number in (1, 2, 3, 4) for index in (0, 1)
    ]


async def test_a_restarted_server_with_another_token_is_followed(service, folder: Path) -> None:
    place: list[Endpoint] = []
    async with AsyncClient(lambda: place[-1]) as client:
        async with serving(service, folder) as endpoint:
            place.append(endpoint)
            await client.get_edit("edits/1")
            service.breaks_after = {2}
            watch = client.follow_edit("edits/1")
            found = [await anext(watch), await anext(watch)]
        service.token = "other"
        async with serving(service, folder) as endpoint:
            place.append(endpoint)
            found += [event async for event in watch]
            assert [event.sequence for event in found] == [1, 2, 3, 4]
            assert await client.get_edit("edits/1") == EDIT


async def test_a_watch_that_the_server_ends_early_goes_on(service, client) -> None:
    last = service.events.pop()
    watch = client.follow_edit("edits/1")
    for _ in range(3):
        await anext(watch)
    service.events.append(last)
    assert (await anext(watch)).is_last


async def test_nobody_answers(folder: Path) -> None:
    endpoint = Endpoint(address=f"unix:{folder}/nobody.sock", token="t")
    async with AsyncClient(lambda: endpoint) as client:
        with pytest.raises(ServiceError) as caught:
            await client.info()
        assert caught.value.reason == UNREACHABLE
        with pytest.raises(ServiceError):
            await anext(client.follow_edit("edits/1", patience_s=0.1))


async def test_a_wrong_token_is_said(service, folder: Path) -> None:
    async with serving(service, folder) as endpoint:
        wrong = Endpoint(address=endpoint.address, token="wrong")
        async with AsyncClient(lambda: wrong) as client:
            with pytest.raises(ServiceError) as caught:
                await client.get_edit("edits/1")
    assert caught.value.reason == "TOKEN_INVALID"


async def test_closing_the_client_ends_its_calls_with_an_error(service, folder: Path) -> None:
    service.events = []
    async with serving(service, folder) as endpoint:
        client = AsyncClient(lambda: endpoint)
        waiting = asyncio.ensure_future(anext(client.watch_edit("edits/1")))
        while not service.requests:
            await asyncio.sleep(0.01)
        await client.close()
        with pytest.raises(ServiceError) as caught:
            await waiting
        assert caught.value.is_connection


def _odd_results() -> list[edits.EditEvent]:
    """Results as no server of this version would send them."""
    raw = types.PictureSpec(
        rect=types.Rect(x=0, y=0, width=2, height=2),
        sample_type=types.SAMPLE_TYPE_U8,
        channels=types.CHANNELS_RGB,
    )
    picture = types.Picture(blob_digest="a" * 64, raw=raw)
    good = edits.EditResult(index=0, seed=1, picture=picture)
    found: list[edits.EditEvent] = []

    def odd() -> edits.EditResult:
        found.append(edits.EditEvent(sequence=1, result=good))
        return found[-1].result

    odd().ClearField("picture")
    odd().picture.ClearField("raw")
    odd().picture.raw.rect.width = 0
    odd().picture.raw.rect.x = 1 << 30
    odd().picture.raw.ClearField("rect")
    odd().picture.raw.sample_type = 99  # pyright: ignore[reportAttributeAccessIssue] # on purpose
    odd().picture.raw.ClearField("channels")
    odd().picture.raw.channels = 77  # pyright: ignore[reportAttributeAccessIssue] # on purpose
    odd().picture.raw.alpha = types.ALPHA_KIND_STRAIGHT
    odd().picture.raw.colour_space = types.COLOUR_SPACE_ICC
    odd().weight.SetInParent()
    odd().change_map.rect.SetInParent()
    return found


@pytest.mark.parametrize(
    "event",
    [
        edits.EditEvent(sequence=1),
        edits.EditEvent(sequence=1, stage_changed=edits.StageChanged(stage=99)),  # pyright: ignore[reportArgumentType]
        to_proto(
            EditEvent(event=Preview(index=0, step=1, place=Rect(0, 0, 2, 2), width=2, height=2, data=b"1")),
            edits.EditEvent,
        ),
        *_odd_results(),
    ],
    ids=str,
)
async def test_an_odd_event_fails_the_watch_with_a_sentence(service, client, event) -> None:
    service.events = [event]
    with pytest.raises(ServiceError) as caught:
        await anext(client.follow_edit("edits/1"))
    assert caught.value.reason == "ANSWER_INVALID"
    assert caught.value.advice


async def test_an_odd_answer_fails_the_call_with_a_sentence(service, client) -> None:
    service.edit.state = 55  # pyright: ignore[reportAttributeAccessIssue] # on purpose
    for call in (client.get_edit("edits/1"), client.create_edit(SPEC), client.create_batch([SPEC])):
        with pytest.raises(ServiceError) as caught:
            await call
        assert caught.value.reason == "ANSWER_INVALID"


async def test_pixels_that_do_not_fit_their_description_are_refused(service, client) -> None:
    picture = Picture(pixels=np.zeros((2, 2, 3), np.uint8))
    blob = await client.upload_picture(picture)
    digest = digest_of(b"short")
    service.blobs[digest] = b"short"
    with pytest.raises(ServiceError) as caught:
        await client.download_picture(PictureBlob(blob_digest=digest, raw=blob.raw))
    assert caught.value.reason == "ANSWER_INVALID"
    with pytest.raises(ServiceError):
        await client.download_picture(PictureBlob(blob_digest=digest, encoded=EncodedSpec()))
