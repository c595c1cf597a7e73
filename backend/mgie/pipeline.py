"""From a picture and a region to what the model sees, and from what it answers to pixels of the document.

`plan_edit` splits an edit into tiles where it is too large for one, `land` puts the answers for all of them
into the picture; `prepare` and `finish` do it for one tile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from mgie.api.compose_options import ComposeOptions
from mgie.api.picture import Coverage, Picture, Pixels
from mgie.api.rect import Rect
from mgie.compose.colour import gray_of, srgb_to_working
from mgie.compose.context import context_rect, model_size, selection_rect
from mgie.compose.masks import blend_mask
from mgie.compose.match import match_colours
from mgie.compose.region import Region, picture_rect
from mgie.compose.registration import NO_DRIFT, Drift, correct_drift, measure_drift
from mgie.compose.seam import Seam, measure_seam
from mgie.compose.shrink import model_picture
from mgie.compose.tiling import split_into_tiles
from mgie.compose.transfer import Transfer, apply_transfer, fit_transfer
from mgie.errors import BadImage, EmptyMask

if TYPE_CHECKING:
    from mgie.model.events import FloatImage, Sampled


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """A region on its way through the model."""

    picture: Picture
    region: Region  # clipped to the picture, tight around what is selected
    context: Rect  # canvas coordinates; what the model sees
    model_image: Image.Image  # RGB, 8-bit sRGB
    options: ComposeOptions


@dataclass(frozen=True, kw_only=True, eq=False)
class EditPlan:
    """How an edit of one region goes through the model."""

    overview: Prepared  # the whole region: what the words are written from
    tiles: tuple[Prepared, ...]  # what is painted, in the order in which they land; often only the overview

    @property
    def picture(self) -> Picture:
        """What is edited."""
        return self.overview.picture


@dataclass(frozen=True, kw_only=True)
class Report:
    """What can be said about how an edit landed."""

    drift: Drift
    seam: Seam
    outside_change: float  # 0..1: mean change of the model's picture around the selection; none of it lands
    content_share: float  # 0..1 of the model's picture: new content rather than new colour
    num_changed: int  # pixels whose value differs from before
    num_changed_outside: int  # of those, outside the selection: 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """The edit in the document's own format."""

    rect: Rect  # canvas coordinates of everything below
    pixels: Pixels  # (rect.height, rect.width, C)
    mask: Coverage  # (rect.height, rect.width): how much of the edit each pixel took
    change_map: Coverage  # (rect.height, rect.width): how much each pixel changed, 255 = all of the range
    report: Report = field(repr=False)


def plan_edit(
    picture: Picture, region: Region, native_size_px: int, options: ComposeOptions | None = None
) -> EditPlan:
    """Choose what the model sees of a region, in tiles where a content edit would be enlarged too much."""
    options = options or ComposeOptions()
    overview = prepare(picture, region, native_size_px, options)
    parts = split_into_tiles(overview.region, picture_rect(picture), native_size_px, options)
    if len(parts) == 1:
        return EditPlan(overview=overview, tiles=(overview,))
    tiles = tuple(prepare(picture, part, native_size_px, options) for part in parts)
    return EditPlan(overview=overview, tiles=tiles)


def land(plan: EditPlan, answers: Mapping[int, Sampled], *, is_layer: bool = False) -> Outcome:
    """Carry the model's answers for the tiles to the document's pixels, one on top of the other.

    answers: by tile; where one is missing, its part of the picture stays as it was. is_layer: see `finish`.
    """
    if len(plan.tiles) == 1:
        return finish(plan.tiles[0], answers[0], is_layer=is_layer)
    canvas, rect = picture_rect(plan.picture), plan.overview.region.rect
    current = replace(plan.picture, pixels=plan.picture.pixels.copy())
    mask = np.zeros((rect.height, rect.width), np.uint8)
    change_map = np.zeros((rect.height, rect.width), np.uint16)
    reports: list[Report] = []
    for index in sorted(answers):
        outcome = finish(plan.tiles[index], answers[index], below=current, is_layer=is_layer)
        current.pixels[outcome.rect.within(canvas)] = outcome.pixels
        mask[outcome.rect.within(rect)] += outcome.mask
        change_map[outcome.rect.within(rect)] += outcome.change_map
        reports.append(outcome.report)
    pixels = current.pixels[rect.within(canvas)].copy()
    return Outcome(
        rect=rect,
        pixels=pixels,
        mask=mask,
        change_map=np.minimum(change_map, 255).astype(np.uint8),
        report=_joined(reports, plan.picture, pixels, rect, mask),
    )


