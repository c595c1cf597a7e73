"""The blocking client: every method by its name, watches as plain iterators."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from mgie.api.edit import Edit, EditSpec, EditState
from mgie.api.events import EditEvent, Finished, Queued, Stage, StageChanged
from mgie.api.failure import ServiceError
from mgie.api.pixel_blobs import EncodedSpec, PictureBlob
from mgie.api.to_proto import to_proto
from mgie.client.blocking import Client
from mgie.v1 import edit_service_pb2 as edits
from support.scripted_service import ScriptedService, running_service

SPEC = EditSpec(picture=PictureBlob(blob_digest="a" * 64, encoded=EncodedSpec()), instruction="warmer")
EDIT = Edit(name="edits/1", request_id="r", spec=SPEC, state=EditState.RUNNING, create_time=1.5)


@pytest.fixture(name="service")
def _service() -> ScriptedService:
    service = ScriptedService()
    service.edit = to_proto(EDIT, edits.Edit)
    service.events = [
        to_proto(EditEvent(event=StageChanged(stage=Stage.WRITING), sequence=1), edits.EditEvent),
        to_proto(EditEvent(event=Finished(seconds=1.0), sequence=2), edits.EditEvent),
    ]
    return service


@pytest.fixture(name="client")
def _client(service: ScriptedService) -> Iterator[Client]:
    with running_service(service) as endpoint, Client(lambda: endpoint) as client:
        yield client


def test_coroutines_block_and_iterators_are_plain(client: Client) -> None:
    assert client.create_edit(SPEC) == EDIT
    events = client.watch_edit("edits/1")
    assert not hasattr(events, "__aiter__")
    assert [event.sequence for event in events] == [1, 2]
    assert client.client_id


def test_failures_are_service_errors(client: Client) -> None:
    with pytest.raises(ServiceError) as caught:
        client.delete_edit("edits/1")
    assert caught.value.reason == "UNIMPLEMENTED"


def test_an_unknown_method_is_none(client: Client) -> None:
    with pytest.raises(AttributeError, match="upload_everything"):
        client.upload_everything()


def test_closing_an_iterator_ends_its_watch(client: Client, service: ScriptedService) -> None:
    service.events = [to_proto(EditEvent(event=Queued(position=1)), edits.EditEvent)]
    with closing(client.watch_edit("edits/1")) as events:
        next(events)
    while not service.num_streams_ended:
        client.get_edit("edits/1")


def test_one_client_serves_several_threads(client: Client) -> None:
    found: list[Edit] = []
    threads = [threading.Thread(target=lambda: found.append(client.get_edit("edits/1"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [EDIT] * 8


def test_closing_twice_is_closing_once(client: Client) -> None:
    client.close()
    client.close()
