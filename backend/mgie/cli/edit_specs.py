"""From a job to the edits that are asked for: its selections, and one `EditSpec` for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mgie.api.edit import EditSpec
from mgie.api.picture import Coverage, Picture
from mgie.api.pixel_blobs import MaskBlob, PictureBlob
from mgie.api.text import shown_name
from mgie.cli.jobs import PictureJob, RegionJob
from mgie.compose.region import Region, picture_rect
from mgie.compose.tiling import merge_touching
from mgie.errors import BadMask
from mgie.files.formats import open_document


@dataclass(frozen=True, kw_only=True, eq=False)
class Selection:
    """What one edit of a picture says, and where."""

    instruction: str
    expressive_instruction: str = ""
    region: Region | None = None  # None: the whole picture


def selections_of(job: PictureJob, picture: Picture) -> list[Selection]:
    """The regions of a job with their masks read; those of the same words that touch are one."""
    if len(job.regions) == 1 and job.regions[0].rect is None and job.regions[0].mask is None:
        return [_selection(job.regions[0], None)]
    words = {(wanted.instruction, wanted.expressive_instruction): wanted for wanted in job.regions}
    numbers = {pair: str(number) for number, pair in enumerate(words)}
    regions = [
        replace(
            load_region(wanted, picture),
            instruction=numbers[wanted.instruction, wanted.expressive_instruction],
        )
        for wanted in job.regions
    ]
    by_number = {numbers[pair]: wanted for pair, wanted in words.items()}
    return [_selection(by_number[region.instruction], region) for region in merge_touching(regions)]


def edit_spec(
    job: PictureJob,
    selection: Selection,
    *,
    picture: PictureBlob,
    mask: MaskBlob | None,
    references: Sequence[PictureBlob],
    seeds: Sequence[int],
    is_layer: bool,
) -> EditSpec:
    """One edit of a job, everything about it. is_layer: it is laid over others."""
    compose = job.compose
    return EditSpec(
        picture=picture,
        mask=mask,
        instruction=selection.instruction,
        expressive_instruction=selection.expressive_instruction,
        model=job.model,
        options=job.options,
        seeds=tuple(seeds),
        compose=replace(compose, leaves_weight_to_layer=True) if is_layer else compose,
        hold_before_sampling=job.hold_before_sampling,
        hold_when_unsure=job.hold_when_unsure,
        references=tuple(references),
    )


def load_region(job: RegionJob, picture: Picture) -> Region:
    """The region of a job in a picture, its mask read from its file."""
    everything = picture_rect(picture)
    rect = job.rect or everything
    if job.mask is None:
        return Region(rect=rect)
    if isinstance(job.mask, bytes):
        return Region(rect=rect, mask=np.frombuffer(job.mask, np.uint8).reshape(rect.height, rect.width))
    mask = read_mask(job.mask)
    if mask.shape == (everything.height, everything.width):
        rect = rect.intersect(everything)
        return Region(rect=rect, mask=mask[rect.within(everything)])
    if mask.shape != (rect.height, rect.width):
        raise BadMask(
            f"{shown_name(job.mask)} is {mask.shape[1]}x{mask.shape[0]} px; the picture is "
            f"{everything.width}x{everything.height} and the region {rect.width}x{rect.height}"
        )
    return Region(rect=rect, mask=mask)


def read_mask(path: Path) -> Coverage:
    """8-bit coverage from a mask's file: (height, width), 255 where the picture is white and opaque."""
    picture = open_document(path).picture
    values = picture.pixels.astype(np.float32) / np.float32(picture.white)
    plane = values[..., : picture.num_colours].mean(axis=-1)
    if picture.has_alpha:
        alpha = values[..., -1]
        is_shape = alpha.min() < 1 and _is_plain(plane[alpha > 0])  # painted in one colour on nothing
        plane = alpha if is_shape else plane * alpha
    return np.round(np.nan_to_num(np.clip(plane, 0, 1)) * 255).astype(np.uint8)


def _is_plain(values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> bool:
    return values.size == 0 or float(np.ptp(values)) == 0.0


def _selection(job: RegionJob, region: Region | None) -> Selection:
    return Selection(
        instruction=job.instruction, expressive_instruction=job.expressive_instruction, region=region
    )