def prepare(
    picture: Picture, region: Region, native_size_px: int, options: ComposeOptions | None = None
) -> Prepared:
    """Choose the context of a region and render it for the model."""
    options = options or ComposeOptions()
    canvas = picture_rect(picture)
    tight = _clip(region, canvas)
    context = context_rect(tight.rect, canvas, native_size_px, options)
    width, height = model_size(context, native_size_px, is_square=options.is_square)
    image = model_picture(picture, context, width, height)
    return Prepared(picture=picture, region=tight, context=context, model_image=image, options=options)


def finish(
    prepared: Prepared, sampled: Sampled, *, below: Picture | None = None, is_layer: bool = False
) -> Outcome:
    """Carry the model's answer to the document's pixels; where it is transparent, it takes less of them.

    below: what the edit is added to, when that is not the picture it was made from (of the same format and
    place), as for the tiles of one region. is_layer: leave the mask to the layer, so every pixel with any
    coverage takes the whole edit.
    """
    picture, rect = prepared.picture, prepared.region.rect
    _check(sampled)
    mask = _mask(prepared)
    transfer, drift, outside_change = _fit(prepared, sampled.round_trip, sampled.image, mask)
    base = below or picture
    pixels = base.pixels[rect.within(picture_rect(base))].copy()
    weight = mask if sampled.alpha is None else _opaque_part(prepared, sampled.alpha, mask, drift)
    cover = _layer_cover(mask, prepared.region.outline) if is_layer else weight
    changes = apply_transfer(transfer, picture, pixels, rect, cover, below=below)
    report = Report(
        drift=drift,
        seam=measure_seam(base, pixels, rect, cover),
        outside_change=outside_change,
        content_share=float(transfer.content.weight.mean()) if transfer.content else 0.0,
        num_changed=changes.num_changed,
        num_changed_outside=changes.num_changed_outside,
    )
    return Outcome(rect=rect, pixels=pixels, mask=weight, change_map=changes.change_map, report=report)


def paste(picture: Picture, outcome: Outcome) -> Picture:
    """A copy of the picture with the outcome in its place."""
    pixels = picture.pixels.copy()
    pixels[outcome.rect.within(picture_rect(picture))] = outcome.pixels
    return replace(picture, pixels=pixels)


def _clip(region: Region, canvas: Rect) -> Region:
    """The region's part inside the picture, tight around what is selected."""
    common = region.rect.intersect(canvas)
    mask = None if region.mask is None else region.mask[common.within(region.rect)]
    if common.is_empty or (mask is not None and not mask.any()):
        raise EmptyMask(
            f"the selection at {tuple(region.rect)} lies outside the picture at {tuple(canvas)}; "
            "select something inside"
        )
    tight = selection_rect(Region(rect=common, mask=mask))
    parts = [
        None if part is None else np.ascontiguousarray(part[tight.within(region.rect)])
        for part in (region.mask, region.outline)
    ]
    return Region(rect=tight, instruction=region.instruction, mask=parts[0], outline=parts[1])


def _mask(prepared: Prepared) -> Coverage:
    """The softened selection; a tile's mask was softened before it was cut."""
    region, options = prepared.region, prepared.options
    if region.outline is not None:
        return region.coverage()
    canvas = picture_rect(prepared.picture)
    return blend_mask(region, canvas, grow_px=options.grow_px, feather_px=options.feather_px)


def _layer_cover(mask: Coverage, outline: Coverage | None) -> Coverage:
    """Every pixel with any coverage takes the whole edit; tiles share it as they share the coverage."""
    if outline is None:
        return np.where(mask > 0, np.uint8(255), np.uint8(0))
    share = mask / np.maximum(outline, 1).astype(np.float32)
    return np.rint(np.minimum(share, 1.0) * 255).astype(np.uint8)


