"""A `Host` on plain picture files: the panel standing alone. Each result is a layer over the file's picture.

Nothing is written until `save_copy`, and never over the original. Reading, writing and blending are a
`PictureCodec`'s; the one here is exact and knows PNG only, the panel brings a faster one for every format.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from mgie.api.rect import Rect
from mgie.host.blend import blend_picture, crop_picture
from mgie.host.errors import HostError
from mgie.host.file_document import FileDocument, document_id, holds, with_opacity
from mgie.host.masks import faded_mask
from mgie.host.png import read_png, write_png
from mgie.host.types import (
    PREVIEW_FORMAT,
    DocumentInfo,
    FileLoss,
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
    ) -> FileLoss:
        """Write a picture; returns what the file does not keep.

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
    ) -> FileLoss:
        """Write a PNG file; the records go into a file of their own beside it, a line each."""
        write_png(path, picture)
        if records:
            path.with_suffix(path.suffix + ".json").write_text("\n".join(records), encoding="utf-8")
        return FileLoss()

    def blend(self, base: HostPicture, picture: HostPicture, mask: HostMask | None) -> HostPicture:
        """One picture over another."""
        return blend_picture(base, picture, mask)


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
        """Make a mask the selection; None selects nothing."""
        with self._lock:
            self._find(document).selection = mask
        self._tell()

    def undo(self, document: str) -> bool:
        """Take the last step back; False when there is none."""
        with self._lock:
            is_done = self._find(document).undo()
        if is_done:
            self._tell()
        return is_done

    def redo(self, document: str) -> bool:
        """Do the last undone step again; False when there is none."""
        with self._lock:
            is_done = self._find(document).redo()
        if is_done:
            self._tell()
        return is_done

    def save_copy(self, document: str, path: Path) -> FileLoss:
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

    def begin_overlay(self, document: str, rect: Rect, *, above: str = "") -> str:
        """As `begin_preview`."""
        return self.begin_preview(document, rect, above=above)

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
            position = found.position_above(placements[0].above)
            fresh = tuple(zip(names, placements, strict=True))
            every = (*found.results[:position], *fresh, *found.results[position:])
            gone = {placement.replaces for placement in placements}
            found.take_step(tuple(item for item in every if item[0] not in gone))
        self._tell()
        return names

    def take_back(self, document: str, layers: Sequence[str]) -> None:
        """Take results away: by undo where placing them was the last step, else as a new one."""
        with self._lock:
            found = self._find(document)
            left = tuple(item for item in found.results if item[0] not in layers)
            if found.steps and found.steps[-1] == left:
                found.undo()
            elif left != found.results:
                found.take_step(left)
        self._tell()

    def bring_back(self, document: str, layers: Sequence[str]) -> bool:
        """By redo, or by undo where taking them away was the last step."""
        with self._lock:
            found = self._find(document)
            is_back = (holds(found.undone, layers) and found.redo()) or (
                holds(found.steps, layers) and found.undo()
            )
        self._tell()
        return is_back

    def set_opacity(self, document: str, layer: str, opacity: float, since: float | None = None) -> None:
        """Let what lies below a result show through."""
        with self._lock:
            found = self._find(document)
            if layer not in (name for name, _ in found.results):
                raise HostError("LAYER_GONE", "this result is no longer in the document")
            if since is not None:
                found.results = with_opacity(found.results, layer, since)
                found.take_step(with_opacity(found.results, layer, opacity))
            else:
                found.results, found.merged = with_opacity(found.results, layer, opacity), None
        self._tell()

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
                mask = faded_mask(placement.mask, placement.picture.rect, placement.opacity)
                picture = self._codec.blend(picture, placement.picture, mask)
            document.merged = replace(picture, icc=document.base.icc)
        return document.merged

    def _new_id(self, kind: str) -> str:
        self._num_ids += 1
        return f"{kind}-{self._num_ids}"

    def _tell(self) -> None:
        event = StateChanged(state=self.state())
        for listener in list(self._listeners):
            listener(event)
