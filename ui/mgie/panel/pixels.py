"""Pixels of a document as arrays and as small 8-bit sRGB pictures. For worker threads: the arrays are big."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from PyQt6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PyQt6.QtGui import QColorSpace, QImage, QPainter

from mgie.api.rect import Rect
from mgie.host.blend import crop_picture
from mgie.host.types import PREVIEW_FORMAT, HostMask, HostPicture, PixelFormat
from mgie.panel.state.pictures import Frame
from mgie.panel.state.target import Thumbnail

Bytes = npt.NDArray[np.uint8]
_DTYPES = {"u8": "u1", "u16": "<u2", "u32": "<u4", "f16": "<f2", "f32": "<f4", "f64": "<f8"}
_ROWS = 256  # of a picture that are computed with at a time
_FULL = {"u8": 255.0, "u16": 65535.0, "u32": 4294967295.0}  # floats are full at 1


def as_array(picture: HostPicture) -> npt.NDArray[Any]:
    """The pixels as (height, width, channels) in their own type, without a copy."""
    shape = (picture.rect.height, picture.rect.width, picture.format.num_channels)
    return np.frombuffer(picture.pixels, dtype=_DTYPES[picture.format.sample]).reshape(shape)


def file_ending(pixel_format: PixelFormat) -> str:
    """Of a file that keeps pixels of a format as they are, without the dot: PNG knows no floats."""
    return "png" if pixel_format.sample in ("u8", "u16") else "tif"


def small(picture: HostPicture, max_side: int) -> QImage:
    """An sRGB image (RGBA8888) of at most max_side px a side; a readable profile is applied."""
    rect = picture.rect
    step = max(1, max(rect.width, rect.height) // (2 * max_side))
    top, left = min(step // 2, rect.height - 1), min(step // 2, rect.width - 1)
    thinned = as_array(picture)[top::step, left::step]
    image = _to_image(thinned, picture.format)
    scale = max_side / max(image.width(), image.height())
    if scale < 1:
        width, height = max(1, round(image.width() * scale)), max(1, round(image.height() * scale))
        image = image.scaled(width, height, transformMode=Qt.TransformationMode.SmoothTransformation)
    return _to_srgb(image, picture.icc)


def frame_of(picture: HostPicture, max_side: int, mask: HostMask | None = None) -> Frame:
    """A picture as a preview that shows through `mask`; the picture's own transparency shows as mid grey."""
    image = small(picture, max_side)
    ground = QImage(image.size(), QImage.Format.Format_RGB888)
    ground.fill(Qt.GlobalColor.gray)
    painter = QPainter(ground)
    painter.drawImage(0, 0, image)
    painter.end()
    width, height = ground.width(), ground.height()
    coverage = small_coverage(mask, picture.rect, width, height)
    return replace(frame_of_image(ground, picture.rect), coverage=coverage)


def frame_of_image(image: QImage, place: Rect) -> Frame:
    """An image as a preview over `place`; its own transparency is left out."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    return Frame(width=rgb.width(), height=rgb.height(), rgb=_packed(rgb, 3), place=place)


def image_of_frame(frame: Frame) -> QImage:
    """A preview as an image that lives no longer than the preview does: copy it to keep it."""
    return QImage(frame.rgb, frame.width, frame.height, 3 * frame.width, QImage.Format.Format_RGB888)


def thumbnail_of(picture: HostPicture, selection: HostMask | None, max_side: int) -> Thumbnail:
    """A picture as a thumbnail with the selection's coverage over it."""
    image = small(picture, max_side)
    coverage = small_coverage(selection, picture.rect, image.width(), image.height())
    return Thumbnail(width=image.width(), height=image.height(), rgba=_packed(image, 4), selection=coverage)


