"""What becomes of layers once they are placed: taken back, brought back, made more or less opaque."""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false, reportAttributeAccessIssue=false
# (Krita's module exists inside Krita only)

from __future__ import annotations

from collections.abc import Sequence

from krita import Document, Krita, Node

from mgie_krita.layers import node_id, walk
from mgie_krita.qt import QtWidgets

OPACITY_FIELD = "doubleOpacity"  # of Krita's layer docker


def take_back(document: Document, layers: Sequence[str]) -> None:
    """Take layers out: by Krita's undo where that does it, else each as a new step."""
    found = nodes_in(document, layers)
    if not found:
        return
    group = found[0].parentNode()
    is_whole = all(node_id(child) in layers for child in group.childNodes())
    is_part = group.parentNode() is not None and not is_whole  # undo would take its whole group out
    can_undo = is_in_front(document) and not is_part
    if not (can_undo and step(document, "edit_undo", layers, is_there=False)):
        is_whole = is_whole and len(found) > 1
        for node in [group] if is_whole else found:
            node.remove()
            document.waitForDone()
    document.refreshProjection()


def bring_back(document: Document, layers: Sequence[str]) -> bool:
    """By Krita's redo, or by undo where taking them out was a step of its own; False where neither does."""
    if not is_in_front(document):
        return False
    is_back = any(step(document, name, layers, is_there=True) for name in ("edit_redo", "edit_undo"))
    if is_back:
        document.refreshProjection()
    return is_back


def step(document: Document, name: str, layers: Sequence[str], *, is_there: bool) -> bool:
    """Undo or redo once, if the layers are all there (or all gone) afterwards; else nothing is changed."""
    before = standing(document)
    Krita.instance().action(name).trigger()
    document.waitForDone()
    if len(nodes_in(document, layers)) == (len(layers) if is_there else 0):
        return True
    if standing(document) != before:  # there was a step, and it was another one
        Krita.instance().action(_OPPOSITE[name]).trigger()
        document.waitForDone()
    return False


_OPPOSITE = {"edit_undo": "edit_redo", "edit_redo": "edit_undo"}


def standing(document: Document) -> tuple[str, ...]:
    """Where the document stands in its history, as far as Krita tells: what is next, and the layers."""
    texts = [Krita.instance().action(name).text() for name in _OPPOSITE]
    return (*texts, *(node_id(node) for node in walk(document.rootNode())))


def set_opacity(document: Document, node: Node, opacity: float, since: float | None) -> None:
    """Change a layer's opacity (0..1): one undo step from `since`, none where that is None.

    Krita gives plug-ins no undoable way, so the step is made through the field of its layer docker; where
    that cannot be found the opacity changes without a step.
    """
    node.setOpacity(round(255 * (opacity if since is None else since)))
    if since is not None and not type_opacity(document, node, opacity):
        node.setOpacity(round(255 * opacity))
    document.refreshProjection()


def type_opacity(document: Document, node: Node, opacity: float) -> bool:
    """Set the opacity of a layer as the artist does in the layer docker."""
    field = Krita.instance().activeWindow().qwindow().findChild(QtWidgets.QDoubleSpinBox, OPACITY_FIELD)
    if field is None or not is_in_front(document):
        return False
    active = document.activeNode()
    document.setActiveNode(node)
    document.waitForDone()
    field.setValue(100 * opacity)
    document.setActiveNode(active)
    return True


def is_in_front(document: Document) -> bool:
    """Whether Krita's actions are about this document."""
    return Krita.instance().activeDocument() == document


def nodes_in(document: Document, layers: Sequence[str]) -> list[Node]:
    """Those of the layers that are in the document now."""
    return [node for node in walk(document.rootNode()) if node_id(node) in layers]
