"""OpenRaster (.ora): reads the merged picture, and puts an edit into a copy of the file as a new layer.

Format: https://www.openraster.org (baseline). Layers are straight-alpha PNGs listed in stack.xml, top first.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from mgie.api.picture import Coverage, Picture, Pixels, white_of
from mgie.api.rect import Rect
from mgie.compose.provenance import Provenance, to_xmp
from mgie.errors import BadImage
from mgie.files.document import Document, replacing
from mgie.files.png import encode_png, read_png

MERGED = "mergedimage.png"
STACK = "stack.xml"
THUMBNAIL = "Thumbnails/thumbnail.png"
RECORD = "mgie/record.xmp"
MAX_MEMBER = 4 << 30  # bytes a member may unfold to


def read_openraster(path: Path) -> Document:
    """Read the merged picture of an OpenRaster file, and its edit record."""
    try:
        with zipfile.ZipFile(path) as archive:
            merged = _member(archive, MERGED)
            xmp = _member(archive, RECORD) if RECORD in archive.namelist() else b""
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise BadImage(f"{path.name} is no OpenRaster file, or a damaged one ({error})") from error
    with tempfile.NamedTemporaryFile(prefix=path.stem, suffix=".png") as file:
        file.write(merged)
        file.flush()
        document = read_png(Path(file.name))
    return replace(document, xmp=xmp)


def add_layers(
    source: Path,
    target: Path,
    merged: Picture,
    layers: list[tuple[str, Rect, Pixels, Coverage]],
    provenance: Provenance,
) -> None:
    """Write a copy of `source` with new layers on top.

    merged: the whole edited picture; layers, bottom first: name, place, pixels (h, w, C) in the merged
    picture's format, and which of them show (h, w) 0 or 255.
    """
    with replacing(target) as temporary, zipfile.ZipFile(source) as old:
        stack = _stack(old)
        new: dict[str, bytes] = {}
        taken = set(old.namelist())
        for name, rect, pixels, shown in layers:
            member = _free_name(taken)
            new[member] = encode_png(Document(picture=_layer(merged, pixels, shown)))
            _insert(stack, name, member, rect)
        new[MERGED] = encode_png(Document(picture=merged))
        new[THUMBNAIL] = _thumbnail(merged)
        new[STACK] = ElementTree.tostring(stack, encoding="UTF-8", xml_declaration=True)
        new[RECORD] = to_xmp(provenance)
        _copy(old, temporary, new)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > MAX_MEMBER:
        raise BadImage(f"{name} inside the OpenRaster file is too large")
    return archive.read(name)


def _stack(archive: zipfile.ZipFile) -> ElementTree.Element:
    text = _member(archive, STACK)
    if b"<!DOCTYPE" in text:  # nothing in the format needs one, and entities could be harmful
        raise BadImage("the OpenRaster file's layer list declares a document type; save it again")
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise BadImage(f"the OpenRaster file's layer list is damaged ({error})") from error


def _insert(stack: ElementTree.Element, name: str, member: str, rect: Rect) -> None:
    """Put a layer on top of the root stack."""
    root = stack.find("stack")
    if root is None:
        raise BadImage("the OpenRaster file's layer list has no stack; save it again")
    attributes = {
        "name": name,
        "src": member,
        "x": str(rect.x),
        "y": str(rect.y),
        "opacity": "1.0",
        "visibility": "visible",
        "composite-op": "svg:src-over",
    }
    root.insert(0, ElementTree.Element("layer", attributes))


def _free_name(taken: set[str]) -> str:
    number = 1
    while (name := f"data/mgie-{number}.png") in taken:
        number += 1
    taken.add(name)
    return name


def _layer(merged: Picture, pixels: Pixels, shown: Coverage) -> Picture:
    """Pixels as a straight-alpha layer that shows where `shown` is 255."""
    colours = pixels[..., : merged.num_colours]
    full = int(white_of(pixels.dtype))
    alpha = pixels[..., -1] if merged.has_alpha else np.full(shown.shape, full, pixels.dtype)
    alpha = np.where(shown > 0, alpha, 0).astype(pixels.dtype)
    layered = np.concatenate([colours, alpha[..., None]], axis=-1)
    return Picture(pixels=layered, alpha="straight", colour_space=merged.colour_space)


def _thumbnail(merged: Picture) -> bytes:
    step = max(-(-max(merged.width, merged.height) // 256), 1)
    small = merged.pixels[::step, ::step]
    eight_bit = (small >> 8).astype(np.uint8) if small.dtype == np.uint16 else small
    stream = io.BytesIO()
    Image.fromarray(eight_bit[..., 0] if eight_bit.shape[2] == 1 else eight_bit).save(stream, "PNG")
    return stream.getvalue()


def _copy(old: zipfile.ZipFile, target: Path, new: dict[str, bytes]) -> None:
    """The mimetype first and stored, then the old members that are not replaced, then the new ones."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "image/openraster", zipfile.ZIP_STORED)
        for info in old.infolist():
            if info.filename not in {*new, "mimetype"}:
                archive.writestr(info, _member(old, info.filename))
        for name, content in new.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name.endswith(".png") else None)
