"""Saving while previews are on the canvas: Krita's files never hold them; of GIMP's it is said."""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hosts.artists import Artist
from hosts.edits import changed_pixels, green_placement, preview_picture, read_mask
from hosts.program import HostProgram, wait_until
from mgie.host.remote import RemoteHost
from mgie.host.types import DocumentInfo, HostEvent, HostMask, PreviewLost, PreviewSaved

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(400)]

AUTOSAVE_S = 5
NAME = "the preview"


@pytest.fixture
def file(program: HostProgram, host: RemoteHost, document: DocumentInfo) -> Iterator[Path]:
    """Where the document is saved already."""
    endings = {"gimp": "xcf", "krita": "kra"}
    path = program.home / f"saved-{time.monotonic_ns()}.{endings[program.name]}"
    gimp = f"f = Gio.File.new_for_path({str(path)!r}); image.set_file(f)\n"
    code = {
        "gimp": gimp + "Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, f, None)",
        "krita": f"doc.setFileName({str(path)!r}); doc.save(); doc.waitForDone()",
    }
    program.run(code[program.name])
    wait_until(path.exists, 20, "the first file")
    yield path
    for written in program.home.glob(f"*{path.stem}*"):
        written.unlink()


def layers_in(path: Path) -> list[str]:
    """The names of the layers in a .kra file."""
    with zipfile.ZipFile(path) as archive:
        return re.findall(r'<layer[^>]* name="([^"]*)"', archive.read("maindoc.xml").decode())


def activate(program: HostProgram) -> None:
    """The keyboard to the painting program."""
    screen = program.screen
    ids = screen.xdotool("search", "--onlyvisible", "--class", program.name).split()
    screen.xdotool("windowactivate", "--sync", ids[-1])
    screen.xdotool("mousemove", "700", "500")


def stream(host: RemoteHost, document: DocumentInfo, mask: HostMask) -> tuple[str, list[HostEvent]]:
    """A preview on the canvas, and what the host tells from then on."""
    heard: list[HostEvent] = []
    host.subscribe(heard.append)
    preview = host.begin_preview(document.id, mask.rect, mask=mask, name=NAME)
    host.push_preview(preview, preview_picture(mask.rect))
    host.state()
    time.sleep(1)  # Krita settles a new layer
    return preview, heard


def is_newer(path: Path, than: int) -> bool:
    return path.exists() and path.stat().st_mtime_ns > than


def save_by_keys(program: HostProgram) -> None:
    program.screen.xdotool("key", "ctrl+s")


def save_by_menu(program: HostProgram) -> None:
    """The File menu; while it is open no preview comes back."""
    screen = program.screen
    screen.xdotool("key", "alt+f")
    time.sleep(1)
    place = program.run(
        "menu = app.activeWindow().qwindow().findChild(QtWidgets.QMenu, 'file')\n"
        "entry = menu.actionGeometry(app.action('file_save')).center()\n"
        "point = menu.mapToGlobal(entry); result = [point.x(), point.y()]"
    )
    screen.xdotool("mousemove", str(place[0]), str(place[1]), "click", "1")


def save_by_tool_bar(program: HostProgram) -> None:
    place = program.run(
        "w = app.activeWindow().qwindow(); bar = w.findChild(QtWidgets.QToolBar, 'mainToolBar')\n"
        "bar.setVisible(True); b = bar.widgetForAction(app.action('file_save'))\n"
        "point = b.mapToGlobal(b.rect().center()); result = [point.x(), point.y()]"
    )
    program.screen.xdotool("mousemove", str(place[0]), str(place[1]), "click", "1")


KRITA = pytest.mark.parametrize("program", ["krita"], indirect=True)
GIMP = pytest.mark.parametrize("program", ["gimp"], indirect=True)


@KRITA
@pytest.mark.parametrize("save", [save_by_keys, save_by_menu, save_by_tool_bar])
def test_krita_saves_without_the_preview_and_the_edit_goes_on(
    host: RemoteHost,
    artist: Artist,
    program: HostProgram,
    document: DocumentInfo,
    file: Path,
    save: Callable[[HostProgram], None],
) -> None:
    program.run("app.action('add_new_paint_layer').trigger(); doc.waitForDone()")  # something to save
    wait_until(lambda: len(artist.layer_names()) == 2, 10, "the artist's new layer")
    time.sleep(1)
    before, mask, layers = host.read_pixels(document.id), read_mask(host, document.id), artist.layer_names()
    preview, heard = stream(host, document, mask)
    assert artist.layer_names() == [NAME, *layers]
    saved_ns = file.stat().st_mtime_ns
    activate(program)
    save(program)
    wait_until(lambda: is_newer(file, saved_ns), 30, "the file")
    time.sleep(1)
    assert layers_in(file) == layers

    def is_back() -> bool:
        host.push_preview(preview, preview_picture(mask.rect, 99))
        host.state()
        return artist.layer_names() == [NAME, *layers]

    wait_until(is_back, 20, "the preview on the canvas again")
    assert host.read_pixels(document.id).pixels == before.pixels  # and still no part of the picture
    host.drop_preview(preview)
    assert artist.layer_names() == layers
    assert not [event for event in heard if isinstance(event, PreviewLost | PreviewSaved)]
    host.place_results(document.id, [green_placement(before, mask)], canvas=before.rect)
    assert artist.layer_names() == ["turn it green", *layers]


@KRITA
def test_krita_saves_by_itself_without_the_preview(
    host: RemoteHost, artist: Artist, program: HostProgram
) -> None:
    program.run(f"app.writeSetting('', 'AutoSaveInterval', '{AUTOSAVE_S}')")
    try:
        artist.new_document(*artist.formats[0][1:])
        artist.select_ellipse()
        document = host.state().active_document
        assert document is not None
        path = program.home / f"by-itself-{time.monotonic_ns()}.kra"
        program.run(f"doc.setFileName({str(path)!r}); doc.save(); doc.waitForDone()")
        layers = artist.layer_names()
        preview, heard = stream(host, document, read_mask(host, document.id))
        program.run("base.setOpacity(250); doc.setModified(True)")
        written = program.home / f"{path.name}-autosave.kra"
        wait_until(written.exists, 60, "what Krita saves by itself")
        time.sleep(1)
        assert layers_in(written) == layers
        host.drop_preview(preview)
        assert not [event for event in heard if isinstance(event, PreviewSaved)]
    finally:
        program.run("app.writeSetting('', 'AutoSaveInterval', '900')")


@GIMP
def test_what_gimp_stores_is_told_and_gimp_asks_to_save_again(
    host: RemoteHost, artist: Artist, program: HostProgram, document: DocumentInfo, file: Path
) -> None:
    before, mask, layers = host.read_pixels(document.id), read_mask(host, document.id), artist.layer_names()
    program.run("image.get_layers()[-1].set_name('base')")  # something to save
    preview, heard = stream(host, document, mask)
    saved_ns = file.stat().st_mtime_ns
    activate(program)
    program.screen.xdotool("key", "ctrl+s")
    wait_until(lambda: is_newer(file, saved_ns), 30, "the file")
    wait_until(lambda: PreviewSaved(preview=preview) in heard, 20, "the news of what was stored")
    assert not program.run("result = image.is_dirty()")
    host.drop_preview(preview)
    assert artist.layer_names() == layers
    assert program.run("result = image.is_dirty()")
    assert not changed_pixels(before, host.read_pixels(document.id))
    program.run("image.clean_all()")
