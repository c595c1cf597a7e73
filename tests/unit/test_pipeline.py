"""What every edit guarantees, whatever the format, the selection and the model's answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgie.api.compose_options import ComposeOptions
from mgie.api.picture import AlphaKind, ColourSpace, Picture
from mgie.api.rect import Rect
from mgie.compose.region import Region, picture_rect, whole_picture
from mgie.errors import BadImage, EmptyMask
from mgie.model.events import Sampled
from mgie.pipeline import Prepared, finish, paste, prepare
from support.fake_pictures import (
    FORMATS,
    brighten,
    make_picture,
    pictures,
    regions_of,
    repaint,
    unchanged,
)

Edit: TypeAlias = Callable[[Prepared], Sampled]

NATIVE_PX = 32
quick = settings(max_examples=30)
edits = st.sampled_from([brighten, repaint, unchanged])
options = st.builds(
    ComposeOptions,
    grow_px=st.integers(-3, 3),
    feather_px=st.floats(0, 6),
    transfer=st.sampled_from(["auto", "tonal", "content"]),
    colour_match=st.sampled_from([0.0, 1.0]),
    context=st.sampled_from(["auto", "selection", "canvas"]),
)


def edited(
    picture: Picture,
    region: Region,
    edit: Edit,
    settings: ComposeOptions | None = None,
) -> Picture:
    prepared = prepare(picture, region, NATIVE_PX, settings)
    return paste(picture, finish(prepared, edit(prepared)))


@quick
@given(st.data(), pictures(), edits, options)
def test_outside_the_mask_not_one_value_differs(
    data: st.DataObject, picture: Picture, edit: Edit, options: ComposeOptions
) -> None:
    region = data.draw(regions_of(picture))
    result = edited(picture, region, edit, options)
    touched = np.zeros(picture.pixels.shape[:2], bool)
    common = region.rect.intersect(picture_rect(picture))
    touched[common.within(picture_rect(picture))] = region.coverage()[common.within(region.rect)] > 0
    assert result.pixels.dtype == picture.pixels.dtype
    assert np.array_equal(result.pixels[~touched], picture.pixels[~touched])


@quick
@given(st.data(), pictures(), options)
def test_an_edit_that_changes_nothing_returns_the_input_bit_for_bit(
    data: st.DataObject, picture: Picture, options: ComposeOptions
) -> None:
    result = edited(picture, data.draw(regions_of(picture)), unchanged, options)
    assert result.pixels.tobytes() == picture.pixels.tobytes()


@quick
@given(st.data(), pictures(), edits)
def test_alpha_and_fully_transparent_pixels_stay(data: st.DataObject, picture: Picture, edit: Edit) -> None:
    result = edited(picture, data.draw(regions_of(picture)), edit)
    if picture.has_alpha:
        assert np.array_equal(result.pixels[..., -1], picture.pixels[..., -1])
        hidden = picture.pixels[..., -1] == 0
        assert np.array_equal(result.pixels[hidden], picture.pixels[hidden])


@quick
@given(st.data(), pictures(), options)
def test_no_step_exceeds_the_given_coverage(
    data: st.DataObject, picture: Picture, options: ComposeOptions
) -> None:
    region = data.draw(regions_of(picture))
    prepared = prepare(picture, region, NATIVE_PX, options)
    outcome = finish(prepared, brighten(prepared))
    allowed = region.coverage()[outcome.rect.within(region.rect)]
    assert (outcome.mask <= allowed).all()


@quick
@given(st.data(), pictures())
def test_the_outcome_lies_where_the_selection_lies(data: st.DataObject, picture: Picture) -> None:
    """Placement round-trips: pasting only touches the outcome's rectangle, and that holds the selection."""
    region = data.draw(regions_of(picture))
    prepared = prepare(picture, region, NATIVE_PX)
    outcome = finish(prepared, brighten(prepared))
    canvas = picture_rect(picture)
    assert outcome.rect.intersect(canvas) == outcome.rect
    assert prepared.context.intersect(outcome.rect) == outcome.rect
    selected = np.zeros((canvas.height, canvas.width), bool)
    common = region.rect.intersect(canvas)
    selected[common.within(canvas)] = region.coverage()[common.within(region.rect)] > 0
    assert np.count_nonzero(selected) == np.count_nonzero(selected[outcome.rect.within(canvas)])


