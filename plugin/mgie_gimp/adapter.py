"""GIMP behind the adapter interface. All calls come on the main thread: libgimp is not thread safe."""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false
# (GObject introspection has no type stubs for GIMP)

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402 (versions come first)

from mgie.api.rect import Rect  # noqa: E402
from mgie.host.errors import HostError  # noqa: E402
from mgie.host.identity import DocumentNames  # noqa: E402
from mgie.host.masks import trim_mask  # noqa: E402
from mgie.host.types import (  # noqa: E402
    DocumentInfo,
    HostInfo,
    HostMask,
    HostState,
    LayerInfo,
    Placement,
    SavedSelection,
)
from mgie_gimp.layers import (  # noqa: E402
    CLIPPING,
    NOTE_PARASITE,
    PERSISTENT,
    PROVENANCE_PARASITE,
    GimpPreview,
    ascii_json,
    groups_around,
    is_faded,
    place,
    read_parasite,
    select,
    set_opacity,
    take_back,
    without_undo,
)
from mgie_gimp.pixels import (  # noqa: E402
    CopiedSource,
    HiddenImage,
    image_format,
    layer_offset,
    layer_rect,
    read_coverage,
)
from mgie_gimp.preview_process import PreviewProcess  # noqa: E402

log = logging.getLogger(__name__)

UNEDITABLE = "An indexed image has too few colours for an edit; choose Image > Mode > RGB first."
FLOATING = "A floating selection lies over the layers; anchor it or make it a layer first (Layer menu)."


