"""The histories of documents as files beside the drafts, one for each, bounded in number and size."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import cast
from weakref import WeakKeyDictionary

from PyQt6.QtCore import QObject, Qt, pyqtSignal

from mgie.api.rect import Rect
from mgie.atomic_write import write_atomically
from mgie.panel.host_link import HostLink
from mgie.panel.pixels import frame_from_jpeg, jpeg_of
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.past import Past, PastEdit
from mgie.panel.state.pictures import Frame
from mgie.panel.state.saved import settings_from_json
from mgie.panel.worker import Worker

log = logging.getLogger(__name__)

FOLDER = "history"
VERSION = 1
MAX_BYTES = 600_000  # of one history; its oldest pictures go first
NOTE_BYTES = 100_000  # of the copy in the document
MAX_FILES = 200  # the ones written last stay
# Every small picture as JPEG in base64, made once: written with each change, and each coding loses some.
_CODED: WeakKeyDictionary[Frame, str] = WeakKeyDictionary()


class HistoryKeeper(QObject):
    """Reads a document's history when it is first seen, and writes what becomes of it."""

    loaded = pyqtSignal(str, object)  # document, Past

    def __init__(
        self, session: Session, folder: Path, host: HostLink | None = None, parent: QObject | None = None
    ) -> None:
        """host: whose documents keep a copy of their own, so that it goes where the document goes."""
        super().__init__(parent)
        self._session, self._host = session, host
        self._folder = folder / FOLDER
        self._seen: set[str] = set()
        self._written: Mapping[str, Past] = {}
        self._worker = Worker("panel-history")
        self.loaded.connect(session.past.loaded, type=Qt.ConnectionType.QueuedConnection)  # pyright: ignore[reportCallIssue]
        session.subscribe(self._changed)

    def close(self) -> None:
        """Write what is not written yet."""
        self._worker.close()

    def _changed(self, state: PanelState) -> None:
        document = state.document
        if document and document not in self._seen:
            self._seen.add(document)
            self._worker.submit(lambda: self._load(document))
            if self._host is not None:
                self._host.read_note(document)
        if state.past is not self._written:
            changed = {d: p for d, p in state.past.items() if self._written.get(d) != p}
            placed = {finished.key for finished in state.finished}
            fresh = {d for d, p in changed.items() if p and p[:1] != self._written.get(d, ())[:1]}
            self._written = state.past
            for name in fresh:
                if changed[name][0].key in placed:  # the document has just been changed anyway
                    self._worker.submit(lambda past=changed[name], name=name: self._note(name, past))
            for name, past in changed.items():
                self._worker.submit(lambda name=name, past=past: self._write(name, past))

    def _load(self, document: str) -> None:
        try:
            past = from_json(self._path(document).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as error:
            log.warning("a history cannot be read: %s", error)
            return
        if past:
            self.loaded.emit(document, past)

    def _write(self, document: str, past: Past) -> None:
        try:
            write_atomically(self._path(document), to_json(past).encode(), mode=0o600)
            files = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
            for path in files[:-MAX_FILES]:
                path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("a history is not kept: %s", error)

    def note_read(self, document: str, layer: str, text: str) -> None:
        """The host handed over what is kept with a document, or with a layer."""
        if layer:
            self._session.past.record_read(document, text)
        elif past := from_json(text):
            self._session.past.loaded(document, past)

    def _note(self, document: str, past: Past) -> None:
        if self._host is not None:
            self._host.write_note(document, to_json(past, NOTE_BYTES))

    def _path(self, document: str) -> Path:
        return self._folder / f"{hashlib.sha256(document.encode()).hexdigest()[:32]}.json"


def to_json(past: Past, max_bytes: int = MAX_BYTES) -> str:
    """A history as text of at most `max_bytes`: where it is too long, its oldest entries go."""
    entries = [_entry(edit) for edit in past]
    text = json.dumps({"version": VERSION, "entries": entries})
    while len(text) > max_bytes and entries:
        entries = entries[: len(entries) * 3 // 4]
        text = json.dumps({"version": VERSION, "entries": entries})
    return text


def from_json(text: str) -> Past:
    """A history; an entry that cannot be read is left out."""
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    entries = loaded.get("entries") if isinstance(loaded, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if not isinstance(entries, list):
        return ()
    read = [
        _edit(cast("dict[str, object]", entry))
        for entry in cast("list[object]", entries)
        if isinstance(entry, dict)
    ]
    return tuple(edit for edit in read if edit is not None)


def _entry(edit: PastEdit) -> dict[str, object]:
    picture = edit.picture
    saved: dict[str, object] = {
        "key": edit.key,
        "instruction": edit.instruction,
        "text": edit.text,
        "settings": asdict(edit.settings),
        "seed": edit.seed,
        "time_s": edit.time_s,
        "is_starred": edit.is_starred,
    }
    if picture is not None:
        saved["picture"] = _CODED.get(picture) or _coded(picture, base64.b64encode(jpeg_of(picture)).decode())
        saved["place"] = list(picture.place)
    return saved


def _edit(saved: dict[str, object]) -> PastEdit | None:
    key, instruction, seed = saved.get("key"), saved.get("instruction"), saved.get("seed")
    time_s, text = saved.get("time_s"), saved.get("text", "")
    is_whole = isinstance(key, str) and isinstance(instruction, str) and isinstance(text, str)
    if not is_whole or type(seed) is not int or not isinstance(time_s, int | float):
        return None
    return PastEdit(
        key=cast("str", key),
        instruction=cast("str", instruction),
        text=cast("str", text),
        settings=settings_from_json(saved.get("settings")),
        seed=seed,
        time_s=float(time_s),
        picture=_picture(saved.get("picture"), saved.get("place")),
        is_starred=saved.get("is_starred") is True,
    )


def _picture(data: object, place: object) -> Frame | None:
    if not isinstance(data, str) or not isinstance(place, list):
        return None
    try:
        frame = frame_from_jpeg(base64.b64decode(data, validate=True), Rect(*cast("list[int]", place)))
    except (ValueError, TypeError):
        return None
    if frame is not None:
        _coded(frame, data)
    return frame


def _coded(frame: Frame, data: str) -> str:
    _CODED[frame] = data
    return data