def _opaque_part(
    prepared: Prepared, alpha: npt.NDArray[np.float32], mask: Coverage, drift: Drift
) -> Coverage:
    """The softened selection times the alpha (H, W) of the model's picture, at the document's resolution."""
    if drift.is_corrected:
        alpha = correct_drift(np.repeat(alpha[..., None], 3, axis=2), drift)[..., 0]
    context, rect = prepared.context, prepared.region.rect
    across, down = alpha.shape[1] / context.width, alpha.shape[0] / context.height
    left, top = (rect.x - context.x) * across, (rect.y - context.y) * down
    box = (left, top, left + rect.width * across, top + rect.height * down)
    opacity = Image.fromarray(alpha).resize((rect.width, rect.height), Image.Resampling.BILINEAR, box=box)
    return np.rint(mask * np.clip(np.asarray(opacity, np.float32), 0, 1)).astype(np.uint8)


def _joined(reports: list[Report], before: Picture, pixels: Pixels, rect: Rect, mask: Coverage) -> Report:
    """One report for all tiles."""
    differs = (pixels != before.pixels[rect.within(picture_rect(before))]).any(axis=-1)
    return Report(
        drift=max((report.drift for report in reports), key=lambda drift: np.hypot(*drift[:2])),
        seam=measure_seam(before, pixels, rect, mask),
        outside_change=max(report.outside_change for report in reports),
        content_share=float(np.mean([report.content_share for report in reports])),
        num_changed=int(np.count_nonzero(differs)),
        num_changed_outside=int(np.count_nonzero(differs & (mask == 0))),
    )


def _check(sampled: Sampled) -> None:
    image, round_trip, alpha = sampled
    if image.shape != round_trip.shape or image.ndim != 3 or image.shape[2] != 3:
        raise BadImage(
            f"the model's pictures are {image.shape} and {round_trip.shape}; expected equal (H, W, 3)"
        )
    if alpha is not None and alpha.shape != image.shape[:2]:
        raise BadImage(f"the model's alpha is {alpha.shape}; expected {image.shape[:2]}, as its picture")
    if not all(np.isfinite(values).all() for values in sampled if values is not None):
        raise BadImage("the model's picture holds NaN or infinity; try another seed, or fp32 instead of fp16")


def _fit(
    prepared: Prepared, round_trip: FloatImage, edited: FloatImage, mask: Coverage
) -> tuple[Transfer, Drift, float]:
    """Undo drift, match colours if asked, split into colour map and content; and `Report.outside_change`."""
    options, picture = prepared.options, prepared.picture
    outline = mask if prepared.region.outline is None else prepared.region.outline
    coverage = _model_coverage(prepared, outline, edited.shape[1], edited.shape[0])
    outside_change = _outside_change(round_trip, edited, coverage)
    drift = measure_drift(round_trip, edited) if options.corrects_drift else NO_DRIFT
    if drift.is_notable and drift.is_pure:
        edited = correct_drift(edited, drift)
        drift = drift._replace(is_corrected=True)
    edited = match_colours(round_trip, edited, 1.0 - coverage, options.colour_match)
    if picture.num_colours == 1:
        round_trip, edited = gray_of(round_trip), gray_of(edited)
    transfer = fit_transfer(
        picture,
        prepared.context,
        srgb_to_working(round_trip, picture.colour_space),
        srgb_to_working(edited, picture.colour_space),
        coverage,
        mode=options.transfer,
        blend_px=options.blend_px,
    )
    return transfer, drift, outside_change


def _outside_change(round_trip: FloatImage, edited: FloatImage, coverage: npt.NDArray[np.float32]) -> float:
    """Mean absolute change where nothing is selected, each pixel by how little of it is; 0 for no place."""
    outside = 1.0 - coverage
    total = float(outside.sum())
    return float((np.abs(edited - round_trip).mean(axis=2) * outside).sum()) / total if total else 0.0


def _model_coverage(prepared: Prepared, mask: Coverage, width: int, height: int) -> npt.NDArray[np.float32]:
    """(height, width) 0..1: the selection in the model's frame."""
    context, rect = prepared.context, prepared.region.rect
    if mask.min() == 255 and rect == context:
        return np.ones((height, width), np.float32)
    framed = np.zeros((context.height, context.width), np.uint8)
    framed[rect.within(context)] = mask
    small = Image.fromarray(framed).resize((width, height), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / 255.0