@pytest.mark.parametrize(("dtype", "channels", "alpha"), FORMATS)
def test_a_tonal_edit_arrives_in_every_format(dtype: str, channels: int, alpha: AlphaKind) -> None:
    """Brightening by a power brightens the document's own pixels as if the power were applied to them."""
    picture = make_picture(64, 64, dtype=dtype, channels=channels, alpha=alpha)
    result = edited(picture, whole_picture(picture), brighten, ComposeOptions(transfer="tonal"))
    before, after = (p.pixels[..., : p.num_colours].astype(np.float64) / p.white for p in (picture, result))
    cover = np.ones((64, 64)) if not picture.has_alpha else picture.pixels[..., -1] / picture.white
    if alpha == "premultiplied":
        before, after = (
            np.divide(p, cover[..., None], where=cover[..., None] > 0.5, out=p) for p in (before, after)
        )
    solid = cover > 0.5
    assert np.abs(after - np.clip(before, 0, 1) ** 0.6)[solid].mean() < 0.03


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_premultiplied_edges_show_no_fringe(dtype: str) -> None:
    """The same picture, straight and premultiplied, looks the same after the edit on any background."""
    straight = make_picture(48, 48, dtype=dtype, channels=4, alpha="straight")
    cover = straight.pixels[..., 3:].astype(np.float64) / straight.white
    pixels = straight.pixels.astype(np.float64)
    pixels[..., :3] *= cover
    if dtype != "float32":
        pixels = np.round(pixels)
    premultiplied = Picture(pixels=pixels.astype(dtype), alpha="premultiplied")
    result = edited(premultiplied, whole_picture(premultiplied), brighten)
    reference = edited(straight, whole_picture(straight), brighten)
    over_black = reference.pixels[..., :3].astype(np.float64) * cover
    difference = np.abs(result.pixels[..., :3] - over_black) / straight.white
    if dtype != "float32":  # floats may exceed white, integers may not
        assert (result.pixels[..., :3] <= result.pixels[..., 3:]).all()
    assert difference.max() < (0.02 if dtype == "uint8" else 0.01)  # 8-bit premultiplied colours are coarse


def test_colours_outside_srgb_and_above_white_are_not_clipped() -> None:
    """A float document's highlights and wide colours follow the edit without being cut off."""
    picture = make_picture(32, 32, dtype="float32", space=ColourSpace(name="linear"))
    pixels = picture.pixels.copy()
    pixels[4, 4] = (3.0, 2.5, 2.0)
    pixels[5, 5] = (-0.05, 0.6, 0.2)
    picture = replace(picture, pixels=pixels)
    result = edited(picture, whole_picture(picture), brighten)
    assert result.pixels[4, 4, 0] > 2.0
    assert np.isfinite(result.pixels).all()


def test_nan_and_infinity_stay_in_place() -> None:
    """Broken pixels of a float document neither spread nor stop the edit."""
    picture = make_picture(32, 32, dtype="float32")
    pixels = picture.pixels.copy()
    pixels[3, 3], pixels[9, 9] = np.nan, np.inf
    picture = replace(picture, pixels=pixels)
    result = edited(picture, Region(rect=Rect(16, 16, 10, 10)), brighten)
    assert result.pixels.tobytes().count(pixels[3, 3].tobytes()) == 1
    assert np.isfinite(result.pixels[16:26, 16:26]).all()


@pytest.mark.parametrize(("channels", "alpha"), [(3, "none"), (4, "straight"), (4, "premultiplied")])
def test_pixels_that_are_no_numbers_are_not_edited_and_not_counted(channels: int, alpha: AlphaKind) -> None:
    picture = make_picture(dtype="float32", channels=channels, alpha=alpha)
    pixels = picture.pixels.copy()
    pixels[3, 3, -1], pixels[5, 7, 0], pixels[6, 6, 1] = np.nan, np.inf, np.nan
    picture = replace(picture, pixels=pixels)
    outcome = finish(*_answered(picture))
    odd = ~np.isfinite(pixels).all(axis=-1)
    assert np.array_equal(outcome.pixels[odd], pixels[odd], equal_nan=True)
    assert np.isfinite(outcome.pixels[~odd]).all()
    assert outcome.report.num_changed_outside == 0
    assert 0 < outcome.report.num_changed <= (~odd).sum()


