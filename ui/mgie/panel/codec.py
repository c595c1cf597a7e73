"""Picture files by Qt for the panel on its own: PNG, JPEG, TIFF, WebP and whatever else Qt reads here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PyQt6.QtGui import QColorSpace, QImage, QImageReader, QImageWriter

from mgie.api.rect import Rect
from mgie.host.errors import HostError
from mgie.host.types import HostMask, HostPicture, PixelFormat
from mgie.panel.pixels import as_array

MAX_FILE_MIB = 2048  # of decoded pixels; Qt refuses what is larger before it decodes
_DEEP = (
    QImage.Format.Format_RGBX64,
    QImage.Format.Format_RGBA64,
    QImage.Format.Format_RGBA64_Premultiplied,
    QImage.Format.Format_Grayscale16,
)


def writable_extensions() -> frozenset[str]:
    """Endings of file names, without the dot, that can be written."""
    return frozenset(bytes(name.data()).decode() for name in QImageWriter.supportedImageFormats())


class QtCodec:
    """Keeps 16 bits and profiles; alpha is straight."""

    def read(self, path: Path) -> HostPicture:
        """The picture of a file, turned upright as its camera said."""
        QImageReader.setAllocationLimit(MAX_FILE_MIB)
        reader = QImageReader(str(path))
        reader.setAutoTransform(True)
        image = reader.read()
        if image.isNull():
            raise HostError("UNSUPPORTED_FORMAT", f"{path.name}: {reader.errorString()}")
        return _picture(image)

    def write(self, path: Path, picture: HostPicture, provenance: str) -> None:
        """Write a picture with its profile and its record."""
        if path.suffix[1:].lower() not in writable_extensions():
            raise HostError("FILE_KIND_UNKNOWN", f"{path.name}: {path.suffix or 'no ending'} is not known")
        image = _image(picture)
        writer = QImageWriter(str(path))
        writer.setQuality(95)
        if provenance:
            writer.setText("Provenance", provenance)
        if not writer.write(image):
            raise HostError("HOST_FAILED", f"{path.name}: {writer.errorString()}")

    def blend(self, base: HostPicture, picture: HostPicture, mask: HostMask | None) -> HostPicture:
        """`base` with `picture` over it through `mask`; where the mask is 0 every bit stays."""
        area = picture.rect.intersect(base.rect)
        if mask is not None:
            area = area.intersect(mask.rect)
        if area.num_pixels == 0:
            return base
        merged = as_array(base).copy()
        under, over = _cut(merged, base.rect, area), _cut(as_array(picture), picture.rect, area)
        weight = np.ones((area.height, area.width, 1), np.float32)
        if mask is not None:
            coverage = np.frombuffer(mask.coverage, np.uint8).reshape(mask.rect.height, mask.rect.width, 1)
            weight = _cut(coverage, mask.rect, area).astype(np.float32) / 255.0
        mixed = under.astype(np.float32) * (1.0 - weight) + over.astype(np.float32) * weight
        if np.issubdtype(merged.dtype, np.integer):
            mixed = np.rint(mixed)
        changed = np.where(weight >= 1.0, over, mixed.astype(merged.dtype))
        under[...] = np.where(weight <= 0.0, under, changed)
        return HostPicture(rect=base.rect, format=base.format, pixels=merged.tobytes(), icc=base.icc)


def _cut(pixels: np.ndarray, rect: Rect, area: Rect) -> np.ndarray:
    """The part of an array over `rect` that lies over `area`; a view."""
    top, left = area.y - rect.y, area.x - rect.x
    return pixels[top : top + area.height, left : left + area.width]


def _picture(image: QImage) -> HostPicture:
    is_gray = image.format() in (QImage.Format.Format_Grayscale8, QImage.Format.Format_Grayscale16)
    is_deep, has_alpha = image.format() in _DEEP, image.hasAlphaChannel()
    icc = image.colorSpace().iccProfile().data() if image.colorSpace().isValid() else b""
    wide = image.convertToFormat(QImage.Format.Format_RGBA64 if is_deep else QImage.Format.Format_RGBA8888)
    bits = wide.constBits()
    assert bits is not None
    dtype = np.dtype("<u2" if is_deep else "u1")
    rgba = np.frombuffer(bits.asstring(wide.sizeInBytes()), dtype).reshape(wide.height(), wide.width(), 4)
    kept = rgba[..., :1] if is_gray else rgba if has_alpha else rgba[..., :3]
    channels = "gray" if is_gray else "rgba" if has_alpha else "rgb"
    rect = Rect(x=0, y=0, width=wide.width(), height=wide.height())
    pixel_format = PixelFormat(sample="u16" if is_deep else "u8", channels=channels)
    return HostPicture(rect=rect, format=pixel_format, pixels=np.ascontiguousarray(kept).tobytes(), icc=icc)


def _image(picture: HostPicture) -> QImage:
    """RGBA, 16 bits where the picture has more than 8."""
    pixels = as_array(picture)
    is_deep = picture.format.sample != "u8"
    if picture.format.sample not in ("u8", "u16"):
        full = 4294967295.0 if picture.format.sample == "u32" else 1.0
        pixels = np.rint(np.clip(np.nan_to_num(pixels.astype(np.float64)) / full, 0, 1) * 65535).astype(
            np.uint16
        )
    height, width, num_channels = pixels.shape
    rgba = np.full((height, width, 4), 65535 if is_deep else 255, np.uint16 if is_deep else np.uint8)
    rgba[..., :3] = pixels[..., :3] if num_channels >= 3 else pixels[..., :1]
    if picture.format.has_alpha:
        rgba[..., 3] = pixels[..., -1]
    deep, plain = QImage.Format.Format_RGBA64, QImage.Format.Format_RGBA8888
    image = QImage(rgba.tobytes(), width, height, rgba.strides[0], deep if is_deep else plain).copy()
    if not picture.format.has_alpha:
        image = image.convertToFormat(QImage.Format.Format_RGBX64 if is_deep else QImage.Format.Format_RGB888)
    if picture.icc:
        image.setColorSpace(QColorSpace.fromIccProfile(picture.icc))
    return image
