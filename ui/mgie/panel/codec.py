"""Picture files for the panel on its own, by the reader and the writer that everything else uses.

`mgie.files` is imported at the first file, on the worker's thread: the window is there before.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mgie.api.pixel_blobs import CHANNELS
from mgie.api.rect import Rect
from mgie.errors import BadData, MgieError
from mgie.host.errors import HostError
from mgie.host.types import FileLoss, HostMask, HostPicture, PixelFormat
from mgie.panel.document_pictures import picture_of
from mgie.panel.pixels import as_array

if TYPE_CHECKING:
    from mgie.files.document import Document
    from mgie.files.record import Provenance

log = logging.getLogger(__name__)

_SAMPLES = {"uint8": "u8", "uint16": "u16", "float16": "f16", "float32": "f32"}


@dataclass(frozen=True, kw_only=True)
class FilePicture(HostPicture):
    """A picture with the file it came from: profile, Exif, resolution and texts go into copies of it."""

    path: Path
    document: Document  # its pixels are the bytes of this picture


class FileCodec:
    """Keeps depth, profile and metadata; alpha is straight, orientation upright."""

    def read(self, path: Path) -> FilePicture:
        """The picture of a file, turned upright as its camera said."""
        from mgie.files.formats import open_document
        from mgie.files.png import straight
        from mgie.files.profiles import profile_of

        try:
            document = open_document(path)
        except MgieError as error:
            raise HostError("UNSUPPORTED_FORMAT", str(error)) from error
        picture = document.picture
        values = straight(picture)
        sample, channels = _SAMPLES[values.dtype.name], CHANNELS[values.shape[2] - 1]
        pixel_format = PixelFormat(sample=sample, channels=channels)  # pyright: ignore[reportArgumentType] # of the table
        pixels = values.tobytes()
        shared = np.frombuffer(pixels, values.dtype).reshape(values.shape)
        alpha = "straight" if picture.has_alpha else "none"
        kept = replace(document, picture=replace(picture, pixels=shared, alpha=alpha))
        icc = profile_of(picture.colour_space, picture.num_colours)
        rect = Rect(x=0, y=0, width=picture.width, height=picture.height)
        return FilePicture(rect=rect, format=pixel_format, pixels=pixels, icc=icc, path=path, document=kept)

    def write(
        self, path: Path, picture: HostPicture, records: Sequence[str], like: HostPicture | None = None
    ) -> FileLoss:
        """Write a picture with its records, whole or not at all; returns what the file does not keep.

        like: a picture as it was read, whose metadata the file takes over.
        """
        from mgie.files.formats import WRITABLE
        from mgie.files.output import UnfitKind, check_output
        from mgie.files.save import save_document, save_result

        if path.suffix.lower() not in WRITABLE:
            raise HostError("FILE_KIND_UNKNOWN", f"{path.name}: {path.suffix or 'no ending'} is not known")
        source = like.path if isinstance(like, FilePicture) else path
        try:
            document = _document(picture, like)
            check_output(path, document, source)
            provenance = _provenance(records, document, source.name if like else "")
            if provenance is None:
                saved = save_document(path, document)
            else:
                saved = save_result(path, document, provenance, source=source)
        except UnfitKind as error:
            raise HostError(f"FILE_LACKS_{error.lack.upper()}", str(error)) from error
        except MgieError as error:
            raise HostError("HOST_FAILED", str(error)) from error
        more_in = source.name if document.left_out else ""
        return FileLoss(largest_change=saved.largest_change, more_in=more_in)

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


def _document(picture: HostPicture, like: HostPicture | None) -> Document:
    """A picture with the metadata of another one's file."""
    from mgie.files.document import Document

    values = picture_of(picture)
    if not isinstance(like, FilePicture):
        return Document(picture=values)
    if picture.icc == like.icc:
        values = replace(values, colour_space=like.document.picture.colour_space)
    return replace(like.document, picture=values)


def _provenance(records: Sequence[str], document: Document, input_name: str) -> Provenance | None:
    """The record of the last edit, with those before it."""
    from mgie.files.record import after, from_json, pixel_digest

    joined: Provenance | None = None
    for text in records:
        try:
            record = from_json(text)
        except BadData as error:
            log.warning("a record is left out of the file: %s", error)
            continue
        joined = after(joined, record)
    if joined is None:
        return None
    return replace(joined, input_name=input_name, output_digest=pixel_digest(document.picture))
