"""A `Host` on plain picture files: the panel standing alone. Each result is a layer over the file's picture.

Nothing is written until `save_copy`, and never over the original. Reading, writing and blending are a
`PictureCodec`'s; the one here is exact and knows PNG only, the panel brings a faster one for every format.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from mgie.api.rect import Rect
from mgie.host.blend import blend_picture, crop_picture
from mgie.host.errors import HostError
from mgie.host.png import read_png, write_png
from mgie.host.types import (
    PREVIEW_FORMAT,
    DocumentInfo,
    HostEvent,
    HostInfo,
    HostMask,
    HostPicture,
    HostState,
    LayerInfo,
    Placement,
    SavedSelection,
    StateChanged,
    refuse,
)


class PictureCodec(Protocol):
    """What FileHost needs to know about picture files."""

    def read(self, path: Path) -> HostPicture:
        """The picture of a file, placed at (0, 0). UNSUPPORTED_FORMAT when it cannot be read."""
        ...

    def write(
        self, path: Path, picture: HostPicture, records: Sequence[str], like: HostPicture | None = None
    ) -> tuple[str, ...]:
        """Write a picture; returns sentences on what the file does not keep.

        records: JSON of the edits in order, for the metadata where the format has some; like: a picture that
        `read` gave, whose metadata the file takes over.
        """
        ...

    def blend(self, base: HostPicture, picture: HostPicture, mask: HostMask | None) -> HostPicture:
        """`base` with `picture` over it, both of the same format. Where the mask is 0 nothing changes."""
        ...


class PngCodec:
    """PNG by the standard library."""

    def read(self, path: Path) -> HostPicture:
        """The picture of a PNG file."""
        return read_png(path)

    def write(
        self, path: Path, picture: HostPicture, records: Sequence[str], like: HostPicture | None = None
    ) -> tuple[str, ...]:
        """Write a PNG file; the records go into a file of their own beside it, a line each."""
        write_png(path, picture)
        if records:
            path.with_suffix(path.suffix + ".json").write_text("\n".join(records), encoding="utf-8")
        return ()

    def blend(self, base: HostPicture, picture: HostPicture, mask: HostMask | None) -> HostPicture:
        """One picture over another."""
        return blend_picture(base, picture, mask)


Results = tuple[tuple[str, Placement], ...]


@dataclass
class FileDocument:
    """One opened file and the results placed on it."""

    id: str
    path: Path
    base: HostPicture
    results: Results = ()  # (layer id, result), lowest first
    steps: list[Results] = field(default_factory=lambda: [])  # the results before each step, oldest first
    undone: list[Results] = field(default_factory=lambda: [])  # and after each that was taken back
    selection: HostMask | None = None
    merged: HostPicture | None = None  # base with all results, until something changes

    def info(self) -> DocumentInfo:
        """As the panel sees it."""
        rect = self.base.rect
        bounds = None if self.selection is None else self.selection.rect
        layers = self.layers()
        return DocumentInfo(
            id=self.id,
            name=self.path.name,
            width=rect.width,
            height=rect.height,
            format=self.base.format,
            active_layer=layers[0],
            selection=bounds,
        )

    def position_above(self, layer: str) -> int:
        """Where a result goes among the others: right above a layer, or on top."""
        ids = ["base", *(name for name, _ in self.results)]
        return ids.index(layer) if layer in ids else len(self.results)

    def layers(self) -> list[LayerInfo]:
        """Results on top of the file's own picture."""
        results = [
            LayerInfo(id=name, name=placement.name, kind="paint", rect=placement.picture.rect)
            for name, placement in reversed(self.results)
        ]
        return [*results, LayerInfo(id="base", name=self.path.name, kind="paint", rect=self.base.rect)]


def document_id(path: Path, picture: HostPicture) -> str:
    """Of a file and what is in it: the same in every run, and another one for another picture."""
    digest = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogatepass") + b"\0")
    digest.update(repr((picture.rect, picture.format)).encode() + picture.icc)
    digest.update(picture.pixels)
    return f"file-{digest.hexdigest()[:32]}"