def _answered(picture: Picture) -> tuple[Prepared, Sampled]:
    prepared = prepare(picture, whole_picture(picture), NATIVE_PX)
    return prepared, brighten(prepared)


def test_edits_of_tiles_add_up() -> None:
    """Two halves with complementary masks give what the whole would."""
    picture = make_picture(40, 60, dtype="uint16")
    ramp = np.linspace(0, 255, 60).astype(np.uint8)[None].repeat(40, axis=0)
    canvas = picture_rect(picture)
    settings = ComposeOptions(context="canvas", transfer="tonal")
    full = prepare(picture, whole_picture(picture), NATIVE_PX, settings)
    whole = paste(picture, finish(full, brighten(full)))
    current = picture
    for mask in (ramp, 255 - ramp):
        region = Region(rect=canvas, mask=mask)
        prepared = prepare(picture, region, NATIVE_PX, settings)
        current = paste(current, finish(prepared, brighten(prepared), below=current))
    assert np.abs(current.pixels.astype(int) - whole.pixels).max() <= 2


def test_a_layer_leaves_the_mask_to_the_host() -> None:
    """With `is_layer` every selected pixel takes the whole edit, and the mask is returned beside it."""
    picture = make_picture(40, 40)
    mask = np.zeros((40, 40), np.uint8)
    mask[10:30, 10:30] = 100
    prepared = prepare(picture, Region(rect=Rect(0, 0, 40, 40), mask=mask), NATIVE_PX)
    layer = finish(prepared, brighten(prepared), is_layer=True)
    blended = finish(prepared, brighten(prepared))
    assert layer.rect == Rect(10, 10, 20, 20)
    assert (layer.mask == 100).all()
    assert layer.change_map.mean() > 2 * blended.change_map.mean()


def test_the_report_counts_what_changed() -> None:
    picture = make_picture(40, 40)
    prepared = prepare(picture, Region(rect=Rect(5, 5, 10, 10)), NATIVE_PX)
    report = finish(prepared, brighten(prepared)).report
    assert 90 <= report.num_changed <= 100
    assert report.num_changed_outside == 0
    assert report.content_share == 0


def test_a_selection_outside_the_picture_is_refused() -> None:
    picture = make_picture(20, 20)
    with pytest.raises(EmptyMask, match="outside the picture"):
        prepare(picture, Region(rect=Rect(30, 0, 5, 5)), NATIVE_PX)


def test_a_broken_answer_of_the_model_is_refused() -> None:
    picture = make_picture(20, 20)
    prepared = prepare(picture, whole_picture(picture), NATIVE_PX)
    sampled = brighten(prepared)
    with pytest.raises(BadImage, match="NaN"):
        finish(prepared, Sampled(sampled.image * np.float32(np.nan), sampled.round_trip))
    with pytest.raises(BadImage, match="expected equal"):
        finish(prepared, Sampled(sampled.image[:-1], sampled.round_trip))
    with pytest.raises(BadImage, match=r"alpha is \(3, 4\); expected"):
        finish(prepared, sampled._replace(alpha=np.ones((3, 4), np.float32)))


@pytest.mark.parametrize("is_layer", [False, True])
def test_a_transparent_answer_takes_less_of_each_pixel(is_layer: bool) -> None:
    """Transparent at the left, opaque at the right; inside a selection, the rest stays as it is."""
    picture = make_picture(40, 40)
    region = Region(rect=Rect(4, 4, 32, 32))
    prepared = prepare(picture, region, NATIVE_PX, ComposeOptions(feather_px=0, context="canvas"))
    sampled = brighten(prepared)
    height, width = sampled.image.shape[:2]
    alpha = np.zeros((height, width), np.float32)
    alpha[:, width // 2 :] = 1
    whole = finish(prepared, sampled, is_layer=is_layer)
    cut = finish(prepared, sampled._replace(alpha=alpha), is_layer=is_layer)
    assert cut.rect == whole.rect
    left, right = slice(0, 14), slice(18, None)  # but for the soft edge between
    assert not cut.mask[:, left].any()
    assert np.array_equal(cut.mask[:, right], whole.mask[:, right])
    before = picture.pixels[cut.rect.within(picture_rect(picture))]
    assert np.array_equal(cut.pixels[:, right], whole.pixels[:, right])
    assert np.array_equal(cut.pixels[:, left], (whole.pixels if is_layer else before)[:, left])
    assert cut.report.num_changed_outside == 0
