"""What came of a picture's edits: fetched, laid over each other in order, with one record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mgie.api.best_first import Reason, Standing, best_first, joined
from mgie.api.edit import EditResult
from mgie.api.picture import Coverage, Picture, Pixels
from mgie.api.rect import Rect
from mgie.client.blocking import Client
from mgie.client.errors import invalid_answer
from mgie.compose.layers import lay_over, paste_pixels
from mgie.compose.region import picture_rect
from mgie.errors import BadData
from mgie.files.record import Provenance, from_json, pixel_digest


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """What one edit added."""

    name: str
    rect: Rect
    pixels: Pixels  # (rect.height, rect.width, C) of the picture after it
    weight: Coverage  # (rect.height, rect.width): how much of the edit each pixel takes
    change_map: Coverage  # (rect.height, rect.width): how much each pixel changed, 255 = all of its range


@dataclass(frozen=True, kw_only=True, eq=False)
class Edited:
    """One result: the whole picture, what each edit added, and the record."""

    seed: int
    picture: Picture
    layers: tuple[Layer, ...]
    provenance: Provenance
    standing: str = ""  # why it has its place among several, where they are ordered


def ordered(results: Sequence[Edited]) -> list[Edited]:
    """Best first, each with the reason of its place; see `mgie.api.best_first`."""
    measures = [joined([edit.report for edit in result.provenance.edits]) for result in results]
    return [
        replace(results[standing.position], standing=_reason(standing)) for standing in best_first(measures)
    ]


def _reason(standing: Standing) -> str:
    value = standing.value
    return {
        Reason.MATCH: f"{value:+.3f} nearer to the words",
        Reason.OUTSIDE: f"{value:.1%} changed around the selection before it was masked",
        Reason.DRIFTED: f"slid by {value:.1f} px",
        Reason.UNCHANGED: "changed nothing",
        Reason.SEED: "nothing tells it from the others",
    }[standing.reason]


def land(
    client: Client, picture: Picture, results: Sequence[EditResult], names: Sequence[str], input_name: str
) -> Edited:
    """The results of one seed over the picture they were made from, the first one lowest.

    A single result has its weight applied; several come with it beside them. names: of the layers.
    """
    is_layered = len(results) > 1
    layers: list[Layer] = []
    current = picture
    for result, name in zip(results, names, strict=True):
        found = _fetch(client, picture, result)
        rect = picture_rect(found)
        weight = _coverage(client, result, rect, is_weight=True)
        if is_layered:
            current = lay_over(current, rect, found.pixels, weight)
        else:
            current = paste_pixels(current, rect, found.pixels)
        layers.append(
            Layer(
                name=name,
                rect=rect,
                pixels=current.pixels[rect.within(picture_rect(current))].copy(),
                weight=weight,
                change_map=_coverage(client, result, rect, is_weight=False),
            )
        )
    provenance = _record(results, current, input_name)
    return Edited(seed=results[0].seed, picture=current, layers=tuple(layers), provenance=provenance)


def _fetch(client: Client, picture: Picture, result: EditResult) -> Picture:
    """The pixels of a result. Raises ServiceError where they do not fit the picture."""
    found: Picture = client.download_picture(result.picture)
    rect, canvas = picture_rect(found), picture_rect(picture)
    if rect.intersect(canvas) != rect:
        raise invalid_answer(f"a result at {tuple(rect)} lies outside the picture at {tuple(canvas)}")
    is_same = found.pixels.dtype == picture.pixels.dtype and found.pixels.shape[2] == picture.pixels.shape[2]
    if not is_same or found.alpha != picture.alpha:
        raise invalid_answer("a result has another pixel format than the picture")
    return found


def _coverage(client: Client, result: EditResult, rect: Rect, *, is_weight: bool) -> Coverage:
    mask = result.weight if is_weight else result.change_map
    if mask is None:
        return np.full((rect.height, rect.width), 255 if is_weight else 0, np.uint8)
    if mask.rect != rect:
        raise invalid_answer(f"a mask at {tuple(mask.rect)} does not fit its result at {tuple(rect)}")
    return client.download_mask(mask)


def _record(results: Sequence[EditResult], picture: Picture, input_name: str) -> Provenance:
    """The records of the results as one."""
    try:
        records = [from_json(result.record_json) for result in results]
    except BadData as error:
        raise invalid_answer(str(error)) from error
    edits = tuple(replace(edit, group=group) for group, record in enumerate(records) for edit in record.edits)
    return replace(records[0], input_name=input_name, output_digest=pixel_digest(picture), edits=edits)
