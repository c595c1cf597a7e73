"""GIMP's images as bytes in their own precision and profile.

Buffers are read and written in the native format by its babl name, which carries the image's colour space: no
conversion takes place. A name without a space would mean sRGB.
"""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false
# (GObject introspection has no type stubs for GIMP)

from __future__ import annotations

from typing import ClassVar, Literal

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp  # noqa: E402 (versions come first)

from mgie.host.errors import HostError  # noqa: E402
from mgie.host.types import HostMask, PixelFormat, Rect, SampleType  # noqa: E402

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
    drawable: Gimp.Drawable, rect: Rect, offset: tuple[int, int], name: str = "Y u8"
) -> HostMask:
    """8-bit coverage of a canvas rectangle. name: "Y u8" of channels, "A u8" of layers."""
    place = gegl_rect(rect, offset)
    coverage = bytes(drawable.get_buffer().get(place, 1.0, name, Gegl.AbyssPolicy.NONE))
    return HostMask(rect=rect, coverage=coverage)


def write_layer(layer: Gimp.Layer, rect: Rect, pixels: bytes, name: str) -> None:
    """Write a canvas rectangle straight into a layer's buffer: no undo step, no selection applied."""
    place = gegl_rect(rect, layer_offset(layer))
    buffer = layer.get_buffer()
    buffer.set(place, name, pixels)
    buffer.flush()
    layer.update(place.x, place.y, place.width, place.height)


class CopiedSource:
    """A copy of pixels to read strips from, in an image of its own without a window.

    GIMP ends a plug-in that reads a drawable which is gone, and an artist may close an image at any time:
    only what they cannot close is read over a longer time.
    """

    images: ClassVar[set[int]] = set()  # ids of these images, which are nobody's documents

    def __init__(self, image: Gimp.Image, layer: Gimp.Layer | None) -> None:
        """layer: the one to copy, None for what is visible."""
        self.format = image_format(image)
        self.icc = image_icc(image)
        self._offset = (0, 0) if layer is None else layer_offset(layer)
        self._image = Gimp.Image.new_with_precision(
            image.get_width(), image.get_height(), image.get_base_type(), image.get_precision()
        )
        self.images.add(self._image.get_id())
        self._image.undo_disable()
        profile = image.get_color_profile()
        if profile is not None:
            self._image.set_color_profile(profile)
        if layer is None:
            self._layer = Gimp.Layer.new_from_visible(image, self._image, "mgie")
        else:
            self._layer = Gimp.Layer.new_from_drawable(layer, self._image)
        if self._layer is None:
            self.close()
            raise HostError("DOCUMENT_CLOSED", "the image was closed while it was copied")

    def read(self, rect: Rect) -> bytes:
        """The pixels of a canvas rectangle with alpha; transparent where the layer does not reach."""
        buffer = self._layer.get_buffer()
        place = gegl_rect(rect, self._offset)
        return bytes(buffer.get(place, 1.0, native_name(self._layer), Gegl.AbyssPolicy.NONE))

    def close(self) -> None:
        """Delete the copy."""
        self.images.discard(self._image.get_id())
        self._image.delete()
