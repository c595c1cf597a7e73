"""OpenRaster (.ora): reads the merged picture, and puts an edit into a copy of the file as a new layer.

Format: https://www.openraster.org (baseline). Layers are straight-alpha PNGs listed in stack.xml, top first.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from mgie.api.picture import Coverage, Picture, Pixels, white_of
from mgie.api.rect import Rect
from mgie.api.text import clean_text, shown_name
from mgie.errors import BadImage
from mgie.files.document import Document, decoding
from mgie.files.png import decode_png, encode_png

SIGNATURE = b"PK\x03\x04"
MERGED = "mergedimage.png"
STACK = "stack.xml"
THUMBNAIL = "Thumbnails/thumbnail.png"
RECORD = "mgie/record.xmp"
MAX_MEMBER = 4 << 30  # bytes a member may unfold to
HIDDEN_GROUP = "Before the edit"
_MOST_FOLDED = 1032  # how many times smaller deflate can make anything
_ENCRYPTED = 1  # bit of a member's flags


@dataclass(frozen=True, kw_only=True, eq=False)
class NewLayer:
    """What an edit adds to a layered file."""

    name: str
    rect: Rect  # canvas coordinates
    pixels: Pixels  # (rect.height, rect.width, C), in the merged picture's format
    shown: Coverage  # (rect.height, rect.width): it shows where this is not 0


def read_openraster(path: Path, max_pixels: int | None = None) -> Document:
    """Read the merged picture of an OpenRaster file, and its edit record."""
    with decoding(shown_name(path), "OpenRaster file"), zipfile.ZipFile(path) as archive:
        if MERGED not in archive.namelist():
            raise BadImage(f"{shown_name(path)} holds no merged picture; save it anew as OpenRaster")
        merged = _member(archive, MERGED)
        xmp = _member(archive, RECORD) if RECORD in archive.namelist() else b""
        document = decode_png(merged, f"{shown_name(path)} ({MERGED})", max_pixels)
        return replace(document, kind="ora", xmp=xmp, extras=(), left_out="")


def check_openraster(path: Path) -> None:
    """Raise unless every part of the file can be read, so that a copy of it will be whole."""
    with decoding(shown_name(path), "OpenRaster file"), zipfile.ZipFile(path) as archive:
        _root(_stack(archive))
        for info in archive.infolist():
            _check_member(info)
        damaged = archive.testzip()
        if damaged is not None:
            raise BadImage(f"{shown_name(path)}: its part {clean_text(damaged)} is damaged; save it anew")


def encode_openraster(source: Path, merged: Document, layers: list[NewLayer]) -> bytes:
    """The bytes of a copy of `source` with new layers on top, given bottom first.

    merged: the whole edited picture, with the record in its XMP packet.
    Over translucent pixels a layer cannot replace what lies below it. Where an edit has such pixels, one
    layer holds the whole picture, and those there were before are kept in a hidden group below it.
    """
    picture = merged.picture
    with decoding(shown_name(source), "OpenRaster file"), zipfile.ZipFile(source) as old:
        stack = _stack(old)
        if any(_is_translucent(layer, picture) for layer in layers):
            _hide_all(_root(stack))
            layers = [_whole_layer(picture, layers)]
        new: dict[str, bytes] = {}
        taken = set(old.namelist())
        for layer in layers:
            member = _free_name(taken)
            new[member] = encode_png(Document(picture=_cut_out(picture, layer)))
            _insert(_root(stack), layer, member)
        new[MERGED] = encode_png(replace(merged, xmp=b"", extras=()))
        new[THUMBNAIL] = _thumbnail(picture)
        new[STACK] = ElementTree.tostring(stack, encoding="UTF-8", xml_declaration=True)
        new[RECORD] = merged.xmp
        return _copy(old, new)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    _check_member(archive.getinfo(name))
    return archive.read(name)


def _check_member(info: zipfile.ZipInfo) -> None:
    name = clean_text(info.filename)
    if info.flag_bits & _ENCRYPTED:
        raise BadImage(f"{name} inside the OpenRaster file is locked by a password; save it without one")
    if info.file_size > min(MAX_MEMBER, info.compress_size * _MOST_FOLDED + 1024):
        raise BadImage(f"{name} inside the OpenRaster file claims {info.file_size} bytes; save it anew")


def _stack(archive: zipfile.ZipFile) -> ElementTree.Element:
    if STACK not in archive.namelist():
        raise BadImage("the OpenRaster file has no layer list (stack.xml); save it anew")
    text = _member(archive, STACK)
    if b"<!DOCTYPE" in text:  # nothing in the format needs one, and entities could be harmful
        raise BadImage("the OpenRaster file's layer list declares a document type; save it again")
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise BadImage(f"the OpenRaster file's layer list is damaged ({error})") from error


def _root(stack: ElementTree.Element) -> ElementTree.Element:
    root = stack.find("stack")
    if root is None:
        raise BadImage("the OpenRaster file's layer list has no stack; save it again")
    return root


def _is_translucent(layer: NewLayer, picture: Picture) -> bool:
    """Whether some pixel that shows is neither opaque nor empty."""
    if not picture.has_alpha:
        return False
    alpha = layer.pixels[..., -1][layer.shown > 0]
    return bool(((alpha > 0) & (alpha < picture.white)).any())


def _whole_layer(picture: Picture, layers: list[NewLayer]) -> NewLayer:
    rect = Rect(0, 0, picture.width, picture.height)
    shown = np.full((picture.height, picture.width), 255, np.uint8)
    return NewLayer(name=layers[-1].name, rect=rect, pixels=picture.pixels, shown=shown)


def _hide_all(root: ElementTree.Element) -> None:
    """Move what is there into a hidden group."""
    group = ElementTree.Element("stack", {"name": HIDDEN_GROUP, "visibility": "hidden"})
    for child in list(root):
        root.remove(child)
        group.append(child)
    root.append(group)


def _insert(root: ElementTree.Element, layer: NewLayer, member: str) -> None:
    """Put a layer on top of the root stack."""
    attributes = {
        "name": clean_text(layer.name),
        "src": member,
        "x": str(layer.rect.x),
        "y": str(layer.rect.y),
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


def _cut_out(merged: Picture, layer: NewLayer) -> Picture:
    """Pixels as a straight-alpha layer that shows where `shown` is not 0."""
    pixels = layer.pixels
    colours = pixels[..., : merged.num_colours]
    full = int(white_of(pixels.dtype))
    alpha = pixels[..., -1] if merged.has_alpha else np.full(layer.shown.shape, full, pixels.dtype)
    alpha = np.where(layer.shown > 0, alpha, 0).astype(pixels.dtype)
    layered = np.concatenate([colours, alpha[..., None]], axis=-1)
    return Picture(pixels=layered, alpha="straight", colour_space=merged.colour_space)


def _thumbnail(merged: Picture) -> bytes:
    step = max(-(-max(merged.width, merged.height) // 256), 1)
    small = merged.pixels[::step, ::step]
    eight_bit = (small >> 8).astype(np.uint8) if small.dtype == np.uint16 else small
    stream = io.BytesIO()
    Image.fromarray(eight_bit[..., 0] if eight_bit.shape[2] == 1 else eight_bit).save(stream, "PNG")
    return stream.getvalue()


def _copy(old: zipfile.ZipFile, new: dict[str, bytes]) -> bytes:
    """The mimetype first and stored, then the old members that are not replaced, then the new ones."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "image/openraster", zipfile.ZIP_STORED)
        members = {info.filename: info for info in old.infolist()}  # of equal names the last counts
        for name, info in members.items():
            if name not in {*new, "mimetype"}:
                archive.writestr(info, _member(old, name))
        for name, content in new.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name.endswith(".png") else None)
    return stream.getvalue()
