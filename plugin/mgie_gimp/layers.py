"""Layers that this plug-in makes: previews outside the undo history, results in one undo step."""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false
# (GObject introspection has no type stubs for GIMP)

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp  # noqa: E402 (versions come first)

from mgie.api.rect import Rect  # noqa: E402
from mgie.host.errors import HostError  # noqa: E402
from mgie.host.masks import spread_mask  # noqa: E402
from mgie.host.types import HostMask, HostPicture, Placement  # noqa: E402
from mgie_gimp.pixels import HiddenImage, image_format, native_name, precision_of, write_layer  # noqa: E402
from mgie_gimp.preview_process import PreviewProcess  # noqa: E402

PROVENANCE_PARASITE = "mgie-provenance"
NOTE_PARASITE = "mgie-history"
CHANGED_PARASITE = "mgie-changed"  # never stays
PERSISTENT = 1  # GIMP_PARASITE_PERSISTENT: saved with the image, no undo step
PERSISTENT_UNDOABLE = 3  # GIMP_PARASITE_PERSISTENT | GIMP_PARASITE_UNDOABLE
PLAIN = (Gimp.LayerMode.NORMAL, Gimp.LayerMode.NORMAL_LEGACY, Gimp.LayerMode.PASS_THROUGH)
CLIPPING = (Gimp.LayerCompositeMode.CLIP_TO_BACKDROP, Gimp.LayerCompositeMode.INTERSECTION)


@contextmanager
def without_undo(image: Gimp.Image) -> Iterator[None]:
    """Change layers without a trace in the undo history; the artist's steps stay as they are.

    An image that is as in its file stays so for GIMP.
    """
    was_changed = image.is_dirty()
    image.undo_freeze()
    try:
        yield
    finally:
        image.undo_thaw()
        if not was_changed:
            image.clean_all()


@contextmanager
def one_undo_step(image: Gimp.Image) -> Iterator[None]:
    """Everything inside is one step in the undo history."""
    image.undo_group_start()
    try:
        yield
    finally:
        image.undo_group_end()


def new_layer(image: Gimp.Image, rect: Rect, name: str) -> Gimp.Layer:
    """A transparent layer over a canvas rectangle, not yet in the image."""
    is_gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
    kind = Gimp.ImageType.GRAYA_IMAGE if is_gray else Gimp.ImageType.RGBA_IMAGE
    layer = Gimp.Layer.new(image, name, rect.width, rect.height, kind, 100.0, Gimp.LayerMode.NORMAL)
    layer.set_offsets(rect.x, rect.y)
    space = composite_space(image)
    layer.set_composite_space(space)
    layer.set_blend_space(space)
    return layer


def composite_space(image: Gimp.Image) -> Gimp.LayerColorSpace:
    """The space in which a layer is mixed with what is below: the one the image stores.

    GIMP's default is linear light; going there and back moves pixels by a step of the image's precision, even
    where the layer's mask is 0.
    """
    _, encoding = precision_of(image)
    if encoding == "linear":
        return Gimp.LayerColorSpace.RGB_LINEAR
    if encoding == "perceptual":
        return Gimp.LayerColorSpace.RGB_PERCEPTUAL
    return Gimp.LayerColorSpace.RGB_NON_LINEAR


def is_faded(group: Gimp.GroupLayer) -> bool:
    """Whether what is in a group is not shown as it is."""
    return group.get_opacity() < 100 or group.get_mode() not in PLAIN or group.get_mask() is not None


def groups_around(layer: Gimp.Layer) -> Iterator[Gimp.GroupLayer]:
    """The groups a layer lies in, innermost first."""
    group = layer.get_parent()
    while group is not None:
        yield group
        group = group.get_parent()


def insert_above(image: Gimp.Image, layer: Gimp.Layer, below: Gimp.Layer | None) -> None:
    """Put a layer right above another one, clipped where that is, or on top of everything."""
    if below is not None and below.get_composite_mode() in CLIPPING:
        layer.set_composite_mode(Gimp.LayerCompositeMode.CLIP_TO_BACKDROP)
    parent, position = (None, 0) if below is None else (below.get_parent(), image.get_item_position(below))
    insert(image, layer, parent, position)


def insert(image: Gimp.Image, layer: Gimp.Layer, parent: Gimp.Layer | None, position: int) -> None:
    """Put a layer into the image, which may have closed since."""
    if not image.insert_layer(layer, parent, position):
        if image.is_valid():
            raise HostError("HOST_FAILED", "GIMP did not take the layer into the image")
        raise HostError("DOCUMENT_CLOSED", "the image was closed while the layer was made")


