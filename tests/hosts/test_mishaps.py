"""What goes wrong while an edit streams: nothing is lost, nothing lands in the wrong document."""

from __future__ import annotations

import itertools
import socket
import threading
from contextlib import suppress
from dataclasses import replace

import pytest

from hosts.artists import Artist, wait_for_documents
from hosts.edits import green_placement, preview_picture, read_mask
from hosts.panels import photo
from hosts.program import HostProgram, wait_until
from mgie.host.connection_file import read_link
from mgie.host.errors import HostError
from mgie.host.remote import RemoteHost
from mgie.host.types import DocumentInfo, HostEvent, LinkClosed, PreviewLost, StateChanged

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(400)]


class Heard:
    """Events of a host, in order."""

    def __init__(self, host: RemoteHost) -> None:
        self.events: list[HostEvent] = []
        host.subscribe(self.events.append)

    def has(self, kind: type[HostEvent]) -> bool:
        return any(isinstance(event, kind) for event in self.events)


def test_undo_while_previews_stream_loses_neither_the_edit_nor_the_picture(
    host: RemoteHost, artist: Artist, program: HostProgram, document: DocumentInfo
) -> None:
    """GIMP's history does not know of previews; Krita's undo takes one away, and the panel is told."""
    heard = Heard(host)
    before, mask, layers = host.read_pixels(document.id), read_mask(host, document.id), artist.layer_names()
    preview = host.begin_preview(document.id, mask.rect, mask=mask, name="preview")
    host.push_preview(preview, preview_picture(mask.rect))
    host.state()
    artist.undo()
    host.push_preview(preview, preview_picture(mask.rect, 99))
    if program.name == "krita":
        wait_until(lambda: heard.has(PreviewLost), 10, "the news of the lost preview")
    host.drop_preview(preview)
    assert artist.layer_names() == layers
    host.place_results(document.id, [green_placement(before, mask)], canvas=before.rect)
    assert artist.layer_names() == ["turn it green", *layers]


def test_a_document_closed_while_previews_stream_keeps_the_result_placeable(
    host: RemoteHost, artist: Artist, program: HostProgram, document: DocumentInfo
) -> None:
    heard = Heard(host)
    before, mask = host.read_pixels(document.id), read_mask(host, document.id)
    preview = host.begin_preview(document.id, mask.rect, mask=mask)
    host.push_preview(preview, preview_picture(mask.rect))
    host.state()
    artist.close_document()
    wait_until(lambda: heard.has(PreviewLost), 10, "the news of the lost preview")
    host.push_preview(preview, preview_picture(mask.rect))
    with pytest.raises(HostError) as caught:
        host.place_results(document.id, [green_placement(before, mask)], canvas=before.rect)
    assert caught.value.reason == "DOCUMENT_CLOSED"
    artist.new_document(*artist.formats[1][1:])
    wait_for_documents(program, 1)
    other = host.state().active_document
    assert other is not None
    assert other.id != document.id
    untouched = artist.layer_names()
    with pytest.raises(HostError):
        host.place_results(document.id, [green_placement(before, mask)], canvas=before.rect)
    assert artist.layer_names() == untouched
    host.place_results(other.id, [green_placement(before, mask)], canvas=before.rect)  # "place again" there
    assert artist.layer_names() == ["turn it green", *untouched]


@pytest.mark.parametrize("name", ["photo.jpg", "photo.png"])
def test_a_result_finds_the_picture_that_was_closed_unsaved_and_opened_again(
    host: RemoteHost, artist: Artist, program: HostProgram, name: str
) -> None:
    """A JPEG or PNG file is only imported: the document is still known by it."""
    path = str(photo(program.home / name))
    artist.open_by_hand(path)
    wait_for_documents(program, 1)
    document = host.state().active_document
    assert document is not None
    assert document.id.startswith("file-")  # known by its file, also after a restart
    artist.select_ellipse()
    before, mask, layers = host.read_pixels(document.id), read_mask(host, document.id), artist.layer_names()
    preview = host.begin_preview(document.id, mask.rect, mask=mask)
    host.push_preview(preview, preview_picture(mask.rect))
    host.state()
    artist.close_document()
    wait_for_documents(program, 0)
    with pytest.raises(HostError) as caught:
        host.place_results(document.id, [green_placement(before, mask)], canvas=before.rect)
    assert caught.value.reason == "DOCUMENT_CLOSED"
    artist.open_by_hand(path)
    wait_for_documents(program, 1)
    again = host.state().active_document
    assert again is not None
    assert again.id == document.id
    assert host.read_pixels(again.id) == before
    host.place_results(document.id, [green_placement(before, mask)], canvas=before.rect)  # "place again"
    assert artist.layer_names() == ["turn it green", *layers]


