"""OpenRaster: what the layers show is what the merged picture shows; damage is told before any work."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import imagecodecs
import numpy as np
import numpy.typing as npt
import pytest

from mgie.api.picture import Picture
from mgie.api.rect import Rect
from mgie.errors import BadImage
from mgie.files.document import Document
from mgie.files.formats import open_document
from mgie.files.openraster import HIDDEN_GROUP, NewLayer
from mgie.files.output import check_output
from mgie.files.png import encode_png
from mgie.files.record import make_provenance
from mgie.files.save import save_result
from support.fake_pictures import make_picture

STACK = '<image w="64" h="48"><stack><layer name="bg" src="data/l.png" x="0" y="0"/></stack></image>'


def ora(path: Path, picture: Picture, *, stack: str | None = STACK) -> Path:
    data = encode_png(Document(picture=picture))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster", zipfile.ZIP_STORED)
        if stack is not None:
            archive.writestr("stack.xml", stack)
        for name in ("data/l.png", "mergedimage.png", "Thumbnails/thumbnail.png"):
            archive.writestr(name, data)
    return path


def composed(path: Path) -> npt.NDArray[np.float64]:
    """(h, w, 4) 0..255: the visible layers over each other, bottom first."""
    canvas = np.zeros((48, 64, 4))
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("stack.xml")).find("stack")
        assert root is not None
        for element in reversed(root):
            if element.get("visibility") == "hidden":
                continue
            pixels = imagecodecs.png_decode(archive.read(element.get("src", ""))) / 255.0
            full = np.zeros((48, 64, 4))
            x, y = int(element.get("x", 0)), int(element.get("y", 0))
            height, width = pixels.shape[:2]
            pixels = pixels.reshape(height, width, -1)
            num_channels = pixels.shape[2]
            full[y : y + height, x : x + width, :3] = pixels[..., : 3 if num_channels > 2 else 1]
            full[y : y + height, x : x + width, 3] = pixels[..., -1] if num_channels in (2, 4) else 1
            over, under = full[..., 3:], canvas[..., 3:]
            alpha = over + under * (1 - over)
            mixed = full[..., :3] * over + canvas[..., :3] * under * (1 - over)
            canvas = np.concatenate([mixed / np.maximum(alpha, 1e-9), alpha], -1)
    return canvas * 255


def edited_ora(tmp_path: Path, picture: Picture) -> Path:
    """A file with an edit of a rectangle, through a mask."""
    source = ora(tmp_path / "a.ora", picture)
    rect = Rect(10, 5, 20, 12)
    pixels = picture.pixels.copy()
    part = pixels[rect.within(Rect(0, 0, 64, 48))]
    shown = np.full((12, 20), 255, np.uint8)
    shown[:, :3] = 0
    part[shown > 0, : picture.num_colours] //= 2
    layer = NewLayer(name="darker\x07", rect=rect, pixels=part.copy(), shown=shown)
    result = Picture(pixels=pixels, alpha=picture.alpha)
    record = make_provenance(input_name="a.ora", source=picture, result=result, edits=(), device="cpu")
    document = Document(picture=result, kind="ora")
    check_output(source, document, source)
    save_result(source, document, record, source=source, layers=[layer])
    assert open_document(source).provenance == record
    return source


@pytest.mark.parametrize("kind", ["opaque", "translucent", "gray", "solid or empty"])
def test_the_layers_show_what_the_merged_picture_shows(tmp_path: Path, kind: str) -> None:
    picture = make_picture(channels=3)
    if kind == "gray":
        picture = make_picture(channels=1)
    if kind in ("translucent", "solid or empty"):
        pixels = make_picture(channels=4, alpha="straight").pixels.copy()
        if kind == "solid or empty":
            pixels[..., 3] = np.where(pixels[..., 3] > 100, 255, 0)
        picture = Picture(pixels=pixels, alpha="straight")
    path = edited_ora(tmp_path, picture)
    merged = open_document(path).picture.pixels.astype(float)
    shown = composed(path)
    if picture.has_alpha:
        visible = merged[..., 3] > 0
        assert np.abs(shown[..., 3] - merged[..., 3]).max() < 1
        assert np.abs(shown[..., :3] - merged[..., :3])[visible].max() < 1
    else:
        assert np.abs(shown[..., :3] - merged[..., :3]).max() < 1
    with zipfile.ZipFile(path) as archive:
        stack = archive.read("stack.xml").decode()
        assert (HIDDEN_GROUP in stack) == (kind == "translucent")
        assert "data/l.png" in stack
        assert 'name="darker"' in stack


def without_stack(path: Path) -> None:
    ora(path, make_picture(), stack=None)


def without_root(path: Path) -> None:
    ora(path, make_picture(), stack="<image/>")


def with_entities(path: Path) -> None:
    ora(path, make_picture(), stack='<!DOCTYPE a [<!ENTITY b "c">]><image><stack/></image>')


def with_damaged_layer(path: Path) -> None:
    data = bytearray(ora(path, make_picture()).read_bytes())
    at = data.find(b"IDAT", data.find(b"data/l.png"))
    data[at + 30] ^= 255
    path.write_bytes(data)


def with_password(path: Path) -> None:
    data = bytearray(ora(path, make_picture()).read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 1)
    path.write_bytes(data)


def with_a_bomb(path: Path) -> None:
    ora(path, make_picture())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/big.png", bytes(1 << 20))
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02", 0, data.rfind(b"data/big.png"))
    data[at + 24 : at + 28] = (4_000_000_000).to_bytes(4, "little")
    path.write_bytes(data)


@pytest.mark.parametrize(
    "spoil", [without_stack, without_root, with_entities, with_damaged_layer, with_password, with_a_bomb]
)
def test_a_damaged_file_is_told_before_the_work(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    path = tmp_path / "a.ora"
    spoil(path)
    document = Document(picture=make_picture(), kind="ora")
    with pytest.raises(BadImage) as caught:
        check_output(tmp_path / "b.ora", document, path)
    assert "\n" not in str(caught.value)


def test_any_damage_is_survived(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    whole = ora(tmp_path / "a.ora", make_picture()).read_bytes()
    path = tmp_path / "b.ora"
    for _ in range(60):
        data = bytearray(whole)
        for position in random.integers(0, len(data), 6):
            data[position] = random.integers(256)
        path.write_bytes(data)
        try:
            check_output(tmp_path / "c.ora", open_document(path), path)
        except BadImage:
            continue
