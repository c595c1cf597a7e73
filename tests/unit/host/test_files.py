"""Picture files as a host, with the standard library's own PNG codec."""

import struct
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgie.api.rect import Rect
from mgie.host.blend import blend_picture, crop_picture
from mgie.host.errors import HostError
from mgie.host.files import FileHost
from mgie.host.masks import mask_into_alpha, spread_mask, trim_mask
from mgie.host.png import SIGNATURE, chunk, read_png, write_png
from mgie.host.types import Channels, HostMask, HostPicture, PixelFormat, Placement, SampleType, StateChanged

CANVAS = Rect(x=0, y=0, width=5, height=4)
SPOT = Rect(x=1, y=1, width=3, height=2)


def picture(rect: Rect = CANVAS, sample: SampleType = "u8", channels: Channels = "rgb") -> HostPicture:
    pixel_format = PixelFormat(sample=sample, channels=channels)
    size = rect.num_pixels * pixel_format.bytes_per_pixel
    return HostPicture(rect=rect, format=pixel_format, pixels=bytes(i * 37 % 256 for i in range(size)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_png(tmp_path / "photo.png", picture())
    return tmp_path / "photo.png"


@pytest.mark.parametrize("sample", ["u8", "u16"])
@pytest.mark.parametrize("channels", ["gray", "graya", "rgb", "rgba"])
def test_a_png_comes_back_as_it_was_written(tmp_path: Path, sample: SampleType, channels: Channels) -> None:
    original = picture(sample=sample, channels=channels)
    original = HostPicture(rect=CANVAS, format=original.format, pixels=original.pixels, icc=b"a profile")
    write_png(tmp_path / "a.png", original)
    assert read_png(tmp_path / "a.png") == original


def test_every_row_filter_is_undone(tmp_path: Path) -> None:
    """The same pixels, each row written with another filter of the specification."""
    width, height = 6, 5
    rows = [bytes((x * 31 + y * 67) % 256 for x in range(width * 3)) for y in range(height)]
    filtered = b""
    above = bytes(width * 3)
    for kind, row in enumerate(rows):
        filtered += bytes([kind])
        for i, value in enumerate(row):
            left, corner = (row[i - 3], above[i - 3]) if i >= 3 else (0, 0)
            p = left + above[i] - corner
            nearest = min((left, above[i], corner), key=lambda v, p=p: abs(p - v))
            predicted = (0, left, above[i], (left + above[i]) // 2, nearest)[kind]
            filtered += bytes([(value - predicted) % 256])
        above = row
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = [SIGNATURE, chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(filtered)), chunk(b"IEND", b"")]
    (tmp_path / "a.png").write_bytes(b"".join(data))
    assert read_png(tmp_path / "a.png").pixels == b"".join(rows)


@pytest.mark.parametrize("cut", [0, 4, 8, 20, 40, -13, -1])
def test_a_damaged_png_is_refused_with_its_name(path: Path, cut: int) -> None:
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(HostError, match=r"photo\.png") as caught:
        read_png(path)
    assert caught.value.reason == "UNSUPPORTED_FORMAT"


def test_a_png_that_announces_too_many_pixels_is_refused(tmp_path: Path) -> None:
    header = struct.pack(">IIBBBBB", 1 << 20, 1 << 20, 8, 2, 0, 0, 0)
    data = [SIGNATURE, chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"")), chunk(b"IEND", b"")]
    (tmp_path / "bomb.png").write_bytes(b"".join(data))
    with pytest.raises(HostError, match="at most"):
        read_png(tmp_path / "bomb.png")


