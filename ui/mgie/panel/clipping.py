"""How much of a result will be seen where its layer is clipped to those below it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from mgie.api.rect import Rect
from mgie.host.types import HostMask, LayerInfo
from mgie.panel import pixels


def clip_coverage(
    layers: Sequence[LayerInfo],
    layer: str,
    read: Callable[[str], HostMask],
    canvas: Rect,
    size: tuple[int, int],
) -> bytes:
    """Of each of width x height (`size`) cells of the canvas, 0..255; empty where nothing is clipped.

    layers: of the document, topmost first, groups before what is in them. read: the opacity of a layer.
    Source: a clipped layer shows where the others below it in its group do, in GIMP and in Krita.
    """
    clipped = [around for around in _place_of(layers, layer) if around.is_clipped]
    if not clipped:
        return b""
    width, height = size
    seen = np.ones(width * height)
    for around in clipped:
        through = np.ones(width * height)
        for below in _below(layers, around):
            small = pixels.small_coverage(read(below.id), canvas, width, height)
            through *= 1.0 - below.opacity * np.frombuffer(small, np.uint8) / 255.0
        seen *= 1.0 - through
    return np.rint(255.0 * seen).astype(np.uint8).tobytes()


def _place_of(layers: Sequence[LayerInfo], layer: str) -> Iterator[LayerInfo]:
    """What a result goes above and the groups around it: no group that would fade it, they are left."""
    named = {info.id: info for info in layers}
    found = named.get(layer)
    while found is not None:
        if not found.is_in_faded_group:
            yield found
        found = named.get(found.parent)


def _below(layers: Sequence[LayerInfo], layer: LayerInfo) -> list[LayerInfo]:
    """The layers that one is clipped to."""
    lower = layers[layers.index(layer) + 1 :]
    return [info for info in lower if info.parent == layer.parent and info.is_visible and not info.is_clipped]
