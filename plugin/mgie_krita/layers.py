"""Layers that this plug-in makes. Each is built complete in a document without a window and then added by one
call, so that it is one step in the artist's undo history, mask and group included.
"""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false, reportAttributeAccessIssue=false
# (Krita's module exists inside Krita only)

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from krita import Document, Krita, Node, Selection

from mgie.api.rect import Rect
from mgie.host.errors import HostError
from mgie.host.masks import mask_into_alpha, spread_mask
from mgie.host.types import HostMask, HostPicture, Placement
from mgie_krita.pixels import SRGB, document_format, new_scratch, swap_red_and_blue
from mgie_krita.qt import QtCore

NOTE = "mgie-history"  # a document annotation
PROVENANCE = "mgie-provenance/"  # + the layer's id: a document annotation
SETTLE_MS = 150  # until Krita has done all that follows from a new layer
REFRESH_PAUSE = 2.0  # times the last refresh's own duration, so that painting stays fluid


def layer_parent(node: Node | None) -> tuple[Node | None, Node | None]:
    """The group and the sibling to add a layer above; masks hang below layers and are climbed."""
    while node is not None and node.type().endswith("mask"):
        node = node.parentNode()
    if node is None or node.parentNode() is None:
        return None, None
    return node.parentNode(), node


def is_faded(group: Node) -> bool:
    """Whether what is in a group is not shown as it is."""
    is_masked = any(child.type() == "transparencymask" for child in group.childNodes())
    return group.opacity() < 255 or group.blendingMode() != "normal" or is_masked


def groups_around(node: Node) -> Iterator[Node]:
    """The groups a layer lies in, innermost first, without the root of the document."""
    group = node.parentNode()
    while group is not None and group.parentNode() is not None:
        yield group
        group = group.parentNode()


def write_pixels(node: Node, picture: HostPicture) -> None:
    """Write pixels straight into a layer: no undo step, nothing is refreshed."""
    rect = picture.rect
    data = QtCore.QByteArray(swap_red_and_blue(picture.pixels, picture.format))
    node.setPixelData(data, rect.x, rect.y, rect.width, rect.height)


def add_mask(scratch: Document, node: Node, mask: HostMask) -> bool:
    """Give a layer in a scratch document a transparency mask. False before Krita 5.2, which has none."""
    if not hasattr(scratch, "createTransparencyMask"):
        return False
    selection = Selection()
    rect = mask.rect
    if rect.num_pixels:
        selection.setPixelData(QtCore.QByteArray(mask.coverage), rect.x, rect.y, rect.width, rect.height)
    transparency = scratch.createTransparencyMask("mask")
    transparency.setSelection(selection)
    node.addChildNode(transparency, None)
    return True


def build_layer(
    scratch: Document, parent: Node, picture: HostPicture, mask: HostMask | None, name: str
) -> Node:
    """A paint layer with its mask inside a scratch document."""
    node = scratch.createNode(name, "paintlayer")
    parent.addChildNode(node, None)
    if mask is not None:
        if mask.rect != picture.rect:
            mask = HostMask(rect=picture.rect, coverage=spread_mask(mask, picture.rect))
        if not add_mask(scratch, node, mask):
            picture = mask_into_alpha(picture, mask)
    write_pixels(node, picture)
    return node


def top_layer(document: Document) -> Node | None:
    """The topmost layer; Krita lists the selection as a mask among the layers."""
    layers = [node for node in document.rootNode().childNodes() if not node.type().endswith("mask")]
    return layers[-1] if layers else None


def insert(document: Document, node: Node, below: Node | None) -> Node:
    """Add a finished layer right above `below` or on top of all, the one undo step, and return it.

    Above a layer that is clipped to those below it (inherits their alpha) it is clipped as well.

    The clone of a layer in a scratch document knows no image, and Krita crashes when such a one is removed:
    only what is found in the document itself may be used afterwards.
    """
    name = node_id(node)
    parent, sibling = layer_parent(below or top_layer(document))
    if below is not None and sibling is not None and sibling.inheritAlpha():
        node.setInheritAlpha(True)
    if not (parent or document.rootNode()).addChildNode(node, sibling):
        raise HostError("HOST_FAILED", "Krita did not take the layer")
    document.waitForDone()
    found = next((child for child in walk(document.rootNode()) if node_id(child) == name), None)
    if found is None:
        raise HostError("HOST_FAILED", "Krita did not keep the layer")
    return found


def walk(parent: Node) -> Iterator[Node]:
    """Every node below `parent`."""
    for node in parent.childNodes():
        yield node
        yield from walk(node)


