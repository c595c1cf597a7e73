"""GIMP's images as bytes in their own precision and profile.

Buffers are read and written in the native format by its babl name, which carries the image's colour space: no
conversion takes place. A name without a space would mean sRGB.

GIMP ends a plug-in that touches the pixels of a drawable which is gone, and an artist may close an image at
any time. So only pixels of hidden images are touched: GIMP copies there and back, and says where that fails.
"""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false
# (GObject introspection has no type stubs for GIMP)

from __future__ import annotations

from contextlib import closing
from typing import ClassVar, Literal

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp  # noqa: E402 (versions come first)

from mgie.api.rect import Rect  # noqa: E402
from mgie.host.errors import HostError  # noqa: E402
from mgie.host.types import HostMask, PixelFormat, SampleType  # noqa: E402

Encoding = Literal["linear", "non-linear", "perceptual"]  # of light: as it is, as the profile, always as sRGB
# By number: an image that closes between two calls answers -1, whose name crashes the introspection.
SAMPLES: tuple[tuple[str, SampleType], ...] = (
    ("U8", "u8"),
    ("U16", "u16"),
    ("U32", "u32"),
    ("HALF", "f16"),
    ("FLOAT", "f32"),
    ("DOUBLE", "f64"),
)
ENCODINGS: tuple[tuple[str, Encoding], ...] = (
    ("LINEAR", "linear"),
    ("NON_LINEAR", "non-linear"),
    ("PERCEPTUAL", "perceptual"),
)
PRECISIONS: dict[int, tuple[SampleType, Encoding]] = {
    int(getattr(Gimp.Precision, f"{name}_{suffix}")): (sample, encoding)
    for name, sample in SAMPLES
    for suffix, encoding in ENCODINGS
}
_derived_profiles: dict[tuple[bytes, Encoding], bytes] = {}  # each is made once: lcms stamps the time into it


def precision_of(image: Gimp.Image) -> tuple[SampleType, Encoding]:
    """How an image stores a sample."""
    found = PRECISIONS.get(int(image.get_precision()))
    if found is None:
        raise HostError("DOCUMENT_CLOSED", "the image is no longer open")
    return found


def gegl_rect(rect: Rect, offset: tuple[int, int] = (0, 0)) -> Gegl.Rectangle:
    """A canvas rectangle in the coordinates of a drawable that lies at `offset`."""
    return Gegl.Rectangle.new(rect.x - offset[0], rect.y - offset[1], rect.width, rect.height)


def layer_offset(layer: Gimp.Layer) -> tuple[int, int]:
    """Where a layer lies on the canvas."""
    _, x, y = layer.get_offsets()
    return x, y


def layer_rect(layer: Gimp.Layer) -> Rect:
    """What a layer covers of the canvas and beyond."""
    x, y = layer_offset(layer)
    return Rect(x=x, y=y, width=layer.get_width(), height=layer.get_height())


def image_format(image: Gimp.Image) -> PixelFormat:
    """The format of everything read from an image; always with alpha."""
    sample, _ = precision_of(image)
    is_gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
    return PixelFormat(sample=sample, channels="graya" if is_gray else "rgba")


def image_icc(image: Gimp.Image) -> bytes:
    """The profile that describes the image's bytes exactly; empty when that is plain sRGB.

    GIMP stores light values in linear precision, whatever curve its profile has.
    """
    _, encoding = precision_of(image)
    profile = image.get_color_profile()
    if profile is None and encoding != "linear" and image.get_base_type() != Gimp.ImageBaseType.GRAY:
        return b""
    if profile is None:
        profile, encoding = image.get_effective_color_profile(), "non-linear"  # GIMP's own fits the precision
    return derived_profile(bytes(profile.get_icc_profile()), encoding)


def derived_profile(icc: bytes, encoding: Encoding) -> bytes:
    """A profile with the curve that an image's precision gives it."""
    if encoding == "non-linear":
        return icc
    if (icc, encoding) not in _derived_profiles:
        profile = Gimp.ColorProfile.new_from_icc_profile(icc)
        if encoding == "linear":
            profile = Gimp.ColorProfile.new_linear_from_color_profile(profile)
        else:
            profile = Gimp.ColorProfile.new_srgb_trc_from_color_profile(profile)
        _derived_profiles[icc, encoding] = bytes(profile.get_icc_profile())
    return _derived_profiles[icc, encoding]


