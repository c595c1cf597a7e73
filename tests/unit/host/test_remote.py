"""The two ends of the link together, over a real socket."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mgie.api.rect import Rect
from mgie.host.connection_file import Link
from mgie.host.errors import HostError
from mgie.host.remote import STRIP_PIXELS, RemoteHost
from mgie.host.types import (
    HostEvent,
    HostMask,
    HostPicture,
    Invoked,
    LinkClosed,
    Placement,
    PreviewLost,
    PreviewSaved,
    StateChanged,
)
from support.fake_adapter import RGBA8, FakeAdapter, FakeDocument, FakeServer, flat_picture

CANVAS = Rect(x=0, y=0, width=8, height=6)
SPOT = Rect(x=2, y=1, width=3, height=2)


class Heard:
    """Events as they come, to be waited for."""

    def __init__(self) -> None:
        self.events: list[HostEvent] = []
        self.changed = threading.Condition()

    def __call__(self, event: HostEvent) -> None:
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def wait_for(self, kind: type[HostEvent]) -> HostEvent:
        with self.changed:
            assert self.changed.wait_for(lambda: any(isinstance(e, kind) for e in self.events), timeout=10)
            return next(event for event in self.events if isinstance(event, kind))


@pytest.fixture
def adapter() -> FakeAdapter:
    return FakeAdapter(a=FakeDocument(flat_picture(8, 6)))


@pytest.fixture
def server(adapter: FakeAdapter) -> Iterator[FakeServer]:
    server = FakeServer(adapter)
    yield server
    server.close()


@pytest.fixture
def host(server: FakeServer) -> Iterator[RemoteHost]:
    host = RemoteHost(server.link, timeout_s=10)
    yield host
    host.close()


def spot_picture(pixel: bytes = b"\1\2\3\xff") -> HostPicture:
    return HostPicture(rect=SPOT, format=RGBA8, pixels=pixel * SPOT.num_pixels)


def test_the_welcome_says_which_program_it_is(host: RemoteHost) -> None:
    assert (host.info.program, host.info.version, host.info.can_embed) == ("krita", "5.2.9", True)


def test_a_wrong_token_is_refused(server: FakeServer) -> None:
    with pytest.raises(HostError) as caught:
        RemoteHost(replace(server.link, token="guess"))
    assert caught.value.reason == "TOKEN_REFUSED"
    assert not server.link_server.has_panel


def test_nobody_listening_is_said(server: FakeServer) -> None:
    with pytest.raises(HostError) as caught:
        RemoteHost(Link(program="gimp", pid=1, port=1, token="x"))
    assert caught.value.reason == "LINK_LOST"


def test_a_picture_larger_than_a_strip_arrives_whole(server: FakeServer, adapter: FakeAdapter) -> None:
    width, height = 1500, 1000
    assert width * height > STRIP_PIXELS
    pixels = bytes(range(250)) * (width * height * 4 // 250)
    adapter.documents["a"].base = replace(flat_picture(width, height), pixels=pixels, icc=b"profile")
    host = RemoteHost(server.link)
    picture = host.read_pixels("a")
    assert picture == adapter.documents["a"].base
    assert all(source.is_closed for source in adapter.sources)
    host.close()


def test_a_rectangle_is_cut_to_the_canvas(host: RemoteHost) -> None:
    picture = host.read_pixels("a", Rect(x=6, y=-3, width=9, height=5))
    assert picture.rect == Rect(x=6, y=0, width=2, height=2)


def test_the_selection_and_saved_regions_come_with_their_soft_edges(
    host: RemoteHost, adapter: FakeAdapter
) -> None:
    assert host.read_selection("a") is None
    mask = HostMask(rect=SPOT, coverage=bytes([0, 9, 255, 255, 128, 1]))
    adapter.documents["a"].selection = mask
    adapter.documents["a"].regions["sky"] = mask
    assert host.read_selection("a") == mask
    assert host.document("a").selection == SPOT
    assert [region.name for region in host.regions("a")] == ["sky"]
    assert host.read_region("a", "sky") == mask


def test_a_placed_result_is_a_layer_that_changes_nothing_outside_its_mask(host: RemoteHost) -> None:
    before = host.read_pixels("a")
    mask = HostMask(rect=SPOT, coverage=bytes([255, 0, 0, 0, 0, 255]))
    placement = Placement(picture=spot_picture(), mask=mask, name="warmer", provenance="{}")
    [layer] = host.place_results("a", [placement], canvas=CANVAS)
    assert [item.id for item in host.layers("a")] == [layer, "base"]
    after = host.read_pixels("a")
    changed = {
        i // 4 for i in range(0, len(before.pixels), 4) if before.pixels[i : i + 4] != after.pixels[i : i + 4]
    }
    assert changed == {1 * 8 + 2, 2 * 8 + 4}


def test_a_note_is_kept_with_the_document_and_a_layer_says_how_it_was_made(host: RemoteHost) -> None:
    document = host.state().documents[0]
    assert host.read_note(document.id) == ""
    host.write_note(document.id, '{"words": "wärmer"}')
    assert host.read_note(document.id) == '{"words": "wärmer"}'
    assert host.read_note(document.id, layer="no such layer") == ""
    with pytest.raises(HostError, match="characters"):
        host.write_note(document.id, "x" * 300_000)


def test_placed_layers_are_taken_back_brought_back_and_faded(host: RemoteHost, adapter: FakeAdapter) -> None:
    placement = Placement(picture=spot_picture(), name="warmer", opacity=0.75)
    [layer] = host.place_results("a", [placement], canvas=CANVAS)
    assert [(item.id, item.opacity) for item in host.layers("a")] == [(layer, 0.75), ("base", 1.0)]
    host.set_opacity("a", layer, 0.5)
    host.set_opacity("a", layer, 0.25, since=0.75)
    assert host.layers("a")[0].opacity == 0.25
    assert adapter.documents["a"].opacity_steps == [(0.75, 0.25)]
    host.take_back("a", [layer])
    assert [item.id for item in host.layers("a")] == ["base"]
    assert host.bring_back("a", [layer])
    assert not host.bring_back("a", ["another"])
    with pytest.raises(HostError) as caught:
        host.set_opacity("a", layer, 1.5)
    assert caught.value.reason == "BAD_REQUEST"


def test_a_mask_becomes_the_selection(host: RemoteHost) -> None:
    mask = HostMask(rect=SPOT, coverage=bytes([7]) * SPOT.num_pixels)
    host.select("a", mask)
    assert host.read_selection("a") == mask
    host.select("a", None)
    assert host.read_selection("a") is None


def test_a_changed_canvas_refuses_the_result_with_a_reason(host: RemoteHost) -> None:
    placement = Placement(picture=spot_picture(), name="warmer")
    with pytest.raises(HostError) as caught:
        host.place_results("a", [placement], canvas=Rect(x=0, y=0, width=9, height=6))
    assert caught.value.reason == "CANVAS_CHANGED"
    assert caught.value.advice


def test_a_closed_document_is_said(host: RemoteHost, adapter: FakeAdapter) -> None:
    del adapter.documents["a"]
    with pytest.raises(HostError) as caught:
        host.read_pixels("a")
    assert caught.value.reason == "DOCUMENT_CLOSED"


def test_what_a_host_raises_by_itself_arrives_as_host_failed(host: RemoteHost) -> None:
    with pytest.raises(HostError, match="KeyError") as caught:
        host.read_region("a", "unknown")
    assert caught.value.reason == "HOST_FAILED"


def test_previews_show_the_last_picture_and_drop_the_ones_between(
    host: RemoteHost, server: FakeServer, adapter: FakeAdapter
) -> None:
    preview = host.begin_preview("a", SPOT)
    shown = adapter.documents["a"].previews[0].shown
    with server.lock:  # the host is busy
        for i in range(50):
            host.push_preview(preview, spot_picture(bytes([i, 0, 0, 255])))
    while not shown or shown[-1].pixels[0] != 49:
        host.state()
    assert len(shown) <= 3
    assert host.num_dropped == 50 - len(shown)
    host.drop_preview(preview)
    assert adapter.documents["a"].previews == []
    host.drop_preview(preview)


def test_a_preview_the_artist_removed_is_reported_once(
    host: RemoteHost, server: FakeServer, adapter: FakeAdapter
) -> None:
    heard = Heard()
    host.subscribe(heard)
    preview = host.begin_preview("a", SPOT)
    adapter.documents["a"].previews.clear()
    server.poll()
    server.poll()
    host.push_preview(preview, spot_picture())
    assert heard.wait_for(PreviewLost) == PreviewLost(preview=preview, reason="PREVIEW_GONE")
    host.state()
    assert len([event for event in heard.events if isinstance(event, PreviewLost)]) == 1


def test_a_file_that_was_written_with_a_preview_is_reported_once_also_just_before_the_preview_goes(
    host: RemoteHost, server: FakeServer, adapter: FakeAdapter
) -> None:
    heard = Heard()
    host.subscribe(heard)
    preview = host.begin_preview("a", SPOT)
    [layer] = adapter.documents["a"].previews
    layer.is_in_new_file = True
    server.poll()
    server.poll()
    assert heard.wait_for(PreviewSaved) == PreviewSaved(preview=preview)
    layer.is_in_new_file = True
    host.drop_preview(preview)
    host.state()
    assert len([event for event in heard.events if isinstance(event, PreviewSaved)]) == 2


def test_switching_documents_and_menu_entries_are_told(
    host: RemoteHost, server: FakeServer, adapter: FakeAdapter
) -> None:
    server.poll()
    heard = Heard()
    host.subscribe(heard)
    adapter.documents["b"] = FakeDocument(flat_picture(2, 2))
    adapter.active = "b"
    server.poll()
    server.poll()
    server.broadcast(Invoked(action="repeat", document="b"))
    assert heard.wait_for(Invoked) == Invoked(action="repeat", document="b")
    states = [event.state.active for event in heard.events if isinstance(event, StateChanged)]
    assert states[-1] == "b"
    assert len(states) <= 3  # the greeting, the first look, the switch


def test_a_killed_host_wakes_whoever_waits(host: RemoteHost, server: FakeServer) -> None:
    heard = Heard()
    host.subscribe(heard)
    server.kill()
    closed = heard.wait_for(LinkClosed)
    assert isinstance(closed, LinkClosed)
    assert closed.reason == "LINK_LOST"
    with pytest.raises(HostError):
        host.state()


def test_a_host_that_closes_says_so(host: RemoteHost, server: FakeServer) -> None:
    heard = Heard()
    host.subscribe(heard)
    server.close()
    assert heard.wait_for(LinkClosed) == LinkClosed(reason="LINK_LOST", message="the program is closing")


def test_a_lost_panel_leaves_only_the_previews_it_asked_to_keep(
    server: FakeServer, adapter: FakeAdapter
) -> None:
    first = RemoteHost(server.link)
    kept = first.begin_preview("a", SPOT, name="kept", keep=True)
    first.begin_preview("a", SPOT, name="dropped")
    first.close()
    while server.link_server.has_panel:
        pass
    assert [preview.name for preview in adapter.documents["a"].previews] == ["kept"]
    second = RemoteHost(server.link)
    assert second.info.kept_previews == (kept,)
    second.drop_preview(kept)
    assert adapter.documents["a"].previews == []
    second.close()


def test_a_host_that_does_not_answer_times_out(server: FakeServer) -> None:
    host = RemoteHost(server.link, timeout_s=0.2)
    with server.lock, pytest.raises(HostError) as caught:
        host.state()
    assert caught.value.reason == "TIMED_OUT"
    assert host.state().active == "a"
    host.close()