class GimpAdapter:
    """The images of a running GIMP. Layers go by GIMP's own numbers, images by names that survive GIMP.

    GIMP counts from 1 at every start: a panel that survived GIMP must not take a new image for an old one.
    """

    def __init__(self) -> None:
        self._names = DocumentNames()
        self._active = None  # a Gimp.Image; GIMP tells only when a menu entry is chosen
        self._previews: list[GimpPreview] = []
        self._preview_process = PreviewProcess()

    def choose(self, image: Gimp.Image) -> str:
        """Remember the image a menu entry was chosen for, and return its id."""
        self._active = image
        return self._name(image)

    def info(self) -> HostInfo:
        """GIMP and its version."""
        return HostInfo(program="gimp", version=Gimp.version(), can_overlay=True)

    def state(self) -> HostState:
        """All images; the active one is the one last invoked, else the newest."""
        images = self._images()
        self._names.keep_only({image.get_id() for image in images})
        if self._active is None or self._active not in images:
            self._active = max(images, key=lambda image: image.get_id(), default=None)
        active = "" if self._active is None else self._name(self._active)
        documents: list[DocumentInfo] = []
        for image in images:
            try:
                documents.append(self._document(image))
            except Exception:
                if image.is_valid():
                    raise
                log.info("an image closed while it was looked at")
        return HostState(documents=tuple(documents), active=active)

    def layers(self, document: str) -> list[LayerInfo]:
        """All layers but the previews."""
        return self._list(self._image(document).get_layers(), "")

    def open_picture(self, document: str, layer: str) -> CopiedSource:
        """A layer as it is, or a copy of what is visible without the previews."""
        image = self._image(document)
        if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
            raise HostError("UNSUPPORTED_FORMAT", UNEDITABLE)
        if layer:
            return CopiedSource(image, self._layer(image, layer))
        hidden = [item.layer for item in self._living(image) if item.layer.get_visible()]
        with without_undo(image):
            for preview in hidden:
                preview.set_visible(False)
            try:
                return CopiedSource(image, None)
            finally:
                for preview in hidden:
                    preview.set_visible(True)

    def read_selection(self, document: str) -> HostMask | None:
        """The selection with its soft edges."""
        image = self._image(document)
        bounds = selection_bounds(image)
        return None if bounds is None else read_coverage(image, image.get_selection(), bounds)

    def select(self, document: str, mask: HostMask | None) -> None:
        """Make a mask the selection, in one undo step."""
        image = self._image(document)
        if mask is None:
            Gimp.Selection.none(image)
        else:
            select(image, mask)
        Gimp.displays_flush()

    def regions(self, document: str) -> list[SavedSelection]:
        """Saved channels, then the members of the active layer's group."""
        image = self._image(document)
        canvas = Rect(x=0, y=0, width=image.get_width(), height=image.get_height())
        channels = [
            SavedSelection(id=str(channel.get_id()), name=channel.get_name(), kind="channel", rect=canvas)
            for channel in image.get_channels()
        ]
        members = [
            SavedSelection(
                id=str(layer.get_id()), name=layer.get_name(), kind="layer", rect=layer_rect(layer)
            )
            for layer in self._group_members(image)
        ]
        return channels + members

    def read_region(self, document: str, region: str) -> HostMask:
        """The coverage of a channel, or the opacity of a layer."""
        image = self._image(document)
        item = Gimp.Item.get_by_id(int(region)) if region.isdigit() else None
        if item is None or not item.is_valid() or item.get_image() != image:
            raise HostError("LAYER_GONE", "this saved region is no longer in the image")
        canvas = Rect(x=0, y=0, width=image.get_width(), height=image.get_height())
        if not item.is_layer():
            return trim_mask(read_coverage(image, item, canvas))
        rect = layer_rect(item).intersect(canvas)
        if not item.has_alpha() and item.get_mask() is None:
            return HostMask(rect=rect, coverage=b"\xff" * rect.num_pixels)
        return trim_mask(read_coverage(image, item, rect, layer_offset(item)))

    def begin_preview(
        self, document: str, rect: Rect, mask: HostMask | None, name: str, above: str
    ) -> GimpPreview:
        """Make a preview layer where its result will be."""
        image = self._image(document)
        canvas = Rect(x=0, y=0, width=image.get_width(), height=image.get_height())
        if rect.num_pixels == 0 or not canvas.contains(rect):
            raise HostError("CANVAS_CHANGED", "the preview does not lie on the canvas")
        below = self._place_above(image, above)
        preview = GimpPreview(image, rect, mask, name or "MGIE preview", self._preview_process, below)
        self._previews.append(preview)
        return preview

    def begin_overlay(self, document: str, rect: Rect, above: str) -> GimpPreview:
        """On a layer outside the undo history: GIMP lets no plug-in draw on its canvas."""
        return self.begin_preview(document, rect, None, "MGIE comparison", above)

    def place_results(
        self, document: str, placements: Sequence[Placement], canvas: Rect, group: str
    ) -> list[str]:
        """Make result layers."""
        image = self._image(document)
        if (image.get_width(), image.get_height()) != (canvas.width, canvas.height):
            size = f"{image.get_width()}x{image.get_height()}"
            raise HostError(
                "CANVAS_CHANGED", f"the canvas is {size} px now, it was {canvas.width}x{canvas.height}"
            )
        below = [self._place_above(image, placement.above) for placement in placements]
        old = [self._find_layer(image, placement.replaces) for placement in placements]
        gone = [layer for layer in old if layer is not None]
        return [str(layer.get_id()) for layer in place(image, placements, below, group, gone)]

    def take_back(self, document: str, layers: Sequence[str]) -> None:
        """Remove placed layers; GIMP lets no plug-in call its undo."""
        image = self._image(document)
        wanted = [self._find_layer(image, layer) for layer in layers]
        present = [layer for layer in wanted if layer is not None]
        if present:
            take_back(image, present)

    def bring_back(self, document: str, layers: Sequence[str]) -> bool:
        """Never: GIMP lets no plug-in call its redo, and a removed layer cannot be inserted again."""
        self._image(document)
        return False

    def set_opacity(self, document: str, layer: str, opacity: float, since: float | None) -> None:
        """Change a layer's opacity."""
        image = self._image(document)
        set_opacity(image, self._layer(image, layer), opacity, since)

    def end(self) -> None:
        """GIMP is closing."""
        self._preview_process.end()

    def parent_window(self) -> int:
        """The X11 id of the first image window."""
        for image_id in range(1, 64):  # displays are numbered from 1; there is no list of them
            display = Gimp.Display.get_by_id(image_id)
            if display is not None and display.is_valid():
                handle = display.get_window_handle()
                data = bytes(handle.get_data()) if handle else b""
                return int.from_bytes(data[:8], sys.byteorder) if data else 0
        return 0

    def embed_window(self, window_id: int) -> bool:
        """GIMP takes no foreign windows into its docks."""
        return False

    def read_note(self, document: str, layer: str) -> str:
        """The parasite of an image, or of a layer how it was made."""
        image = self._image(document)
        if layer:
            return read_parasite(self._layer(image, layer), PROVENANCE_PARASITE)
        return read_parasite(image, NOTE_PARASITE)

    def write_note(self, document: str, text: str) -> None:
        """A parasite that is saved with the image and is no undo step."""
        data = ascii_json(text).encode("ascii")
        image = self._image(document)
        image.attach_parasite(Gimp.Parasite.new(NOTE_PARASITE, PERSISTENT, data))

    def _images(self) -> list[Gimp.Image]:
        images = [image for image in Gimp.get_images() if image.get_id() not in HiddenImage.numbers]
        return [image for image in images if not is_being_loaded(image)]

    def _name(self, image: Gimp.Image) -> str:
        file = image.get_xcf_file() or image.get_imported_file()
        path = file.get_path() if file else None
        return self._names.name(image.get_id(), path or "", is_saved=not image.is_dirty())

    def _image(self, document: str) -> Gimp.Image:
        for image in self._images():
            if image.is_valid() and self._name(image) == document:
                return image
        raise HostError("DOCUMENT_CLOSED", "the image is no longer open")

    def _layer(self, image: Gimp.Image, layer: str) -> Gimp.Layer:
        found = Gimp.Layer.get_by_id(int(layer)) if layer.isdigit() else None
        if found is None or not found.is_valid() or found.get_image() != image:
            raise HostError("LAYER_GONE", "the layer is no longer in the image")
        return found

    def _find_layer(self, image: Gimp.Image, layer: str) -> Gimp.Layer | None:
        """A layer that is in the image now; None where it is gone."""
        found = Gimp.Layer.get_by_id(int(layer)) if layer.isdigit() else None
        is_there = found is not None and found.is_valid() and found in self._every(image.get_layers())
        return found if is_there else None  # one that was undone is valid, but in no image

    def _place_above(self, image: Gimp.Image, layer: str) -> Gimp.Layer | None:
        """What a result of a layer goes above: that layer, or the outermost group that would fade it."""
        found = self._find_layer(image, layer)
        around = [] if found is None else groups_around(found)
        return next((group for group in reversed(list(around)) if is_faded(group)), found)

    def _living(self, image: Gimp.Image) -> list[GimpPreview]:
        """The previews of an image; those that ended are forgotten."""
        self._previews = [preview for preview in self._previews if preview.is_alive()]
        return [preview for preview in self._previews if preview.image == image]

    def _selected(self, image: Gimp.Image) -> list[Gimp.Layer]:
        previews = [preview.layer for preview in self._living(image)]
        return [layer for layer in image.get_selected_layers() if layer not in previews]

    def _group_members(self, image: Gimp.Image) -> list[Gimp.Layer]:
        """The layers of the active group, or of the group the active layer lies in."""
        selected = self._selected(image)
        group = selected[0] if selected and selected[0].is_group() else None
        group = group or (selected[0].get_parent() if selected else None)
        previews = [preview.layer for preview in self._living(image)]
        return [] if group is None else [layer for layer in group.get_children() if layer not in previews]

    def _every(self, layers: Sequence[Gimp.Layer]) -> Iterator[Gimp.Layer]:
        """Layers and all that is in their groups."""
        for layer in layers:
            yield layer
            if layer.is_group():
                yield from self._every(layer.get_children())

    def _list(self, layers: Sequence[Gimp.Layer], parent: str) -> list[LayerInfo]:
        infos: list[LayerInfo] = []
        previews = [preview.layer for preview in self._previews if preview.is_alive()]
        for layer in layers:
            if layer in previews:
                continue
            infos.append(layer_info(layer, parent))
            if layer.is_group():
                infos += self._list(layer.get_children(), infos[-1].id)
        return infos

    def _document(self, image: Gimp.Image) -> DocumentInfo:
        selected = self._selected(image)
        parent = selected[0].get_parent() if selected else None
        return DocumentInfo(
            id=self._name(image),
            name=image.get_name(),
            width=image.get_width(),
            height=image.get_height(),
            format=image_format(image),
            profile_name=image.get_effective_color_profile().get_label(),
            active_layer=layer_info(selected[0], str(parent.get_id()) if parent else "")
            if selected
            else None,
            selection=selection_bounds(image),
            unsupported=_unsupported(image),
        )