def hand_over(layer: Gimp.Layer, image: Gimp.Image, name: str) -> Gimp.Layer:
    """The copy of a hidden image's layer for the artist's image, with its mask, not yet in it."""
    copied = Gimp.Layer.new_from_drawable(layer, image)
    if copied is None:
        raise HostError("DOCUMENT_CLOSED", "the image was closed while the layer was made")
    copied.set_name(name)
    if copied.get_mask() is not None:
        copied.set_edit_mask(False)  # the artist's next stroke still goes to the layer
    return copied


def add_layer_mask(layer: Gimp.Layer, rect: Rect, mask: HostMask) -> None:
    """Give a layer over `rect` in a hidden image a layer mask."""
    layer_mask = layer.create_mask(Gimp.AddMaskType.BLACK)
    layer.add_mask(layer_mask)
    place = Gegl.Rectangle.new(0, 0, rect.width, rect.height)
    buffer = layer_mask.get_buffer()
    buffer.set(place, "Y u8", spread_mask(mask, rect))
    buffer.flush()
    layer_mask.update(0, 0, rect.width, rect.height)


def is_locked(item: Gimp.Item | None) -> bool:
    """Whether the artist locked a layer's pixels, or those of a group around it.

    GIMP ends a plug-in that writes to a locked layer.
    """
    while item is not None:
        if item.get_lock_content():
            return True
        item = item.get_parent()
    return False


class GimpPreview:
    """A layer that shows previews. The artist's active layer stays active."""

    def __init__(
        self,
        image: Gimp.Image,
        rect: Rect,
        mask: HostMask | None,
        name: str,
        writer: PreviewProcess,
        below: Gimp.Layer | None,
    ) -> None:
        """below: the layer it goes right above; None for the top."""
        self.rect = rect
        self.image = image
        self._writer = writer
        with closing(HiddenImage.like(image)) as hidden:
            made = new_layer(hidden.image, rect, name)
            if mask is not None:
                add_layer_mask(made, rect, mask)
            self.layer = hand_over(hidden.add(made), image, name)
        selected = image.get_selected_layers()
        with without_undo(image):
            is_open = below is not None and not is_locked(below.get_parent())
            insert_above(image, self.layer, below if is_open else None)
            image.set_selected_layers(selected)
        Gimp.displays_flush()
        self._files = saved_files(image)
        self._is_in_file = False

    def is_alive(self) -> bool:
        """Whether image and layer are still there."""
        return self.image.is_valid() and self.layer.is_valid() and self.layer in self.image_layers()

    def image_layers(self) -> list[Gimp.Layer]:
        """The siblings of the preview."""
        parent = self.layer.get_parent()
        return self.image.get_layers() if parent is None else parent.get_children()

    def push(self, picture: HostPicture) -> None:
        """Show 8-bit sRGB pixels."""
        if is_locked(self.layer):
            raise HostError("PREVIEW_GONE", "the preview layer or its group is locked")
        self._writer.write(self.layer, picture.rect, picture.pixels)
        Gimp.displays_flush()

    def was_saved(self) -> bool:
        """Whether a file was written since the last question: GIMP tells no plug-in beforehand."""
        files = saved_files(self.image)
        is_written, self._files = files != self._files, files
        self._is_in_file = self._is_in_file or is_written
        return is_written

    def drop(self) -> None:
        """Remove the layer without a trace; where a file holds it, GIMP shall ask to save again."""
        selected = self.image.get_selected_layers()
        with without_undo(self.image):
            self.image.remove_layer(self.layer)
            self.image.set_selected_layers([layer for layer in selected if layer.is_valid()])
        if self._is_in_file and not self.image.is_dirty():
            mark_changed(self.image)
        Gimp.displays_flush()


def saved_files(image: Gimp.Image) -> dict[str, int]:
    """The files of an image that are there, and when each was written last, ns."""
    files = (image.get_xcf_file(), image.get_exported_file(), image.get_imported_file())
    paths = [Path(file.get_path()) for file in files if file is not None and file.get_path()]
    return {os.fspath(path): path.stat().st_mtime_ns for path in paths if path.exists()}


def mark_changed(image: Gimp.Image) -> None:
    """Let an image differ from its file: by an undo step that does nothing, the only way a plug-in has."""
    with one_undo_step(image):
        image.attach_parasite(Gimp.Parasite.new(CHANGED_PARASITE, PERSISTENT_UNDOABLE, b"1"))
        image.detach_parasite(CHANGED_PARASITE)


