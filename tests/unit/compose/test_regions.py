"""Where the model looks, how selections are softened, and how many regions become one plan."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgie.api.compose_options import ComposeOptions
from mgie.api.rect import Rect
from mgie.compose.context import context_rect, model_size, selection_rect
from mgie.compose.masks import blend_mask
from mgie.compose.region import Region
from mgie.compose.tiling import merge_touching, split_into_tiles
from mgie.errors import BadMask, BadOption, EmptyMask

CANVAS = Rect(-10, 5, 900, 700)
quick = settings(max_examples=100)
selections = st.builds(
    Rect, st.integers(-10, 800), st.integers(5, 600), st.integers(1, 90), st.integers(1, 100)
)


@quick
@given(selections, st.sampled_from([64, 128, 512]), st.booleans(), st.floats(0, 4))
def test_the_context_holds_the_selection_and_stays_on_the_canvas(
    selection: Rect, native: int, is_square: bool, padding: float
) -> None:
    options = ComposeOptions(is_square=is_square, padding=padding)
    context = context_rect(selection, CANVAS, native, options)
    assert context.intersect(selection) == selection
    assert context.intersect(CANVAS) == context
    assert min(context.width, context.height) >= min(native, CANVAS.width, CANVAS.height) / 2


@quick
@given(st.integers(1, 9000), st.integers(1, 9000), st.sampled_from([128, 256, 512]))
def test_the_models_picture_has_about_its_native_area(width: int, height: int, native: int) -> None:
    size = model_size(Rect(0, 0, width, height), native)
    assert all(side % (native // 8) == 0 for side in size)
    assert 0.8 <= size[0] * size[1] / native**2 <= 1.25
    assert model_size(Rect(0, 0, width, height), native, is_square=True) == (native, native)


def test_a_small_selection_is_shown_at_the_models_own_size() -> None:
    """Not enlarged: 20 px of a photograph in a 128 px context."""
    context = context_rect(Rect(300, 300, 20, 20), CANVAS, 128, ComposeOptions())
    assert (context.width, context.height) == (128, 128)
    assert abs(context.x + 64 - 310) <= 1


def test_contexts_can_be_chosen() -> None:
    selection = Rect(100, 100, 50, 50)
    assert context_rect(selection, CANVAS, 64, ComposeOptions(context="canvas")) == CANVAS
    assert context_rect(selection, CANVAS, 64, ComposeOptions(context="selection")) == selection
    chosen = ComposeOptions(context="custom", context_rect=Rect(90, 90, 100, 100))
    assert context_rect(selection, CANVAS, 64, chosen) == Rect(90, 90, 100, 100)
    with pytest.raises(BadOption, match="leaves out"):
        context_rect(Rect(0, 10, 50, 50), CANVAS, 64, chosen)


@quick
@given(st.integers(0, 99), st.integers(-6, 6), st.floats(0, 12))
def test_a_softened_mask_never_exceeds_the_coverage(seed: int, grow_px: int, feather_px: float) -> None:
    mask = np.clip(np.random.default_rng(seed).integers(-200, 456, (20, 30)), 0, 255).astype(np.uint8)
    mask[0, 0] = 1
    region = Region(rect=Rect(2, 3, 30, 20), mask=mask)
    soft = blend_mask(region, Rect(0, 0, 40, 23), grow_px=grow_px, feather_px=feather_px)
    assert (soft <= mask).all()


def test_a_feather_rises_inwards_from_the_border() -> None:
    region = Region(rect=Rect(10, 10, 40, 40))
    soft = blend_mask(region, Rect(0, 0, 60, 60), grow_px=0, feather_px=9)
    assert soft[20, :10].tolist() == [26, 51, 76, 102, 128, 153, 178, 204, 230, 255]
    assert (soft[12:-12, 12:-12] == 255).all()


def test_growing_moves_the_ramp_out_and_shrinking_moves_it_in() -> None:
    region, canvas = Region(rect=Rect(10, 10, 40, 40)), Rect(0, 0, 60, 60)
    at = {
        grow: blend_mask(region, canvas, grow_px=grow, feather_px=4)[20, :6].astype(int)
        for grow in (-2, 0, 4)
    }
    assert (at[4] == 255).all()
    assert at[-2].tolist() == [0, 0, 51, 102, 153, 204]
    assert (at[-2] <= at[0]).all()


def test_the_canvas_edge_is_no_border() -> None:
    region = Region(rect=Rect(0, 0, 30, 30))
    soft = blend_mask(region, Rect(0, 0, 60, 30), grow_px=0, feather_px=5)
    assert (soft[:, 0] == 255).all()
    assert soft[15, 29] < 64


def test_large_masks_are_softened_in_blocks_without_a_trace() -> None:
    """A mask larger than a block has the same ramp on both sides of the block's edge."""
    region = Region(rect=Rect(5, 5, 600, 20))
    soft = blend_mask(region, Rect(0, 0, 700, 40), grow_px=0, feather_px=6)
    assert (soft[:, 100:500] == soft[:, 100:101]).all()


