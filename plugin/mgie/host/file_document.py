"""One opened picture file: the picture, the results placed on it as layers, and the steps between."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mgie.host.types import DocumentInfo, HostMask, HostPicture, LayerInfo, Placement

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

    def take_step(self, results: Results) -> None:
        """Go on with other results; that can be undone."""
        self.steps.append(self.results)
        self.undone.clear()
        self.results, self.merged = results, None

    def undo(self) -> bool:
        """Take the last step back; False when there is none."""
        if not self.steps:
            return False
        self.undone.append(self.results)
        self.results, self.merged = self.steps.pop(), None
        return True

    def redo(self) -> bool:
        """Do the last undone step again; False when there is none."""
        if not self.undone:
            return False
        self.steps.append(self.results)
        self.results, self.merged = self.undone.pop(), None
        return True

    def layers(self) -> list[LayerInfo]:
        """Results on top of the file's own picture."""
        results = [
            LayerInfo(id=n, name=p.name, kind="paint", rect=p.picture.rect, opacity=p.opacity)
            for n, p in reversed(self.results)
        ]
        return [*results, LayerInfo(id="base", name=self.path.name, kind="paint", rect=self.base.rect)]


def document_id(path: Path, picture: HostPicture) -> str:
    """Of a file and what is in it: the same in every run, and another one for another picture."""
    digest = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogatepass") + b"\0")
    digest.update(repr((picture.rect, picture.format)).encode() + picture.icc)
    digest.update(picture.pixels)
    return f"file-{digest.hexdigest()[:32]}"


def holds(steps: Sequence[Results], layers: Sequence[str]) -> bool:
    """Whether all of these layers are there after the step that would be taken next."""
    return bool(steps) and set(layers) <= {name for name, _ in steps[-1]}


def with_opacity(results: Results, layer: str, opacity: float) -> Results:
    """The same results with another opacity of one layer."""
    return tuple((n, replace(p, opacity=opacity) if n == layer else p) for n, p in results)
