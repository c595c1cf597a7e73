"""What a job needs of its document: pixels, coverage, references, and the picture to compare with."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from mgie.host.errors import HostError
from mgie.host.protocol import Host
from mgie.host.types import HostMask
from mgie.panel import pixels
from mgie.panel.clipping import clip_coverage
from mgie.panel.ports import Read
from mgie.panel.state.job import Job
from mgie.panel.state.pictures import Frame, FullPicture
from mgie.panel.state.regions import Region
from mgie.panel.state.target import Target

log = logging.getLogger(__name__)

BEFORE_SIDE_PX = 640  # of the picture that is compared with
MAX_FULL_BYTES = 2**28  # of the same at full size; one larger is compared as a copy

Part = Sequence[tuple[Job, Region | None]]  # jobs of one document, each with the region it edits, if any


def by_document(jobs: Sequence[Job], regions: Sequence[Region]) -> list[Part]:
    """The jobs of each document, with their regions. regions: one per job, or none at all."""
    pairs = list(zip(jobs, regions or (None,) * len(jobs), strict=True))
    documents = dict.fromkeys(job.target.document for job in jobs)
    return [[pair for pair in pairs if pair[0].target.document == document] for document in documents]


def read_document(host: Host, part: Part) -> dict[str, Read]:
    """What jobs of one document need, by their keys. Raises HostError.

    The whole picture, once, so that the backend may choose how much around a region the model sees.
    """
    first = part[0][0]
    target, layer = first.target, first.source_layer
    masks = [_coverage(host, target, region) for _, region in part]
    picture = host.read_pixels(target.document, layer=layer)
    references = tuple(
        host.read_pixels(reference.document, layer=reference.layer) for reference in first.references
    )
    before = pixels.frame_of(picture, BEFORE_SIDE_PX, masks[0] if len(masks) == 1 else None)
    before = _clipped(host, before, target, layer)
    if not first.batch and len(picture.pixels) <= MAX_FULL_BYTES:
        before = replace(before, full=FullPicture(picture))
    return {
        job.key: Read(picture=picture, mask=mask, before=before, references=references)
        for (job, _), mask in zip(part, masks, strict=True)
    }


def _clipped(host: Host, before: Frame, target: Target, layer: str) -> Frame:
    """The picture an edit begins with, and how much of a result above that layer will be seen."""
    if not layer:
        return before
    try:
        layers, size = host.layers(target.document), (before.width, before.height)
        read = partial(host.read_region, target.document)
        clip = clip_coverage(layers, layer, read, target.canvas, size)
    except HostError as error:
        log.warning("what a clipped layer lets through is not known: %s", error)
        return before
    return replace(before, clip=clip)


def _coverage(host: Host, target: Target, region: Region | None) -> HostMask | None:
    if region is None:
        return host.read_selection(target.document)
    if region.source:
        return host.read_region(region.document, region.source)
    return region.mask