def small_frame(frame: Frame, max_side: int) -> Frame:
    """The same picture no larger than `max_side`, without its coverage."""
    image = image_of_frame(frame)
    if max(frame.width, frame.height) > max_side:
        image = image.scaled(
            max_side,
            max_side,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    return frame_of_image(image, frame.place)


def jpeg_of(frame: Frame) -> bytes:
    """A small picture as JPEG, for a file where it is only looked at."""
    data, buffer = QByteArray(), QBuffer()
    buffer.setBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image_of_frame(frame).save(buffer, "JPEG", 80)
    buffer.close()
    return bytes(data.data())


def frame_from_jpeg(data: bytes, place: Rect) -> Frame | None:
    """The small picture of a JPEG; None where it is none."""
    image = QImage.fromData(data, "JPEG")
    return None if image.isNull() else frame_of_image(image, place)


def preview_picture(frame: Frame, rect: Rect) -> HostPicture:
    """The part of a preview over `rect`, at the canvas' own size, as hosts take it."""
    source = image_of_frame(frame)
    canvas = QImage(rect.width, rect.height, QImage.Format.Format_RGBA8888)
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    place = frame.place
    painter.drawImage(QRectF(place.x - rect.x, place.y - rect.y, place.width, place.height), source)
    painter.end()
    return preview_of_image(canvas, rect)


def preview_of_image(image: QImage, rect: Rect) -> HostPicture:
    """An RGBA8888 image of the size of `rect` as hosts take previews."""
    return HostPicture(rect=rect, format=PREVIEW_FORMAT, pixels=_packed(image, 4))


def white(rect: Rect, pixel_format: PixelFormat, icc: bytes) -> HostPicture:
    """A white, opaque picture."""
    full = _FULL.get(pixel_format.sample, 1.0)
    pixels = np.full(rect.num_pixels * pixel_format.num_channels, full, _DTYPES[pixel_format.sample])
    return HostPicture(rect=rect, format=pixel_format, pixels=pixels.tobytes(), icc=icc)


def stretched(mask: HostMask) -> HostMask | None:
    """The same mask with its strongest value at 255; None where all is 0."""
    values = np.frombuffer(mask.coverage, np.uint8)
    strongest = int(values.max(initial=0))
    if not strongest:
        return None
    full = np.rint(values * (255.0 / strongest)).astype(np.uint8)
    return HostMask(rect=mask.rect, coverage=full.tobytes())


def amplified(after: HostPicture, before: HostPicture, amount: float) -> HostPicture:
    """`after` with `amount` times its difference to `before`, in the document's own numbers.

    before: of the same format, at least the place of `after`. Transparency stays that of `after`; integers
    end at the ends of their range.
    """
    new, old = as_array(after), as_array(crop_picture(before, after.rect))
    num_colours = after.format.num_channels - after.format.has_alpha
    full = _FULL.get(after.format.sample)
    made = new.copy()
    exact = np.float64 if after.format.sample in ("u32", "f64") else np.float32
    for top in range(0, len(new), _ROWS):
        rows = slice(top, top + _ROWS)
        base = old[rows, :, :num_colours].astype(exact)
        values = base + amount * (new[rows, :, :num_colours].astype(exact) - base)
        made[rows, :, :num_colours] = values if full is None else np.rint(np.clip(values, 0.0, full))
    return replace(after, pixels=made.tobytes())


def cut_out(picture: HostPicture, weight: HostMask | None) -> HostPicture:
    """A picture with its weight as opacity, for a file of its own."""
    if weight is None:
        return picture
    values = as_array(picture)
    rect, num_channels = picture.rect, picture.format.num_channels
    full = _FULL.get(picture.format.sample, 1.0)
    opacity = np.frombuffer(small_coverage(weight, rect, rect.width, rect.height), np.uint8) / 255.0
    opacity = opacity.reshape(rect.height, rect.width, 1)
    if picture.format.has_alpha:
        num_channels -= 1
        opacity = opacity * (values[..., -1:].astype(np.float64) / full)
    alpha = (np.rint(opacity * full) if full > 1 else opacity).astype(values.dtype)
    joined = np.concatenate([values[..., :num_channels], alpha], axis=-1)
    channels = "graya" if num_channels == 1 else "rgba"
    pixel_format = PixelFormat(sample=picture.format.sample, channels=channels)
    return HostPicture(rect=rect, format=pixel_format, pixels=joined.tobytes(), icc=picture.icc)


def _to_image(pixels: npt.NDArray[Any], pixel_format: PixelFormat) -> QImage:
    """(h, w, channels) to RGBA8888; values outside 0..1 are clipped."""
    if pixel_format.sample == "u8":
        levels = pixels
    elif pixel_format.sample == "u16":
        levels = (pixels // 257).astype(np.uint8)
    else:
        scaled = np.nan_to_num(pixels.astype(np.float32)) / _FULL.get(pixel_format.sample, 1.0)
        levels = np.rint(np.clip(scaled, 0.0, 1.0) * 255.0).astype(np.uint8)
    height, width, num_channels = levels.shape
    rgba = np.full((height, width, 4), 255, np.uint8)
    rgba[..., :3] = levels[..., :3] if num_channels >= 3 else levels[..., :1]
    if pixel_format.has_alpha:
        rgba[..., 3] = levels[..., -1]
    return QImage(rgba.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


def _to_srgb(image: QImage, icc: bytes) -> QImage:
    if not icc:
        return image
    space = QColorSpace.fromIccProfile(icc)
    if space.isValid():
        image.setColorSpace(space)
        image.convertToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    return image.convertToFormat(QImage.Format.Format_RGBA8888)


def _packed(image: QImage, num_channels: int) -> bytes:
    """The bytes of an 8-bit image without the padding Qt puts after its rows."""
    bits = image.constBits()
    assert bits is not None
    rows = np.frombuffer(bits.asstring(image.sizeInBytes()), np.uint8)
    rows = rows.reshape(image.height(), image.bytesPerLine())
    return rows[:, : num_channels * image.width()].tobytes()


def small_coverage(selection: HostMask | None, rect: Rect, width: int, height: int) -> bytes:
    """The selection over `rect`, sampled at the middle of each of width x height cells."""
    if selection is None:
        return b""
    area = selection.rect
    coverage = np.frombuffer(selection.coverage, np.uint8).reshape(area.height, area.width)
    columns = rect.x - area.x + _middles(width, rect.width)
    rows = rect.y - area.y + _middles(height, rect.height)
    inside = ((rows >= 0) & (rows < area.height))[:, None] & ((columns >= 0) & (columns < area.width))
    sampled: Bytes = coverage[np.clip(rows, 0, area.height - 1)[:, None], np.clip(columns, 0, area.width - 1)]
    return np.where(inside, sampled, np.uint8(0)).tobytes()


def _middles(count: int, length: int) -> npt.NDArray[np.intp]:
    scale = length / max(1, count)
    return np.array([math.floor((i + 0.5) * scale) for i in range(count)], np.intp)
