"""The link to the painting program: one worker thread makes the blocking calls, signals bring the answers."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QGuiApplication

from mgie.api.failure import Failure
from mgie.host.errors import HostError
from mgie.host.files import PictureCodec
from mgie.host.protocol import Host
from mgie.host.types import (
    HostEvent,
    HostPicture,
    Invoked,
    Placement,
    PreviewLost,
    PreviewSaved,
    StateChanged,
)
from mgie.panel import pixels, x11
from mgie.panel.amount import scaled
from mgie.panel.canvas_overlay import CanvasOverlay, Overlay
from mgie.panel.canvas_previews import CanvasPreviews
from mgie.panel.codec import FileCodec
from mgie.panel.document_reads import by_document, read_document
from mgie.panel.layer_watch import LayerWatch
from mgie.panel.ports import Read
from mgie.panel.state.job import FinishedResult, Job
from mgie.panel.state.pictures import Frame
from mgie.panel.state.regions import Region
from mgie.panel.state.saved_file import SavedFile
from mgie.panel.state.target import Target
from mgie.panel.target_watch import TargetWatch
from mgie.panel.texts import tr
from mgie.panel.worker import Worker

log = logging.getLogger(__name__)

MAX_NAME = 60  # characters of a layer's name


class HostLink(QObject):
    """A HostPort. Every method returns at once; the signals are emitted off the GUI thread."""

    status_changed = pyqtSignal(object)  # HostStatus
    pictures_read = pyqtSignal(str, object)  # key, Read by key of its job
    read_failed = pyqtSignal(str, object)  # key of a job, Failure
    placed = pyqtSignal(object, object)  # keys of FinishedResult, ids of their layers
    layers_seen = pyqtSignal(str, object)  # document, LayerInfo of the layers it holds
    taken_back = pyqtSignal(object)  # keys of FinishedResult
    scaled = pyqtSignal(str, object)  # key of FinishedResult, ResultPicture
    faded = pyqtSignal(str)  # key of FinishedResult: its opacity was set, or could not be
    place_failed = pyqtSignal(object, object)  # keys of FinishedResult, Failure
    saved = pyqtSignal(str, object)  # key of FinishedResult, SavedFile
    record_saved = pyqtSignal(object)  # SavedFile
    save_failed = pyqtSignal(str, object)  # key of FinishedResult, Failure
    note_read = pyqtSignal(str, str, str)  # document, layer or "", text
    region_captured = pyqtSignal(object)  # Region
    selection_captured = pyqtSignal(str, object)  # key of a job, HostMask or None
    capture_failed = pyqtSignal(str, object)  # key of a job, Failure
    failed = pyqtSignal(object)  # Failure of anything else
    invoked = pyqtSignal(object)  # Invoked: a menu entry of the host
    closed = pyqtSignal(object)  # LinkClosed
    attached = pyqtSignal(bool, object)  # whether the host's docker took the window; the host's own window id

    def __init__(self, host: Host, codec: PictureCodec | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._host = host
        self._codec = codec or FileCodec()
        self._worker = Worker("panel-host")
        self._screen: x11.Screen | None = None  # of the worker alone
        has_pointer = QGuiApplication.platformName() == "xcb"
        is_painting = self._is_painting if has_pointer else lambda: False
        self._previews = CanvasPreviews(host, self._worker, is_painting)
        self._overlay = CanvasOverlay(host, self._worker, is_painting)
        self._layers = LayerWatch(host, self._worker, self.layers_seen.emit)
        self._watch = TargetWatch(host, self._worker, self.status_changed.emit)

    def start(self) -> None:
        """Begin to follow the host."""
        self._host.subscribe(self._receive_event)
        self._watch.start()

    def close(self) -> None:
        """Finish what was asked for, take the previews away, end the link."""
        self._watch.stop()
        self._layers.stop()
        self._previews.drop_all()
        self._overlay.show(None)
        self._worker.close(last=self._host.close)

    def attach(self, window: int, *, embed: bool) -> None:
        """Offer the panel's window (an X11 id) to the host, or ask for the host's window to stay above it."""
        self._worker.submit(lambda: self._attach(window, embed))

    def read(self, key: str, jobs: Sequence[Job], regions: Sequence[Region]) -> None:
        """Read pixels and coverage of every job."""
        self._worker.submit(lambda: self._read_all(key, tuple(jobs), tuple(regions)))

    def push_preview(self, job: Job, frame: Frame) -> None:
        """Show a preview on the canvas."""
        if self._host.info.can_preview:
            self._previews.push(job, frame)

    def show_overlay(self, overlay: Overlay | None) -> None:
        """Show a picture on the canvas that is only looked at, or none any more."""
        if self._host.info.can_overlay:
            self._overlay.show(overlay)

    def drop_previews(self, jobs: Sequence[str]) -> None:
        """Remove preview layers."""
        self._previews.drop(jobs)

    def place(self, results: Sequence[FinishedResult], target: Target) -> None:
        """Add results as layers."""
        self._worker.submit(lambda: self._place(tuple(results), target))

    def take_back(self, results: Sequence[FinishedResult]) -> None:
        """Take layers out of the document."""
        self._submit(lambda: self._take_back(tuple(results)))

    def bring_back(self, results: Sequence[FinishedResult]) -> None:
        """Bring layers back."""
        self._submit(lambda: self._bring_back(tuple(results)))

    def set_opacity(self, result: FinishedResult, opacity: float, since: float | None) -> None:
        """Change a layer's opacity."""
        self._worker.submit(lambda: self._set_opacity(result, opacity, since))

    def scale(self, result: FinishedResult, before: HostPicture, amount: float) -> None:
        """Compute a result with more of its change."""
        self._worker.submit(lambda: self.scaled.emit(result.key, scaled(result.result, before, amount)))

    def choose_document(self, document: str) -> None:
        """Edit another of the open documents."""
        self._worker.submit(lambda: self._watch.choose(document))

    def watch_layers(self, documents: Sequence[str]) -> None:
        """Report which layers documents hold."""
        self._layers.follow(documents)

    def save(self, result: FinishedResult, path: Path) -> None:
        """Write one result to a file."""
        self._worker.submit(lambda: self._save(result, path))

    def capture_selection(self, key: str, target: Target) -> None:
        """Remember the selection for an edit that waits."""
        self._worker.submit(lambda: self._capture_selection(key, target))

    def read_note(self, document: str, layer: str = "") -> None:
        """Read what is kept with a document, or with one of its layers."""
        self._worker.submit(lambda: self._read_note(document, layer))

    def write_note(self, document: str, text: str) -> None:
        """Keep a text with a document."""
        self._worker.submit(lambda: self._write_note(document, text))

    def place_change_map(self, result: FinishedResult) -> None:
        """Add a layer that is white where a result changed its pixels."""
        self._submit(lambda: self._place_change_map(result))

    def select_change_map(self, result: FinishedResult) -> None:
        """Make where a result changed its pixels the selection."""
        self._submit(lambda: self._select_change_map(result))

    def save_record(self, result: FinishedResult, path: Path) -> None:
        """Write how one result was made."""
        self._worker.submit(lambda: self._save_record(result, path))

    def capture_region(self, target: Target) -> None:
        """Remember the selection as a region."""
        self._submit(lambda: self._capture(target))

    def list_regions(self, target: Target, *, layers: bool) -> None:
        """Make regions of what is saved in the document, or of the active layer's group."""
        self._submit(lambda: self._list(target, layers))

    # --- on the worker ----------------------------------------------------------------------

    def _submit(self, work: Callable[[], None]) -> None:
        """Do what has no signal of its own for a refusal of the host."""

        def guarded() -> None:
            try:
                work()
            except HostError as error:
                self.failed.emit(_failure(error))

        self._worker.submit(guarded)

    def _is_painting(self) -> bool:
        if self._screen is None:
            self._screen = x11.Screen()
        return self._screen.is_button_down()

    def _attach(self, window: int, embed: bool) -> None:
        try:
            is_embedded = embed and self._host.info.can_embed and self._host.embed_window(window)
            parent = 0 if is_embedded else self._host.parent_window()
        except HostError:
            is_embedded, parent = False, 0
        self.attached.emit(is_embedded, parent)

    def _read_all(self, key: str, jobs: tuple[Job, ...], regions: tuple[Region, ...]) -> None:
        reads: dict[str, Read] = {}
        for part in by_document(jobs, regions):
            try:
                reads |= read_document(self._host, part)
            except HostError as error:
                for job, _ in part:
                    self.read_failed.emit(job.key, _failure(error))
        for job, read in reads.items():
            self._previews.remember_mask(job, read.mask)
        if reads:
            self.pictures_read.emit(key, reads)

    def _place(self, results: tuple[FinishedResult, ...], target: Target) -> None:
        keys = tuple(finished.key for finished in results)
        self._previews.drop_now(tuple(finished.job.key for finished in results))
        group = self._group_name(results) if len(results) > 1 else ""
        try:
            placements = tuple(_placement(finished) for finished in results)
            layers = self._host.place_results(target.document, placements, canvas=target.canvas, group=group)
        except HostError as error:
            self.place_failed.emit(keys, _failure(error))
        else:
            self.placed.emit(keys, tuple(layers))

    def _take_back(self, results: tuple[FinishedResult, ...]) -> None:
        self._host.take_back(results[0].job.target.document, [k.layer for k in results])
        self.taken_back.emit(tuple(k.key for k in results))

    def _bring_back(self, results: tuple[FinishedResult, ...]) -> None:
        target, layers = results[0].job.target, tuple(k.layer for k in results)
        if self._host.bring_back(target.document, layers):
            self.placed.emit(tuple(k.key for k in results), layers)
        else:
            self._place(results, target)

    def _set_opacity(self, result: FinishedResult, opacity: float, since: float | None) -> None:
        try:
            self._host.set_opacity(result.job.target.document, result.layer, opacity, since)
        except HostError as error:
            self.failed.emit(_failure(error))
        self.faded.emit(result.key)

    def _place_change_map(self, finished: FinishedResult) -> None:
        target, result = finished.job.target, finished.result
        if result.change_map is None:
            return
        picture = pixels.white(result.change_map.rect, target.format, result.picture.icc)
        name = layer_name(tr("Change map of {words}").format(words=finished.job.instruction))
        placement = Placement(picture=picture, name=name, mask=result.change_map)
        self._host.place_results(target.document, (placement,), canvas=target.canvas)

    def _select_change_map(self, finished: FinishedResult) -> None:
        if finished.result.change_map is not None:
            mask = pixels.stretched(finished.result.change_map)
            self._host.select(finished.job.target.document, mask)

    def _group_name(self, results: tuple[FinishedResult, ...]) -> str:
        """Of a batch. Not the name of any layer in it: GIMP would number that one."""
        words = self.tr("{instruction} + {count} more")
        first = layer_name(results[0].job.instruction, MAX_NAME - len(words))
        return words.format(instruction=first, count=len(results) - 1)

    def _save(self, finished: FinishedResult, path: Path) -> None:
        try:
            picture = pixels.cut_out(finished.result.picture, finished.result.weight)
            loss = self._codec.write(path, picture, [finished.result.record_json])
        except (HostError, OSError) as error:
            is_plain = isinstance(error, HostError) and error.reason != "HOST_FAILED"
            reason = error.reason if isinstance(error, HostError) and is_plain else "FILE_NOT_WRITTEN"
            self.save_failed.emit(finished.key, Failure(reason=reason, message=str(error)))
        else:
            self.saved.emit(finished.key, SavedFile(name=path.name, loss=loss))

    def _read_note(self, document: str, layer: str) -> None:
        try:
            text = self._host.read_note(document, layer=layer)
        except HostError:
            text = ""  # closed or busy: as if nothing were kept
        self.note_read.emit(document, layer, text)

    def _write_note(self, document: str, text: str) -> None:
        try:
            self._host.write_note(document, text)
        except HostError as error:
            log.warning("nothing is kept with the document: %s", error)

    def _capture_selection(self, key: str, target: Target) -> None:
        try:
            mask = self._host.read_selection(target.document)
        except HostError as error:
            self.capture_failed.emit(key, _failure(error))
        else:
            self.selection_captured.emit(key, mask)

    def _save_record(self, finished: FinishedResult, path: Path) -> None:
        try:
            path.write_text(_record(finished), encoding="utf-8")
        except OSError as error:
            self.failed.emit(Failure(reason="FILE_NOT_WRITTEN", message=str(error)))
        else:
            self.record_saved.emit(SavedFile(name=path.name))

    def _capture(self, target: Target) -> None:
        mask = self._host.read_selection(target.document)
        if mask is None or not any(mask.coverage):
            self.failed.emit(Failure(reason="NOTHING_SELECTED", message=""))
            return
        key = uuid.uuid4().hex[:8]
        name = self.tr("Selection")
        self.region_captured.emit(
            Region(key=key, document=target.document, name=name, bounds=mask.rect, mask=mask)
        )

    def _list(self, target: Target, layers: bool) -> None:
        infos = self._host.regions(target.document)
        wanted = [info for info in infos if (info.kind == "layer") == layers]
        if not wanted:
            reason = "NO_GROUP" if layers else "NO_SAVED_SELECTIONS"
            self.failed.emit(Failure(reason=reason, message=""))
        for info in wanted:
            self.region_captured.emit(
                Region(
                    key=uuid.uuid4().hex[:8],
                    document=target.document,
                    name=info.name,
                    bounds=info.rect,
                    source=info.id,
                )
            )

    def _receive_event(self, event: HostEvent) -> None:
        """On the host's own thread: hand it on."""
        if isinstance(event, StateChanged):
            self._watch.changed(event.state)
            self._layers.check()
        elif isinstance(event, PreviewLost):
            self._previews.note_lost(event)
        elif isinstance(event, PreviewSaved):
            self.failed.emit(Failure(reason="PREVIEW_SAVED", message=""))
        elif isinstance(event, Invoked):
            self.invoked.emit(event)
        else:
            self._watch.lost()
            self.closed.emit(event)


def layer_name(instruction: str, length: int = MAX_NAME) -> str:
    """The instruction as the name of a layer, on one line of at most `length` characters."""
    line = " ".join(instruction.split())
    return line if len(line) <= length else line[: length - 1] + "\u2026"


def _placement(finished: FinishedResult) -> Placement:
    result = finished.result
    return Placement(
        picture=result.picture,
        name=layer_name(finished.job.instruction),
        mask=result.weight,
        provenance=_record(finished),
        above=finished.job.source_layer,
        opacity=finished.opacity,
        replaces=finished.replaces,
    )


def _record(finished: FinishedResult) -> str:
    return finished.result.record_json or json.dumps({"instruction": finished.job.instruction})


def _failure(error: HostError) -> Failure:
    return Failure(reason=error.reason, message=error.message)