def native_name(layer: Gimp.Layer) -> str:
    """The babl name of a layer's own format with alpha, including the image's colour space."""
    own = layer.get_format()
    if layer.has_alpha():
        return Babl.get_name(own)
    color, sample = Babl.format_get_encoding(own).rsplit(" ", 1)
    return Babl.get_name(Babl.format_with_space(f"{color}A {sample}", own))


def read_coverage(
    image: Gimp.Image, drawable: Gimp.Drawable | None, rect: Rect, offset: tuple[int, int] = (0, 0)
) -> HostMask:
    """8-bit coverage of a canvas rectangle: the values of a channel, the opacity of a layer with its mask."""
    if drawable is not None and drawable.is_layer():
        hidden, name = HiddenImage.like(image), "A u8"
    else:  # of this precision a channel's own 8 bits are kept as they are
        hidden = HiddenImage(image, Gimp.ImageBaseType.GRAY, Gimp.Precision.U8_LINEAR)
        name = "Y u8"
    with closing(hidden):
        copied = hidden.copy(drawable)
        if copied.is_layer() and not copied.is_group() and copied.get_mask() and copied.get_apply_mask():
            copied.remove_mask(Gimp.MaskApplyMode.APPLY)
        coverage = bytes(copied.get_buffer().get(gegl_rect(rect, offset), 1.0, name, Gegl.AbyssPolicy.NONE))
    return HostMask(rect=rect, coverage=coverage)


def write_layer(layer: Gimp.Layer, rect: Rect, pixels: bytes, name: str) -> None:
    """Write a canvas rectangle straight into a layer's buffer: no undo step, no selection applied."""
    place = gegl_rect(rect, layer_offset(layer))
    buffer = layer.get_buffer()
    buffer.set(place, name, pixels)
    buffer.flush()
    layer.update(place.x, place.y, place.width, place.height)


class HiddenImage:
    """An image without a window, as large as another one: nobody can close it, nobody's document."""

    numbers: ClassVar[set[int]] = set()  # GIMP's, of all that are open

    def __init__(self, model: Gimp.Image, kind: Gimp.ImageBaseType, precision: Gimp.Precision) -> None:
        width, height = model.get_width(), model.get_height()
        image = Gimp.Image.new_with_precision(width, height, kind, precision) if model.is_valid() else None
        if image is None:
            raise HostError("DOCUMENT_CLOSED", "the image is no longer open")
        self.image = image
        self.numbers.add(image.get_id())
        image.undo_disable()

    @classmethod
    def like(cls, model: Gimp.Image) -> HiddenImage:
        """One of the same precision and profile: copies between the two are exact."""
        precision_of(model)  # one that has closed would answer with a precision nobody can name
        hidden = cls(model, model.get_base_type(), model.get_precision())
        profile = model.get_color_profile()
        if profile is not None:
            hidden.image.set_color_profile(profile)
        return hidden

    def add(self, layer: Gimp.Layer | None) -> Gimp.Layer:
        """Take in a layer that was made for this image; None where GIMP could not make it."""
        if layer is None:
            raise HostError("DOCUMENT_CLOSED", "the image was closed while it was copied")
        self.image.insert_layer(layer, None, 0)
        return layer

    def copy(self, drawable: Gimp.Drawable | None) -> Gimp.Layer:
        """A layer of this image with the pixels of a drawable of another; None of a closed image."""
        return self.add(drawable and Gimp.Layer.new_from_drawable(drawable, self.image))

    def close(self) -> None:
        """Delete the image with its layers."""
        self.numbers.discard(self.image.get_id())
        self.image.delete()


class CopiedSource:
    """A copy of pixels to read strips from."""

    def __init__(self, image: Gimp.Image, layer: Gimp.Layer | None) -> None:
        """layer: the one to copy, None for what is visible."""
        self.format = image_format(image)
        self.icc = image_icc(image)
        self._offset = (0, 0) if layer is None else layer_offset(layer)
        self._hidden = HiddenImage.like(image)
        try:
            if layer is None:
                visible = Gimp.Layer.new_from_visible(image, self._hidden.image, "mgie")
                self._layer = self._hidden.add(visible)
            else:
                self._layer = self._hidden.copy(layer)
        except HostError:
            self.close()
            raise

    def read(self, rect: Rect) -> bytes:
        """The pixels of a canvas rectangle with alpha; transparent where the layer does not reach."""
        buffer = self._layer.get_buffer()
        place = gegl_rect(rect, self._offset)
        return bytes(buffer.get(place, 1.0, native_name(self._layer), Gegl.AbyssPolicy.NONE))

    def close(self) -> None:
        """Delete the copy."""
        self._hidden.close()