def test_a_result_lies_over_the_file_until_it_is_undone(path: Path) -> None:
    events: list[object] = []
    host = FileHost([path])
    host.subscribe(events.append)
    document = host.state().active
    before = host.read_pixels(document)
    mask = HostMask(rect=SPOT, coverage=bytes([255, 0, 128, 0, 255, 0]))
    white = HostPicture(rect=SPOT, format=before.format, pixels=b"\xff" * 18)
    [layer] = host.place_results(document, [Placement(picture=white, mask=mask, name="white")], canvas=CANVAS)
    assert [item.id for item in host.layers(document)] == [layer, "base"]
    after = host.read_pixels(document)
    changed = {i // 3 for i in range(60) if before.pixels[i] != after.pixels[i]}
    assert changed == {6, 8, 12}
    assert host.read_pixels(document, layer="base") == before
    assert host.undo(document)
    assert host.read_pixels(document) == before
    assert not host.undo(document)
    assert host.redo(document)
    assert host.read_pixels(document) == after
    assert all(isinstance(event, StateChanged) for event in events)
    assert len(events) == 3


def test_the_original_file_is_never_written(path: Path, tmp_path: Path) -> None:
    host = FileHost([path])
    document = host.state().active
    with pytest.raises(HostError, match="original"):
        host.save_copy(document, path)
    host.save_copy(document, tmp_path / "copy.png")
    assert read_png(tmp_path / "copy.png") == read_png(path)


def test_a_closed_file_and_another_canvas_are_refused(path: Path) -> None:
    host = FileHost([path])
    document = host.state().active
    placement = Placement(picture=picture(SPOT), name="a")
    with pytest.raises(HostError) as caught:
        host.place_results(document, [placement], canvas=SPOT)
    assert caught.value.reason == "CANVAS_CHANGED"
    deep = Placement(picture=picture(SPOT, "u16"), name="a")
    with pytest.raises(HostError) as caught:
        host.place_results(document, [deep], canvas=CANVAS)
    assert caught.value.reason == "FORMAT_CHANGED"
    host.close_document(document)
    with pytest.raises(HostError) as caught:
        host.read_pixels(document)
    assert caught.value.reason == "DOCUMENT_CLOSED"


@given(st.binary(min_size=20, max_size=20), st.sampled_from(["u8", "u16", "f16", "f32", "f64"]))
def test_blending_keeps_what_the_mask_leaves_out_and_takes_what_it_covers(
    coverage: bytes, sample: SampleType
) -> None:
    base, over = picture(sample=sample, channels="gray"), picture(sample=sample, channels="gray")
    over = HostPicture(rect=CANVAS, format=over.format, pixels=bytes(len(over.pixels)))
    mask = HostMask(rect=CANVAS, coverage=coverage)
    mixed = blend_picture(base, over, mask)
    step = base.format.bytes_per_pixel
    for i, weight in enumerate(coverage):
        place = slice(i * step, (i + 1) * step)
        if weight in (0, 255):
            assert mixed.pixels[place] == (over if weight else base).pixels[place]


@given(st.binary(min_size=20, max_size=20))
def test_a_trimmed_mask_spread_again_is_the_same_mask(coverage: bytes) -> None:
    mask = HostMask(rect=Rect(x=7, y=-2, width=5, height=4), coverage=coverage)
    trimmed = trim_mask(mask)
    assert spread_mask(trimmed, mask.rect) == coverage
    assert trimmed.rect.num_pixels <= mask.rect.num_pixels


def test_a_mask_lowers_alpha_and_nothing_else() -> None:
    original = picture(channels="rgba")
    half = mask_into_alpha(original, HostMask(rect=CANVAS, coverage=b"\x80" * 20))
    for i, (a, b) in enumerate(zip(original.pixels, half.pixels, strict=True)):
        assert b == (round(a * 128 / 255) if i % 4 == 3 else a)


def test_cropping_takes_the_right_rows() -> None:
    whole = picture(channels="gray")
    assert crop_picture(whole, SPOT).pixels == whole.pixels[6:9] + whole.pixels[11:14]


def _opaque(value: int, above: str = "") -> Placement:
    rgb = PixelFormat(sample="u8", channels="rgb")
    pixels = HostPicture(rect=CANVAS, format=rgb, pixels=bytes([value]) * 60)
    return Placement(picture=pixels, name=str(value), above=above)


def test_a_result_of_one_layer_goes_right_above_it_and_one_of_all_layers_on_top(path: Path) -> None:
    host = FileHost((path,))
    document = host.state().active
    (low,) = host.place_results(document, [_opaque(10)], canvas=CANVAS)
    (top,) = host.place_results(document, [_opaque(20)], canvas=CANVAS)
    host.place_results(document, [_opaque(30, above="base")], canvas=CANVAS)
    host.place_results(document, [_opaque(40, above=low)], canvas=CANVAS)
    assert [layer.name for layer in host.layers(document)] == ["20", "40", "10", "30", "photo.png"]
    host.place_results(document, [_opaque(50)], canvas=CANVAS)
    assert set(host.read_pixels(document).pixels) == {50}
    host.undo(document)
    host.undo(document)
    assert [layer.name for layer in host.layers(document)] == ["20", "10", "30", "photo.png"]
    host.redo(document)
    assert [layer.name for layer in host.layers(document)] == ["20", "40", "10", "30", "photo.png"]
    assert host.layers(document)[0].id == top


def test_a_result_is_taken_back_by_undo_or_as_a_step_of_its_own(path: Path) -> None:
    host = FileHost((path,))
    document = host.state().active
    (low,) = host.place_results(document, [_opaque(10)], canvas=CANVAS)
    host.take_back(document, [low])
    assert [layer.id for layer in host.layers(document)] == ["base"]
    assert host.bring_back(document, [low])
    (top,) = host.place_results(document, [_opaque(20)], canvas=CANVAS)
    host.take_back(document, [low])
    assert [layer.id for layer in host.layers(document)] == [top, "base"]
    assert host.bring_back(document, [low])
    assert [layer.id for layer in host.layers(document)] == [top, low, "base"]
    host.take_back(document, ["gone"])
    host.place_results(document, [_opaque(30)], canvas=CANVAS)
    assert not host.bring_back(document, ["gone"])
    assert len(host.layers(document)) == 4


def test_a_result_takes_the_place_of_another_in_one_step(path: Path) -> None:
    host = FileHost((path,))
    document = host.state().active
    (old,) = host.place_results(document, [_opaque(10)], canvas=CANVAS)
    (new,) = host.place_results(document, [replace(_opaque(20), replaces=old)], canvas=CANVAS)
    assert [layer.id for layer in host.layers(document)] == [new, "base"]
    host.undo(document)
    assert [layer.id for layer in host.layers(document)] == [old, "base"]


def test_an_opacity_shows_at_once_and_a_drag_is_one_step(path: Path) -> None:
    host = FileHost((path,))
    document = host.state().active
    before = host.read_pixels(document)
    (layer,) = host.place_results(document, [_opaque(200)], canvas=CANVAS)
    for opacity in (0.75, 0.5, 0.25):
        host.set_opacity(document, layer, opacity)
    host.set_opacity(document, layer, 0.0, since=1.0)
    assert host.layers(document)[0].opacity == 0.0
    assert host.read_pixels(document) == before
    host.undo(document)
    assert host.layers(document)[0].opacity == 1.0
    assert set(host.read_pixels(document).pixels) == {200}
    host.set_opacity(document, layer, 0.5)
    half = host.read_pixels(document).pixels
    assert all(abs(h - (b + 200) / 2) <= 1 for h, b in zip(half, before.pixels, strict=True))
    with pytest.raises(HostError, match="no longer") as caught:
        host.set_opacity(document, "gone", 0.5)
    assert caught.value.reason == "LAYER_GONE"