class FileHost:
    """Picture files as documents."""

    def __init__(self, paths: Sequence[Path] = (), codec: PictureCodec | None = None) -> None:
        self._codec: PictureCodec = codec or PngCodec()
        self._documents: dict[str, FileDocument] = {}
        self._active = ""
        self._num_ids = 0
        self._listeners: list[Callable[[HostEvent], None]] = []
        self._previews: dict[str, tuple[str, Rect]] = {}
        self._lock = threading.RLock()
        self.info = HostInfo(program="files", version="1", can_preview=False)
        for path in paths:
            self.open(path)

    def open(self, path: Path) -> str:
        """Open a file, or bring it to the front, as the active document; returns its id."""
        picture = self._codec.read(path)
        name = document_id(path, picture)
        with self._lock:
            self._documents.setdefault(name, FileDocument(id=name, path=path, base=picture))
            self._active = name
        self._tell()
        return name

    def close_document(self, document: str) -> None:
        """Forget a file."""
        with self._lock:
            self._find(document)
            del self._documents[document]
            if self._active == document:
                self._active = next(reversed(self._documents), "")
        self._tell()

    def activate(self, document: str) -> None:
        """Make a document the one that is edited."""
        with self._lock:
            self._active = self._find(document).id
        self._tell()

    def select(self, document: str, mask: HostMask | None) -> None:
        """Set the selection, since there is no host to draw one in."""
        with self._lock:
            self._find(document).selection = mask
        self._tell()

    def undo(self, document: str) -> bool:
        """Take the last step back; False when there is none."""
        with self._lock:
            found = self._find(document)
            if not found.steps:
                return False
            found.undone.append(found.results)
            found.results = found.steps.pop()
            found.merged = None
        self._tell()
        return True

    def redo(self, document: str) -> bool:
        """Do the last undone step again; False when there is none."""
        with self._lock:
            found = self._find(document)
            if not found.undone:
                return False
            found.steps.append(found.results)
            found.results = found.undone.pop()
            found.merged = None
        self._tell()
        return True

    def save_copy(self, document: str, path: Path) -> tuple[str, ...]:
        """Write what the document looks like now; returns what the file does not keep. Never the original."""
        with self._lock:
            found = self._find(document)
            if path.resolve() == found.path.resolve():
                raise refuse(f"{path.name} is the original; choose another name")
            records = [placement.provenance for _, placement in found.results if placement.provenance]
            picture = self._merge(found)
        return self._codec.write(path, picture, records, like=found.base)

    def subscribe(self, listener: Callable[[HostEvent], None]) -> None:
        """Deliver events to `listener`, on the thread that caused them."""
        self._listeners.append(listener)

    def state(self) -> HostState:
        """All opened files."""
        with self._lock:
            infos = tuple(document.info() for document in self._documents.values())
            return HostState(documents=infos, active=self._active)

    def document(self, document: str) -> DocumentInfo:
        """One opened file."""
        with self._lock:
            return self._find(document).info()

    def layers(self, document: str) -> list[LayerInfo]:
        """Results, then the picture itself."""
        with self._lock:
            return self._find(document).layers()

    def read_pixels(self, document: str, rect: Rect | None = None, *, layer: str = "") -> HostPicture:
        """What the document looks like, or the file's own picture for the layer "base"."""
        with self._lock:
            found = self._find(document)
            if layer not in ("", "base"):
                raise HostError("LAYER_GONE", "results of a file are read as part of the whole")
            picture = found.base if layer == "base" else self._merge(found)
        wanted = picture.rect if rect is None else rect.intersect(picture.rect)
        return crop_picture(picture, wanted)

    def read_selection(self, document: str) -> HostMask | None:
        """What `select` has set."""
        with self._lock:
            return self._find(document).selection

    def regions(self, document: str) -> list[SavedSelection]:
        """Files hold none."""
        with self._lock:
            self._find(document)
        return []

    def read_region(self, document: str, region: str) -> HostMask:
        """Files hold none."""
        raise HostError("LAYER_GONE", "picture files hold no saved regions")

    def begin_preview(
        self,
        document: str,
        rect: Rect,
        *,
        mask: HostMask | None = None,
        name: str = "",
        keep: bool = False,
        above: str = "",
    ) -> str:
        """An id only: the panel shows previews itself, there is no canvas."""
        with self._lock:
            self._find(document)
            preview = self._new_id("preview")
            self._previews[preview] = (document, rect)
        return preview

    def push_preview(self, preview: str, picture: HostPicture) -> None:
        """Checked and let go."""
        if picture.format != PREVIEW_FORMAT:
            raise refuse("a preview is 8-bit RGBA")

    def drop_preview(self, preview: str) -> None:
        """Forget the id."""
        with self._lock:
            self._previews.pop(preview, None)

    def place_results(
        self, document: str, placements: Sequence[Placement], *, canvas: Rect, group: str = ""
    ) -> list[str]:
        """Put results over the picture, in one undo step."""
        with self._lock:
            found = self._find(document)
            if canvas != found.base.rect:
                raise HostError("CANVAS_CHANGED", f"{found.path.name} has another size now")
            if not placements:
                raise refuse("there is no result to place")
            for placement in placements:
                if placement.picture.format != found.base.format:
                    raise HostError("FORMAT_CHANGED", "the result has another pixel format than the file")
            names = [self._new_id("layer") for _ in placements]
            found.steps.append(found.results)
            position = found.position_above(placements[0].above)
            fresh = tuple(zip(names, placements, strict=True))
            found.results = (*found.results[:position], *fresh, *found.results[position:])
            found.undone.clear()
            found.merged = None
        self._tell()
        return names

    def parent_window(self) -> int:
        """There is none."""
        return 0

    def embed_window(self, window_id: int) -> bool:
        """There is no docker."""
        return False

    def read_note(self, document: str, *, layer: str = "") -> str:
        """How a result that was placed here was made; files keep no notes."""
        with self._lock:
            results = self._find(document).results
        return next((placed.provenance for name, placed in results if layer and name == layer), "")

    def write_note(self, document: str, text: str) -> None:
        """Files keep none."""
        with self._lock:
            self._find(document)

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._documents.clear()
            self._previews.clear()
            self._active = ""

    def _find(self, document: str) -> FileDocument:
        found = self._documents.get(document)
        if found is None:
            raise HostError("DOCUMENT_CLOSED", "this file is no longer open")
        return found

    def _merge(self, document: FileDocument) -> HostPicture:
        """The picture with all results; every layer, placed where its region lies."""
        if document.merged is None:
            picture = document.base
            for _, placement in document.results:
                picture = self._codec.blend(picture, placement.picture, placement.mask)
            document.merged = replace(picture, icc=document.base.icc)
        return document.merged

    def _new_id(self, kind: str) -> str:
        self._num_ids += 1
        return f"{kind}-{self._num_ids}"

    def _tell(self) -> None:
        event = StateChanged(state=self.state())
        for listener in list(self._listeners):
            listener(event)
