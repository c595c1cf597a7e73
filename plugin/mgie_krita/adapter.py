"""Krita behind the adapter interface. Every call comes on Krita's main thread."""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false, reportAttributeAccessIssue=false
# (Krita's module exists inside Krita only)

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from krita import Document, Krita, Node, Selection, View

from mgie.api.rect import Rect
from mgie.host.errors import HostError
from mgie.host.identity import DocumentNames
from mgie.host.masks import trim_mask
from mgie.host.types import (
    DocumentInfo,
    HostInfo,
    HostMask,
    HostState,
    LayerInfo,
    LayerKind,
    PixelFormat,
    Placement,
    SavedSelection,
)
from mgie_krita.layers import (
    NOTE,
    PROVENANCE,
    KritaPreview,
    groups_around,
    is_faded,
    node_id,
    place,
    walk,
)
from mgie_krita.overlay import KritaOverlay
from mgie_krita.pixels import DocumentSource, color_format, document_format, read_alpha, unsupported
from mgie_krita.placed import bring_back, nodes_in, set_opacity, take_back
from mgie_krita.qt import QtCore, QtWidgets
from mgie_krita.saving import SaveWatch

KINDS: dict[str, LayerKind] = {"paintlayer": "paint", "grouplayer": "group"}


class KritaAdapter:
    """The documents of a running Krita that have a window."""

    def __init__(self, embed: Callable[[int], bool]) -> None:
        self._embed = embed
        self._previews: list[KritaPreview] = []
        self._names = DocumentNames()
        self._seen: dict[int, Document] = {}  # open documents by numbers of ours; Krita has none
        self._num_seen = 0
        self._save_watch: SaveWatch | None = None  # from the first preview on

    def info(self) -> HostInfo:
        """Krita and its version. Windows of other processes can be embedded on X11 only."""
        can_embed = QtWidgets.QApplication.platformName() == "xcb"
        version, can_overlay = Krita.instance().version(), hasattr(View, "flakeToCanvasTransform")
        return HostInfo(program="krita", version=version, can_overlay=can_overlay, can_embed=can_embed)

    def state(self) -> HostState:
        """All documents with a window, and the one in front."""
        named = list(self._documents())
        front = Krita.instance().activeDocument()
        active = next((name for name, document in named if document == front), "")
        return HostState(documents=tuple(self._info(*pair) for pair in named), active=active)

    def layers(self, document: str) -> list[LayerInfo]:
        """All layers but masks and previews."""
        return self._list(self._document(document).rootNode(), "", self._preview_ids())

    def open_picture(self, document: str, layer: str) -> DocumentSource:
        """A layer as it is, or what is visible without the previews."""
        found = self._document(document)
        if not layer:
            hidden = [
                preview.node
                for preview in self._living()
                if preview.document == found and preview.is_shown and preview.node.visible()
            ]
            return DocumentSource(found, None, hidden)
        node = self._node(found, layer)
        if color_format(node.colorModel(), node.colorDepth()) != document_format(found):
            message = f"the layer {node.name()} has another colour space than the document"
            raise HostError("UNSUPPORTED_FORMAT", message)
        return DocumentSource(found, node, [])

    def read_selection(self, document: str) -> HostMask | None:
        """The selection with its soft edges."""
        return selection_mask(self._document(document).selection())

    def select(self, document: str, mask: HostMask | None) -> None:
        """Make a mask the selection."""
        found = self._document(document)
        selection = None
        if mask is not None:
            selection = Selection()
            rect, data = mask.rect, QtCore.QByteArray(mask.coverage)
            selection.setPixelData(data, rect.x, rect.y, rect.width, rect.height)
        found.setSelection(selection)
        found.waitForDone()

    def regions(self, document: str) -> list[SavedSelection]:
        """Selection masks saved in the document, then the members of the active layer's group."""
        found = self._document(document)
        canvas = canvas_of(found)
        current = selection_mask(found.selection())
        infos: list[SavedSelection] = []
        for node in walk(found.rootNode()):
            if node.type() == "selectionmask":
                mask = selection_mask(node.selection())
                if mask is not None and mask != current:  # Krita lists the selection itself as such a mask
                    infos.append(
                        SavedSelection(
                            id=node_id(node), name=node.name(), kind="selection_mask", rect=mask.rect
                        )
                    )
        for node in self._group_members(found):
            rect = node_rect(node).intersect(canvas)
            infos.append(SavedSelection(id=node_id(node), name=node.name(), kind="layer", rect=rect))
        return infos

    def read_region(self, document: str, region: str) -> HostMask:
        """The coverage of a selection mask, or the opacity of a layer."""
        found = self._document(document)
        node = self._node(found, region)
        if node.type() == "selectionmask":
            mask = selection_mask(node.selection())
            if mask is None:
                raise HostError("LAYER_GONE", f"the mask {node.name()} selects nothing")
            return trim_mask(mask)
        own = color_format(node.colorModel(), node.colorDepth())
        if own is None:
            raise HostError("UNSUPPORTED_FORMAT", f"the layer {node.name()} is {node.colorModel()}")
        rect = node_rect(node).intersect(canvas_of(found))
        return trim_mask(HostMask(rect=rect, coverage=read_alpha(node, rect, own)))

    def begin_preview(
        self, document: str, rect: Rect, mask: HostMask | None, name: str, above: str
    ) -> KritaPreview:
        """Make a preview layer where its result will be."""
        found = self._document(document)
        if rect.num_pixels == 0 or not canvas_of(found).contains(rect):
            raise HostError("CANVAS_CHANGED", "the preview does not lie on the canvas")
        if self._save_watch is None:
            self._save_watch = SaveWatch(self._withdraw_previews, self._note_saved)
        self._save_watch.watch()
        [below] = self._places_above(found, [above])
        preview = KritaPreview(
            found, rect, mask, name or "MGIE preview", below, self._is_saving, self._previews
        )
        self._previews.append(preview)
        return preview

    def begin_overlay(self, document: str, rect: Rect, above: str) -> KritaOverlay:
        """A picture over Krita's canvas, whatever its layers are."""
        if not self.info().can_overlay:
            raise HostError("BAD_REQUEST", "Krita before 5.2 does not tell where its canvas shows what")
        return KritaOverlay(self._document(document), rect)

    def place_results(
        self, document: str, placements: Sequence[Placement], canvas: Rect, group: str
    ) -> list[str]:
        """Make result layers."""
        found = self._document(document)
        if canvas_of(found) != canvas:
            size = f"{found.width()}x{found.height()}"
            raise HostError(
                "CANVAS_CHANGED", f"the canvas is {size} px now, it was {canvas.width}x{canvas.height}"
            )
        below = self._places_above(found, [placement.above for placement in placements])
        layers = place(found, placements, below, group)
        for node in nodes_in(found, [placement.replaces for placement in placements]):
            node.remove()
            found.waitForDone()
        return layers

    def take_back(self, document: str, layers: Sequence[str]) -> None:
        """Take placed layers out again."""
        take_back(self._document(document), layers)

    def bring_back(self, document: str, layers: Sequence[str]) -> bool:
        """Bring them back."""
        return bring_back(self._document(document), layers)

    def set_opacity(self, document: str, layer: str, opacity: float, since: float | None) -> None:
        """Change a layer's opacity."""
        found = self._document(document)
        set_opacity(found, self._node(found, layer), opacity, since)

    def parent_window(self) -> int:
        """The X11 id of Krita's window."""
        window = Krita.instance().activeWindow()
        if window is None or QtWidgets.QApplication.platformName() != "xcb":
            return 0
        return int(window.qwindow().winId())

    def embed_window(self, window_id: int) -> bool:
        """Take the panel's window into the docker."""
        return self.info().can_embed and self._embed(window_id)

    def read_note(self, document: str, layer: str) -> str:
        """The annotation of a document, or of a layer how it was made."""
        found = self._document(document)
        name = PROVENANCE + layer if layer else NOTE
        if name not in found.annotationTypes():
            return ""
        return bytes(found.annotation(name)).decode("utf-8", "replace")

    def write_note(self, document: str, text: str) -> None:
        """An annotation, saved with the document; Krita keeps no undo step for it."""
        data = QtCore.QByteArray(text.encode())
        self._document(document).setAnnotation(NOTE, "What MGIE made in this document", data)

    def active_id(self) -> str:
        """The id of the document in front; empty without one."""
        return self.state().active

    def _documents(self) -> Iterator[tuple[str, Document]]:
        """Every document with a window, each once, under a name of its own."""
        shown: dict[int, Document] = {}
        for view in Krita.instance().views():
            document = view.document()
            if (
                document is None
                or document.width() == 0
                or any(document == other for other in shown.values())
            ):
                continue  # a closing document has no picture any more: asking on crashes Krita
            shown[self._number(document)] = document
        self._seen = shown
        self._names.keep_only(set(shown))
        for number, document in shown.items():
            yield self._names.name(number, document.fileName(), is_saved=not document.modified()), document

    def _number(self, document: Document) -> int:
        for number, known in self._seen.items():
            if known == document:
                return number
        self._num_seen += 1
        return self._num_seen

    def _document(self, name: str) -> Document:
        for candidate, document in self._documents():
            if candidate == name:
                return document
        raise HostError("DOCUMENT_CLOSED", "the document is no longer open")

    def _node(self, document: Document, name: str) -> Node:
        for node in walk(document.rootNode()):
            if node_id(node) == name:
                return node
        raise HostError("LAYER_GONE", "the layer is no longer in the document")

    def _places_above(self, document: Document, layers: Sequence[str]) -> list[Node | None]:
        """What results of layers go above: each that layer, or the outermost group that would fade it."""
        nodes = {node_id(node): node for node in walk(document.rootNode())}
        found = [nodes.get(layer) for layer in layers]
        return [node and next(filter(is_faded, [*groups_around(node)][::-1]), node) for node in found]

    def _is_saving(self) -> bool:
        return self._save_watch is not None and self._save_watch.is_on

    def _withdraw_previews(self, only_unsaved: bool) -> None:
        for preview in reversed(self._living()):  # newest first, so that the undo steps go
            if preview.document.modified() or not only_unsaved:
                preview.withdraw()

    def _note_saved(self, path: str) -> None:
        for preview in self._living():
            preview.note_saved(path)

    def _living(self) -> list[KritaPreview]:
        """The previews that are still there; the others are forgotten."""
        self._previews = [preview for preview in self._previews if preview.is_alive()]
        return self._previews

    def _preview_ids(self) -> set[str]:
        return {node_id(preview.node) for preview in self._living() if preview.is_shown}

    def _group_members(self, document: Document) -> list[Node]:
        """The layers of the active group, or of the group the active layer lies in."""
        active = document.activeNode()
        while active is not None and active.type() != "grouplayer":
            active = active.parentNode()
        if active is None or active.parentNode() is None:
            return []
        previews = self._preview_ids()
        members = [node for node in active.childNodes() if not node.type().endswith("mask")]
        return [node for node in members if node_id(node) not in previews]

    def _active_layer(self, document: Document) -> Node | None:
        """The layer the artist works on: never a mask, never a preview."""
        node = document.activeNode()
        for preview in self._living():
            if node is not None and node == preview.node:
                node = preview.active
        while node is not None and node.type().endswith("mask"):
            node = node.parentNode()
        return node

    def _list(self, parent: Node, parent_id: str, previews: set[str]) -> list[LayerInfo]:
        infos: list[LayerInfo] = []
        for node in reversed(parent.childNodes()):
            if node.type().endswith("mask") or node_id(node) in previews:
                continue
            infos.append(layer_info(node, parent_id))
            if node.type() == "grouplayer":
                infos += self._list(node, infos[-1].id, previews)
        return infos

    def _info(self, name: str, document: Document) -> DocumentInfo:
        node = self._active_layer(document)
        is_root = node is not None and node.parentNode() is None
        own = color_format(document.colorModel(), document.colorDepth())
        parent = (
            ""
            if node is None or is_root or node.parentNode().parentNode() is None
            else node_id(node.parentNode())
        )
        selection = document.selection()
        return DocumentInfo(
            id=name,
            name=document.name() or document.fileName().rsplit("/", 1)[-1] or "unsaved",
            width=document.width(),
            height=document.height(),
            format=own or PixelFormat(sample="u8", channels="rgba"),
            profile_name=document.colorProfile(),
            active_layer=None if node is None or is_root else layer_info(node, parent),
            selection=None if selection is None else selection_rect(selection),
            unsupported=unsupported(document),
        )