def test_documents_that_close_in_the_midst_of_previews_and_reads_cost_neither_link_nor_previews(
    program: HostProgram, host: RemoteHost, artist: Artist
) -> None:
    """GIMP ends a plug-in that touches pixels which are gone: then that must not be the one with the link."""

    def stream(document: DocumentInfo, is_over: threading.Event) -> None:
        with suppress(HostError):
            preview = host.begin_preview(document.id, document.canvas, name="preview")
            for red in itertools.cycle(range(250)):
                host.push_preview(preview, preview_picture(document.canvas, red))
                host.read_selection(document.id)
                if is_over.is_set():
                    return

    for _ in range(3):
        artist.new_document(*artist.formats[1][1:])
        artist.select_ellipse()
        wait_for_documents(program, 1)
        document = host.state().active_document
        assert document is not None
        is_over = threading.Event()
        streaming = threading.Thread(target=stream, args=(document, is_over))
        streaming.start()
        wait_until(lambda: artist.layer_names()[0] == "preview", 20, "the preview's layer")
        artist.close_document()
        wait_until(lambda: not host.state().documents, 20, "the closing of the document")
        is_over.set()
        streaming.join()

    artist.new_document(*artist.formats[0][1:])
    wait_for_documents(program, 1)
    document = host.state().active_document
    assert document is not None
    preview = host.begin_preview(document.id, document.canvas, name="preview")
    host.push_preview(preview, preview_picture(document.canvas, 99))
    wait_until(lambda: artist.top_color(150, 100) == [99, 0, 255], 30, "the preview's colour in its layer")
    host.drop_preview(preview)
    if program.name == "gimp":
        program.kill()  # without its preview process it shows previews slowly: not in the other tests


def test_a_killed_panel_leaves_the_document_as_it_was(
    program: HostProgram, artist: Artist, host: RemoteHost, document: DocumentInfo
) -> None:
    """The socket breaks in the middle of a frame, as it does when a process is killed."""
    mask, layers = read_mask(host, document.id), artist.layer_names()
    panel = program.connect()
    panel.begin_preview(document.id, mask.rect, mask=mask, name="goes")
    kept = panel.begin_preview(document.id, mask.rect, mask=mask, name="stays", keep=True)
    assert artist.layer_names() == ["stays", "goes", *layers] or artist.layer_names() == [
        "goes",
        "stays",
        *layers,
    ]
    channel = panel._channel
    channel._socket.sendall(b"MGIE\1\0\0\0\0\0\0\x50")
    channel._socket.shutdown(socket.SHUT_RDWR)
    wait_until(lambda: artist.layer_names() == ["stays", *layers], 10, "the removal of the preview")
    again = program.connect()
    assert again.info.kept_previews == (kept,)
    again.drop_preview(kept)
    assert artist.layer_names() == layers
    again.close()


def test_a_stranger_is_turned_away_and_the_host_stays_well(program: HostProgram) -> None:
    assert program.link_file is not None
    assert program.link_file.stat().st_mode & 0o077 == 0
    link = read_link(program.link_file)
    with pytest.raises(HostError) as caught:
        RemoteHost(replace(link, token="guess"))
    assert caught.value.reason == "TOKEN_REFUSED"
    for junk in (
        b"GET / HTTP/1.1\r\n\r\n",
        b"MGIE\1\0\0\0\xff\xff\xff\xff\0\0\0\0",
        b"MGIE\1\0\0\0\0\0\0\2\0\0\0\0[]",
    ):
        with socket.create_connection(("127.0.0.1", link.port), timeout=10) as connection:
            connection.sendall(junk)
            answer = b""
            while data := connection.recv(4096):
                answer += data
        assert b"reason" in answer
    host = program.connect()
    assert host.info.program == program.name
    host.close()


