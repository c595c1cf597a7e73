"""Previews are lossy and free: latest wins, no watcher slows the model."""

from __future__ import annotations

import io
import threading
import time

import pytest
from PIL import Image

from mgie.api.events import EditEvent, Preview, PreviewOptions, StepProgress
from mgie.api.failure import ServiceError
from mgie.client.blocking import Client
from mgie.v1 import edit_service_pb2 as edits
from support.fake_editor import Script
from support.raw_calls import RawCalls
from support.service_calls import (
    HEIGHT,
    WIDTH,
    bodies,
    kind_of,
    make_spec,
    numbered,
    steps,
    until,
)


def previews_of(events: list[EditEvent]) -> list[Preview]:
    return bodies(events, Preview)


@pytest.mark.parametrize(
    ("wanted", "format_name"),
    [
        ("rgb8", None),
        ("jpeg", "JPEG"),
        ("png", "PNG"),
    ],
)
def test_previews_come_in_the_size_and_format_asked_for(start, wanted, format_name) -> None:
    client = start(Script(step_s=0.02)).connect()
    options = PreviewOptions(max_side_px=96, max_rate_hz=60, format=wanted)
    edit = client.create_edit(make_spec(client, options=steps(12)))
    previews = previews_of(list(client.watch_edit(edit.name, previews=options)))
    assert previews
    for preview in previews:
        assert (preview.width, preview.height) == (96, 80)
        assert (preview.place.width, preview.place.height) == (WIDTH, HEIGHT)
        if format_name is None:
            assert len(preview.data) == 96 * 80 * 3
        else:
            image = Image.open(io.BytesIO(preview.data))
            assert (image.format, image.size) == (format_name, (96, 80))


def test_nobody_gets_previews_without_asking(client: Client) -> None:
    edit = client.create_edit(make_spec(client))
    assert not previews_of(list(client.watch_edit(edit.name)))


def test_every_variation_has_its_previews_and_they_are_never_numbered(start) -> None:
    client = start(Script(step_s=0.03)).connect()
    edit = client.create_edit(make_spec(client, seeds=(1, 2, 3), options=steps(12)))
    events = list(client.watch_edit(edit.name, previews=PreviewOptions(max_rate_hz=60)))
    assert {preview.index for preview in previews_of(events)} == {0, 1, 2}
    assert all(event.sequence == 0 for event in events if kind_of(event) == "preview")
    assert [e.sequence for e in numbered(events)] == list(range(1, len(numbered(events)) + 1))


def test_only_every_nth_step_is_shown_where_asked(start) -> None:
    client = start(Script(step_s=0.01)).connect()
    options = PreviewOptions(every_num_steps=5, max_rate_hz=60)
    edit = client.create_edit(make_spec(client, options=steps(30)))
    previews = previews_of(list(client.watch_edit(edit.name, previews=options)))
    assert previews
    assert {preview.step % 5 for preview in previews} == {0}


def test_the_rate_is_never_exceeded(start) -> None:
    client = start(Script(step_s=0.01)).connect()
    edit = client.create_edit(make_spec(client, options=steps(60)))
    options = PreviewOptions(max_rate_hz=5)
    started = time.monotonic()
    previews = previews_of(list(client.watch_edit(edit.name, previews=options)))
    seconds = time.monotonic() - started
    assert 1 <= len(previews) <= 1 + 5 * seconds


@pytest.mark.parametrize(
    "options",
    [
        edits.PreviewOptions(max_side_px=8),
        edits.PreviewOptions(max_side_px=5000),
        edits.PreviewOptions(max_rate_hz=0),
        edits.PreviewOptions(max_rate_hz=float("nan")),
        edits.PreviewOptions(every_num_steps=0),
        edits.PreviewOptions(format=77),  # pyright: ignore[reportArgumentType] # on purpose
    ],
)
def test_impossible_previews_are_refused(start, options: edits.PreviewOptions) -> None:
    server = start()
    edit = server.connect().create_edit(make_spec(server.connect()))
    request = edits.WatchEditRequest(name=edit.name, previews=options)
    with RawCalls(server.discovery) as raw, pytest.raises(ServiceError) as caught:
        list(raw.stream(raw.edits.WatchEdit, request))
    assert caught.value.reason == "REQUEST_INVALID"


def test_a_watcher_that_stops_reading_changes_nothing_for_the_model(start) -> None:
    server = start(Script(step_s=0.005))
    client = server.connect()
    options = PreviewOptions(max_side_px=1024, max_rate_hz=60)
    edit = client.create_edit(make_spec(client, options=steps(100)))
    asleep = client.watch_edit(edit.name, previews=options)
    next(asleep)  # connected, and never read again: 3 MB previews fill the connection within a few steps
    dead = server.connect()
    next(dead.watch_edit(edit.name, previews=options))
    dead.close()
    events = list(server.connect().watch_edit(edit.name))
    assert kind_of(events[-1]) == "finished"
    assert len(bodies(events, StepProgress)) == 100
    assert len(server.editor.seen.step_times) == 100
    # The sleeper lost previews only: every numbered event is still there for it.
    assert kind_of(numbered(asleep)[-1]) == "finished"


def test_many_watchers_come_and_go(start) -> None:
    client = start(Script(step_s=0.01)).connect()
    edit = client.create_edit(make_spec(client, options=steps(60)))
    options = PreviewOptions(max_rate_hz=60)

    def look_in() -> None:
        for _ in range(3):
            until(client.watch_edit(edit.name, previews=options), "queued")

    threads = [threading.Thread(target=look_in) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert kind_of(list(client.watch_edit(edit.name))[-1]) == "finished"