def canvas_of(document: Document) -> Rect:
    """The document's canvas."""
    return Rect(x=0, y=0, width=document.width(), height=document.height())


def node_rect(node: Node) -> Rect:
    """What a layer covers; layers without bounds of their own can be huge."""
    bounds = node.bounds()
    far = Rect(x=-(1 << 17), y=-(1 << 17), width=1 << 18, height=1 << 18)
    if bounds.isEmpty() or max(bounds.width(), bounds.height()) > 1 << 19:
        return Rect(x=0, y=0, width=0, height=0) if bounds.isEmpty() else far
    return Rect(x=bounds.x(), y=bounds.y(), width=bounds.width(), height=bounds.height())


def selection_rect(selection: Selection) -> Rect | None:
    """The bounds of a selection; None when it selects nothing."""
    rect = Rect(x=selection.x(), y=selection.y(), width=selection.width(), height=selection.height())
    return rect if rect.num_pixels else None


def selection_mask(selection: Selection | None) -> HostMask | None:
    """A selection with its soft edges; None when it selects nothing."""
    if selection is None:
        return None
    rect = selection_rect(selection)
    if rect is None:
        return None
    data = selection.pixelData(rect.x, rect.y, rect.width, rect.height)
    return HostMask(rect=rect, coverage=bytes(data))


def layer_info(node: Node, parent: str) -> LayerInfo:
    """One layer as the panel sees it."""
    around = list(groups_around(node))
    return LayerInfo(
        id=node_id(node),
        name=node.name(),
        kind=KINDS.get(node.type(), "other"),
        rect=node_rect(node),
        is_visible=node.visible(),
        parent=parent,
        is_in_hidden_group=not all(group.visible() for group in around),
        is_in_locked_group=any(group.locked() for group in around),
        is_in_faded_group=any(is_faded(group) for group in around),
        is_clipped=node.inheritAlpha(),
        opacity=node.opacity() / 255,
    )