def _unsupported(image: Gimp.Image) -> str:
    """Why an image cannot be edited as it is; a result would lie below what floats, unseen."""
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        return UNEDITABLE
    return FLOATING if image.get_floating_sel() is not None else ""


def is_being_loaded(image: Gimp.Image) -> bool:
    """Whether a plug-in still reads an image from its file: so long GIMP calls the file the image's own.

    Such an image differs from its file: named now, it would not be known by that file.
    """
    file = image.get_xcf_file()
    return file is not None and ".xcf" not in (file.get_basename() or "").lower()


def selection_bounds(image: Gimp.Image) -> Rect | None:
    """The bounds of the selection; None without one."""
    _, is_selected, left, top, right, bottom = Gimp.Selection.bounds(image)
    return Rect(x=left, y=top, width=right - left, height=bottom - top) if is_selected else None


def layer_info(layer: Gimp.Layer, parent: str) -> LayerInfo:
    """One layer as the panel sees it."""
    around = list(groups_around(layer))
    return LayerInfo(
        id=str(layer.get_id()),
        name=layer.get_name(),
        kind="group" if layer.is_group() else "paint",
        rect=layer_rect(layer),
        is_visible=layer.get_visible(),
        parent=parent,
        is_in_hidden_group=not all(group.get_visible() for group in around),
        is_in_locked_group=any(group.get_lock_content() for group in around),
        is_in_faded_group=any(is_faded(group) for group in around),
        is_clipped=layer.get_composite_mode() in CLIPPING,
        opacity=min(1.0, max(0.0, layer.get_opacity() / 100.0)),
    )