def test_a_hundred_strangers_do_not_disturb_an_edit(
    program: HostProgram, host: RemoteHost, artist: Artist, document: DocumentInfo
) -> None:
    """Silent, dripping and malformed: the edit ends well, a panel connects again, they are let go."""
    assert program.link_file is not None
    link, layers = read_link(program.link_file), artist.layer_names()
    lone_surrogate = b'{"token":"\\ud800","role":"panel"}'
    frame = b"MGIE\1\0\0\0" + len(lone_surrogate).to_bytes(4, "big") + bytes(4) + lone_surrogate
    kinds = (b"", b"MG", frame, b"GET / HTTP/1.1\r\n\r\n")
    strangers = [socket.create_connection(("127.0.0.1", link.port), timeout=20) for _ in range(100)]
    for number, stranger in enumerate(strangers):
        with suppress(OSError):  # an older one may have been let go
            stranger.sendall(kinds[number % len(kinds)])
    before, mask = host.read_pixels(document.id), read_mask(host, document.id)
    preview = host.begin_preview(document.id, mask.rect, mask=mask)
    host.push_preview(preview, preview_picture(mask.rect))
    host.drop_preview(preview)
    host.place_results(document.id, [green_placement(before, mask)], canvas=before.rect)
    assert artist.layer_names() == ["turn it green", *layers]
    again = program.connect()
    assert again.info.program == program.name
    again.close()
    for stranger in strangers:
        with suppress(ConnectionResetError):
            while stranger.recv(4096):  # within the deadline of a handshake
                pass
        stranger.close()


def test_switching_the_selection_is_followed_live(
    host: RemoteHost, artist: Artist, document: DocumentInfo
) -> None:
    heard = Heard(host)
    artist.save_selection("kept")
    artist.select_ellipse()

    def is_followed() -> bool:
        states = [event.state for event in heard.events if isinstance(event, StateChanged)]
        return bool(states) and states[-1].active_document is not None and states[-1].active == document.id

    wait_until(is_followed, 10, "the news of the selection")


def test_many_previews_drop_frames_instead_of_falling_behind(
    host: RemoteHost, artist: Artist, document: DocumentInfo
) -> None:
    mask = read_mask(host, document.id)
    preview = host.begin_preview(document.id, document.canvas, mask=mask)
    for i in range(200):
        host.push_preview(preview, preview_picture(document.canvas, i))
    answered = threading.Event()
    host.state()
    answered.set()
    assert host.num_dropped > 0
    host.drop_preview(preview)


def test_a_killed_host_is_noticed_at_once_and_another_start_serves_again(program: HostProgram) -> None:
    """Last in the file's story: the program is started anew for whatever comes next."""
    host = program.connect()
    heard = Heard(host)
    program.kill()
    wait_until(lambda: heard.has(LinkClosed), 10, "the news of the dead host")
    with pytest.raises(HostError) as caught:
        host.state()
    assert caught.value.reason == "LINK_LOST"
    program.start()
    again = program.connect()
    assert again.info.program == program.name
    again.close()


@pytest.mark.parametrize("program", ["gimp"], indirect=True)
def test_menu_entries_chosen_in_the_midst_of_questions_rename_no_document(
    host: RemoteHost, program: HostProgram, document: DocumentInfo
) -> None:
    watcher = program.connect(role="probe")
    seen: list[str] = []
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            seen.append(watcher.state().active)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(20):
            program.run(
                "entry = Gimp.get_pdb().lookup_procedure('mgie-edit'); config = entry.create_config()\n"
                "config.set_property('image', image)\n"
                "config.set_core_object_array('drawables', image.get_selected_layers())\n"
                "for _ in range(5): entry.run(config)"
            )
    finally:
        is_over.set()
        asking.join(30)
        watcher.close()
    assert set(seen) == {document.id}