def test_touching_regions_with_one_instruction_become_one() -> None:
    a = Region(rect=Rect(0, 0, 10, 10), instruction="warmer")
    b = Region(rect=Rect(10, 0, 10, 10), instruction="warmer")
    c = Region(rect=Rect(30, 0, 10, 10), instruction="warmer")
    d = Region(rect=Rect(5, 5, 10, 10), instruction="darker")
    merged = merge_touching([a, b, c, d])
    assert [r.rect for r in merged] == [Rect(0, 0, 20, 10), c.rect, d.rect]
    assert (merged[0].coverage() == 255).all()


@settings(max_examples=20)
@given(st.integers(0, 99), st.integers(150, 420), st.integers(80, 300), st.floats(0.05, 0.5))
def test_the_tiles_of_a_region_add_up_to_its_mask(seed: int, width: int, height: int, overlap: float) -> None:
    mask = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    region = Region(rect=Rect(7, 9, width, height), instruction="a", mask=mask)
    options = ComposeOptions(transfer="content", max_scale=2, tile_overlap=overlap, padding=0)
    tiles = split_into_tiles(region, Rect(0, 0, 500, 400), 64, options)
    total = np.zeros((height, width), int)
    for tile in tiles:
        total[tile.rect.within(region.rect)] += tile.coverage()
        assert max(tile.rect.width, tile.rect.height) <= 2 * 64 * 1.5
    assert len(tiles) > 1
    assert np.array_equal(total, mask)


def test_a_colour_edit_is_never_tiled() -> None:
    region = Region(rect=Rect(0, 0, 4000, 4000))
    assert split_into_tiles(region, Rect(0, 0, 4000, 4000), 64, ComposeOptions()) == [region]


def test_the_selection_is_what_the_mask_covers() -> None:
    mask = np.zeros((20, 20), np.uint8)
    mask[3:5, 7:12] = 9
    assert selection_rect(Region(rect=Rect(100, 200, 20, 20), mask=mask)) == Rect(107, 203, 5, 2)


@pytest.mark.parametrize(
    ("mask", "error"),
    [
        (np.zeros((4, 4), np.uint8), EmptyMask),
        (np.ones((4, 4), np.float32), BadMask),
        (np.ones((4, 5), np.uint8), BadMask),
    ],
)
def test_unfit_masks_are_refused(mask: np.ndarray, error: type[Exception]) -> None:
    with pytest.raises(error):
        Region(rect=Rect(0, 0, 4, 4), mask=mask)


@pytest.mark.parametrize(
    "values",
    [
        {"feather_px": -1},
        {"feather_px": float("nan")},
        {"grow_px": 5000},
        {"context": "around"},
        {"context": "custom"},
        {"context_rect": Rect(0, 0, 1, 1)},
        {"transfer": "magic"},
        {"colour_match": 2},
    ],
)
def test_options_out_of_range_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(BadOption):
        ComposeOptions(**values)  # type: ignore[arg-type]  # wrong on purpose
