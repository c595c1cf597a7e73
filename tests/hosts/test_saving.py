"""Saving while previews are on the canvas: Krita's files never hold them; of GIMP's it is said."""

from __future__ import annotations

import re
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hosts.artists import Artist
from hosts.edits import changed_pixels, green_placement, preview_picture, read_mask
from hosts.program import HostProgram, wait_until
from mgie.files.formats import open_document
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
    choose(program, "file_save")


def choose(program: HostProgram, action: str) -> None:
    """An entry of Krita's File menu, by the mouse."""
    screen = program.screen
    screen.xdotool("key", "alt+f")
    time.sleep(1)
    place = program.run(
        "menu = app.activeWindow().qwindow().findChild(QtWidgets.QMenu, 'file')\n"
        f"entry = menu.actionGeometry(app.action({action!r})).center()\n"
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


def dialog(program: HostProgram, kind: str = "QDialog") -> str:
    """The title of Krita's open dialog, as soon as there is one of this class; it may say nothing."""
    code = (
        "w = QtWidgets.QApplication.activeModalWidget()\n"
        f"result = (w.windowTitle() or '-') if w is not None and w.inherits({kind!r}) else ''"
    )
    wait_until(lambda: bool(program.run(code)), 20, f"a {kind}")
    time.sleep(0.5)
    return program.run(code)


def answer_file_dialog(program: HostProgram, path: Path) -> None:
    """Type where to, as an artist would, and confirm whatever is asked about the kind of file."""
    dialog(program, "QFileDialog")
    screen = program.screen
    screen.xdotool("key", "ctrl+a")
    screen.xdotool("type", "--delay", "10", str(path))
    screen.xdotool("key", "Return")

    def is_written() -> bool:
        if program.run("result = QtWidgets.QApplication.activeModalWidget() is not None"):
            screen.xdotool("key", "Return")
            time.sleep(1)
        return path.exists() and path.stat().st_size > 0

    wait_until(is_written, 40, f"the file {path.name}")


def export_file(program: HostProgram, path: Path) -> None:
    choose(program, "file_export_file")
    answer_file_dialog(program, path)


def save_as(program: HostProgram, path: Path) -> None:
    program.screen.xdotool("key", "ctrl+shift+s")
    answer_file_dialog(program, path)


def painted_on(program: HostProgram, artist: Artist) -> list[str]:
    """Something to save, and dialogs as an artist gets them; the names of the layers."""
    program.run("app.action('add_new_paint_layer').trigger(); doc.waitForDone(); doc.setBatchmode(False)")
    wait_until(lambda: len(artist.layer_names()) == 2, 10, "the artist's new layer")
    time.sleep(1)
    return artist.layer_names()


@KRITA
@pytest.mark.parametrize(("write", "ending"), [(export_file, "kra"), (export_file, "png"), (save_as, "kra")])
def test_what_krita_writes_by_its_dialogs_has_no_preview_even_while_the_edit_streams(
    host: RemoteHost,
    artist: Artist,
    program: HostProgram,
    document: DocumentInfo,
    file: Path,
    write: Callable[[HostProgram, Path], None],
    ending: str,
) -> None:
    layers = painted_on(program, artist)
    before, mask = host.read_pixels(document.id), read_mask(host, document.id)
    path = program.home / f"{file.stem}-written.{ending}"
    without = program.home / f"{file.stem}-without.png"
    if ending == "png":
        program.run(
            "i = krita.InfoObject(); doc.setBatchmode(True)\n"
            f"doc.exportImage({str(without)!r}, i); doc.waitForDone(); doc.setBatchmode(False)"
        )
    preview, heard = stream(host, document, mask)
    assert artist.layer_names() == [NAME, *layers]
    is_over = threading.Event()

    def paint() -> None:
        while not is_over.wait(0.1):  # the edit goes on meanwhile
            host.push_preview(preview, preview_picture(mask.rect, 50))

    painting = threading.Thread(target=paint)
    painting.start()
    try:
        activate(program)
        write(program, path)
        time.sleep(1)
    finally:
        is_over.set()
        painting.join(20)
    if ending == "kra":
        assert layers_in(path) == layers
    else:
        assert decoded(path) == decoded(without)
    host.drop_preview(preview)
    assert artist.layer_names() == layers
    assert host.read_pixels(document.id).pixels == before.pixels
    assert not [event for event in heard if isinstance(event, PreviewLost | PreviewSaved)]


def decoded(path: Path) -> bytes:
    """The pixels of a picture file."""
    return open_document(path).picture.pixels.tobytes()


@KRITA
@pytest.mark.parametrize("keys", ["ctrl+w", "ctrl+q"])
def test_krita_asks_and_saves_without_the_preview_when_it_closes_during_an_edit(
    host: RemoteHost,
    artist: Artist,
    program: HostProgram,
    document: DocumentInfo,
    file: Path,
    keys: str,
) -> None:
    layers = painted_on(program, artist)
    _, heard = stream(host, document, read_mask(host, document.id))
    assert artist.layer_names() == [NAME, *layers]
    saved_ns = file.stat().st_mtime_ns
    activate(program)
    program.screen.xdotool("key", keys)
    assert dialog(program, "QMessageBox")
    assert artist.layer_names() == layers  # nothing comes back while it asks
    program.screen.xdotool("key", "Return")  # save
    wait_until(lambda: is_newer(file, saved_ns), 30, "the file")
    time.sleep(1)
    assert layers_in(file) == layers
    assert not [event for event in heard if isinstance(event, PreviewSaved)]
    if keys == "ctrl+q":
        wait_until(lambda: not program.is_running, 30, "Krita's end")
        program.kill()  # on purpose


@KRITA
def test_a_document_closed_during_an_edit_and_not_saved_is_as_it_was(
    host: RemoteHost, artist: Artist, program: HostProgram, document: DocumentInfo, file: Path
) -> None:
    saved_ns = file.stat().st_mtime_ns
    stream(host, document, read_mask(host, document.id))
    activate(program)
    program.screen.xdotool("key", "ctrl+w")  # the preview is no change of the artist's: nothing may be asked
    wait_until(lambda: not host.state().documents, 20, "the end of the document")
    assert file.stat().st_mtime_ns == saved_ns


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
