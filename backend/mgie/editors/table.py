"""The kinds of editors there are. A new kind is a folder beside this file and one line here."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

from mgie.editors.kind import Kind
from mgie.errors import BadCheckpoint

# kind, as manifests name it -> module whose KIND it is
KINDS = {
    "mgie": "mgie.editors.pix2pix.kind",
    "lgie": "mgie.editors.pix2pix.kind",
    "insp2p": "mgie.editors.pix2pix.kind",
    "flux-kontext": "mgie.editors.flux_kontext.kind",
    "flux2-klein": "mgie.editors.flux2_klein.kind",
    "qwen-image-edit": "mgie.editors.qwen_image_edit.kind",
    "vlm": "mgie.editors.vlm.kind",
}


def kind_named(name: str) -> Kind[Any]:
    """The kind that a manifest names. Raises BadCheckpoint for one that this version does not know."""
    if name not in KINDS:
        raise BadCheckpoint(f"kind is {name!r}; known are {', '.join(KINDS)}")
    return cast("Kind[Any]", import_module(KINDS[name]).KIND)