class KritaPreview:
    """A layer that shows previews, always 8-bit sRGB: Krita converts it while it composes."""

    def __init__(
        self,
        document: Document,
        rect: Rect,
        mask: HostMask | None,
        name: str,
        below: Node | None,
        is_saving: Callable[[], bool],
        others: Sequence[KritaPreview] = (),
    ) -> None:
        """below: the layer it goes right above; None for the top. is_saving: whether it has to stay away.

        others: previews that Krita may have made active.
        """
        self.rect = rect
        self.document = document
        self.is_shown = False
        self._name, self._mask, self._below = name, mask, below
        self._is_saving, self._was_saved = is_saving, False
        self._others = others
        self._next_refresh_s = 0.0
        self._is_waiting = False
        self._insert()

    def _insert(self) -> None:
        """Put the layer into the document, as one undo step."""
        self._alpha = None  # of the mask, where Krita has no transparency masks for plug-ins
        active = self.document.activeNode()
        other = self._shown_in(active)
        self.active = other.active if other is not None else active  # stays the artist's
        scratch = new_scratch("RGBA", "U8", SRGB)
        try:
            node = scratch.createNode(self._name, "paintlayer")
            scratch.rootNode().addChildNode(node, None)
            if self._mask is not None and not add_mask(scratch, node, self._mask):
                self._alpha = HostMask(rect=self.rect, coverage=spread_mask(self._mask, self.rect))
            layer = node.clone()
        finally:
            scratch.close()
        below = self._below if self._below is not None and self._below.parentNode() is not None else None
        self.node = insert(self.document, layer, below)
        self.is_shown = True
        self._undo_text = ""
        QtCore.QTimer.singleShot(SETTLE_MS, self._settle)

    def is_alive(self) -> bool:
        """Whether the layer is still in its document, or comes back into it, and that is still open."""
        is_open = any(view.document() == self.document for view in Krita.instance().views())
        return is_open and not (self.is_shown and self.node.parentNode() is None)

    def push(self, picture: HostPicture) -> None:
        """Show 8-bit sRGB pixels; the canvas follows as fast as Krita can redraw."""
        if not self.is_shown and self._is_saving():
            return
        if not self.is_shown:
            self._insert()
        if self._alpha is not None:
            part = HostMask(rect=picture.rect, coverage=spread_mask(self._alpha, picture.rect))
            picture = mask_into_alpha(picture, part)
        write_pixels(self.node, picture)
        if self._is_waiting:
            return
        pause_s = self._next_refresh_s - time.monotonic()
        if pause_s <= 0:
            self._refresh()
        else:
            self._is_waiting = True
            QtCore.QTimer.singleShot(int(pause_s * 1000) + 1, self._refresh_later)

    def withdraw(self) -> None:
        """Leave the document before it is saved; the next push brings the layer back."""
        if self.is_shown:
            self.drop()

    def note_saved(self, path: str) -> None:
        """A file was written while the layer was in the document."""
        own = self.document.fileName()
        self._was_saved = self._was_saved or (self.is_shown and path in (own, f"{own}-autosave.kra"))

    def was_saved(self) -> bool:
        """Whether a file was written with the layer in it since the last question."""
        was_saved, self._was_saved = self._was_saved, False
        return was_saved

    def drop(self) -> None:
        """Remove the layer. When nothing was done since it came, its undo step goes as well."""
        if not self.is_shown:
            return
        self.is_shown = False
        if not self._take_back():
            self.node.remove()
            self.document.waitForDone()
        self.document.refreshProjection()

    def _settle(self) -> None:
        """Krita names the undo step and makes the new layer active some time after it was added."""
        if self.is_shown and self.is_alive():
            self._undo_text = undo_text()
            if self.active is not None and self._shown_in(self.document.activeNode()) is not None:
                self.document.setActiveNode(self.active)

    def _shown_in(self, node: Node | None) -> KritaPreview | None:
        """The preview whose layer a node is."""
        shown = (each for each in (self, *self._others) if each.is_shown and each.document == self.document)
        return next((each for each in shown if each.node == node), None)

    def _take_back(self) -> bool:
        """Undo the step that added the layer, if that is the last one."""
        if Krita.instance().activeDocument() != self.document or undo_text() != self._undo_text:
            return False
        Krita.instance().action("edit_undo").trigger()
        self.document.waitForDone()
        if self.node.parentNode() is None:
            return True
        Krita.instance().action("edit_redo").trigger()  # it was a step of the artist with the same name
        self.document.waitForDone()
        return False

    def _refresh(self) -> None:
        start_s = time.monotonic()
        self.document.refreshProjection()
        end_s = time.monotonic()
        self._next_refresh_s = end_s + REFRESH_PAUSE * (end_s - start_s)

    def _refresh_later(self) -> None:
        self._is_waiting = False
        if self.is_shown and self.is_alive():
            self._refresh()


def undo_text() -> str:
    """What Krita's undo entry names now."""
    return Krita.instance().action("edit_undo").text()


def place(
    document: Document, placements: Sequence[Placement], below: Sequence[Node | None], group: str
) -> list[str]:
    """Put results into the document. A group, or a single layer, is one undo step."""
    expected = document_format(document)
    for placement in placements:
        if placement.picture.format != expected:
            have = f"{placement.picture.format.channels} {placement.picture.format.sample}"
            want = f"{expected.channels} {expected.sample}"
            raise HostError("FORMAT_CHANGED", f"the result is {have}; the document is {want} now")
    scratch = new_scratch(document.colorModel(), document.colorDepth(), document.colorProfile())
    try:
        parent = scratch.rootNode()
        if group or len(placements) > 1:
            parent = scratch.createGroupLayer(group or placements[0].name)
            scratch.rootNode().addChildNode(parent, None)
        nodes = [
            build_layer(scratch, parent, placement.picture, placement.mask, placement.name)
            for placement in placements
        ]
        top = (nodes[0] if parent == scratch.rootNode() else parent).clone()
    finally:
        scratch.close()
    top = insert(document, top, below[0])
    for node, placement in zip(nodes_of(top), placements, strict=True):
        node.setOpacity(round(255 * placement.opacity))
    document.setActiveNode(top)
    ids = [node_id(node) for node in nodes_of(top)]
    for layer_id, placement in zip(ids, placements, strict=True):
        if placement.provenance:
            data = QtCore.QByteArray(placement.provenance.encode())
            document.setAnnotation(PROVENANCE + layer_id, "How MGIE made this layer", data)
    document.refreshProjection()
    return ids


def nodes_of(top: Node) -> list[Node]:
    """The results that were placed at once: a group's, or the single one."""
    return top.childNodes() if top.type() == "grouplayer" else [top]


def node_id(node: Node) -> str:
    """Krita's own id of a layer, the same as long as the layer exists."""
    return node.uniqueId().toString().strip("{}")