def place(
    image: Gimp.Image,
    placements: Sequence[Placement],
    below: Sequence[Gimp.Layer | None],
    group: str,
    gone: Sequence[Gimp.Layer],
) -> list[Gimp.Layer]:
    """Put results into the image, in one undo step.

    below: the layer each goes above, None for the top. gone: layers whose place they take.
    """
    expected = image_format(image)
    for placement in placements:
        if placement.picture.format != expected:
            have = f"{placement.picture.format.channels} {placement.picture.format.sample}"
            want = f"{expected.channels} {expected.sample}"
            raise HostError("FORMAT_CHANGED", f"the result is {have}; the image is {want} now")
    layers = [build_layer(image, placement) for placement in placements]  # what can fail, fails before
    with one_undo_step(image):
        parent = None
        if group:
            parent = Gimp.GroupLayer.new(image, group)
            insert_above(image, parent, below[0])
        for layer, under in zip(layers, below, strict=True):
            if parent is None:
                insert_above(image, layer, under)
            else:
                insert(image, layer, parent, 0)
        for layer in gone:
            image.remove_layer(layer)
        image.set_selected_layers([parent or layers[-1]])
    Gimp.displays_flush()
    return layers


def select(image: Gimp.Image, mask: HostMask) -> None:
    """Make a mask the selection: from the opacity of a layer that is there for a moment only."""
    with closing(HiddenImage.like(image)) as hidden:
        made = hidden.add(new_layer(hidden.image, mask.rect, "mgie"))
        buffer = made.get_buffer()
        place = Gegl.Rectangle.new(0, 0, mask.rect.width, mask.rect.height)
        values = bytes(value for coverage in mask.coverage for value in (255, 255, 255, coverage))
        buffer.set(place, "R'G'B'A u8", values)
        buffer.flush()
        layer = hand_over(made, image, "mgie")
    selected = image.get_selected_layers()
    with without_undo(image):
        insert_above(image, layer, None)
    image.select_item(Gimp.ChannelOps.REPLACE, layer)
    with without_undo(image):
        image.remove_layer(layer)
        image.set_selected_layers(selected)


def take_back(image: Gimp.Image, layers: Sequence[Gimp.Layer]) -> None:
    """Remove placed layers, with the group around them where it holds nothing else, in one undo step."""
    group = layers[0].get_parent()
    is_whole = group is not None and len(layers) > 1 and all(c in layers for c in group.get_children())
    with one_undo_step(image):
        for layer in [group] if is_whole else layers:
            image.remove_layer(layer)
    Gimp.displays_flush()


def set_opacity(image: Gimp.Image, layer: Gimp.Layer, opacity: float, since: float | None) -> None:
    """Change a layer's opacity (0..1): one undo step from `since`, none where that is None."""
    with without_undo(image):
        layer.set_opacity(100.0 * (opacity if since is None else since))
    if since is not None:
        layer.set_opacity(100.0 * opacity)
    Gimp.displays_flush()


def build_layer(image: Gimp.Image, placement: Placement) -> Gimp.Layer:
    """A complete result layer, not yet in the image."""
    rect = placement.picture.rect
    with closing(HiddenImage.like(image)) as hidden:
        made = hidden.add(new_layer(hidden.image, rect, placement.name))
        write_layer(made, rect, placement.picture.pixels, native_name(made))
        if placement.mask is not None:
            add_layer_mask(made, rect, placement.mask)
        layer = hand_over(made, image, placement.name)
    layer.set_opacity(100.0 * placement.opacity)
    if placement.provenance:
        data = ascii_json(placement.provenance).encode("ascii")
        layer.attach_parasite(Gimp.Parasite.new(PROVENANCE_PARASITE, PERSISTENT_UNDOABLE, data))
    return layer


def read_parasite(item: Gimp.Image | Gimp.Layer, name: str) -> str:
    """The text of a parasite; empty where there is none."""
    parasite = item.get_parasite(name)
    if parasite is None:
        return ""
    return bytes(byte & 0xFF for byte in parasite.get_data()).decode("utf-8", "replace").rstrip("\0")


def ascii_json(text: str) -> str:
    """The same JSON in ASCII: introspection takes a parasite's bytes for signed numbers."""
    return re.sub(r"[^\x00-\x7f]", lambda match: json.dumps(match[0])[1:-1], text)
