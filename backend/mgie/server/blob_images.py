"""Blobs to pictures and back: what stands between the job store and `mgie.pipeline`.

Everything here works on large arrays and is called from worker threads.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform
from dataclasses import asdict, replace

import numpy as np

from mgie.api.picture import ColourSpace, Coverage, Picture
from mgie.api.rect import Rect
from mgie.compose.region import Region, whole_picture
from mgie.errors import BadImage, BadMask, EmptyMask
from mgie.files.record import EditRecord, Provenance, encode_mask, pixel_digest, record_values
from mgie.files.untrusted import check_file_size, read_file
from mgie.model.events import Sampled
from mgie.pipeline import Outcome, Prepared, finish, paste, prepare
from mgie.server.blobs import BlobStore
from mgie.server.lane_events import FinishedPicture, SampleMade
from mgie.server.model_registry import ModelFacts
from mgie.server.order import MaskSource, Order, PictureSource, RawPixels
from mgie.server.settings import Limits

PACKAGES = ("mgie", "torch", "numpy", "scipy", "pillow", "diffusers", "transformers")


def check_order(order: Order, blobs: BlobStore, limits: Limits) -> None:
    """Raise unless the order's blobs are there, fit their descriptions, and leave something to edit."""
    canvas = _check_picture(order.picture, blobs, limits)
    if order.mask is None:
        return
    mask = _read_mask(order.mask, blobs)
    if canvas is None:
        return  # a file may be turned while it is decoded; what is selected in it shows then
    common = order.mask.rect.intersect(canvas)
    if common.is_empty or (mask is not None and not mask[common.within(order.mask.rect)].any()):
        raise EmptyMask("the selection lies outside the picture; select something inside")


def prepare_order(order: Order, native_size_px: int, blobs: BlobStore, limits: Limits) -> Prepared:
    """Read picture and mask and show them to the model."""
    picture = read_picture(order.picture, blobs, limits)
    region = whole_picture(picture, order.instruction)
    if order.mask is not None:
        region = Region(
            rect=order.mask.rect, instruction=order.instruction, mask=_read_mask(order.mask, blobs)
        )
    return prepare(picture, region, native_size_px, order.compose)


def finish_sample(
    order: Order, prepared: Prepared, sample: SampleMade, facts: ModelFacts, blobs: BlobStore
) -> FinishedPicture:
    """Carry a sample to the document's pixels and store them."""
    outcome = finish(
        prepared, Sampled(sample.image, sample.round_trip), is_layer=order.leaves_weight_to_layer
    )
    return FinishedPicture(
        raw=_describe(order.picture, prepared.picture, outcome, blobs),
        digest=blobs.write(outcome.pixels.tobytes()),
        weight_digest=blobs.write(outcome.mask.tobytes()),
        change_digest=blobs.write(outcome.change_map.tobytes()),
        provenance_json=_provenance(order, prepared, sample, facts, outcome).to_json(),
        measures=_measures(outcome),
    )


def read_picture(source: PictureSource, blobs: BlobStore, limits: Limits) -> Picture:
    """The picture among the blobs."""
    raw = source.raw
    if raw is None:
        return replace(read_file(blobs.path(source.digest), limits), x=source.x, y=source.y)
    little_endian = np.dtype(raw.dtype).newbyteorder("<")
    numbers = np.frombuffer(blobs.read(source.digest), little_endian).astype(raw.dtype, copy=False)
    space = ColourSpace(name=raw.space, icc_profile=blobs.read(raw.icc_digest) if raw.icc_digest else b"")
    return Picture(
        pixels=numbers.reshape(raw.rect.height, raw.rect.width, raw.num_channels),
        alpha=raw.alpha,
        x=raw.rect.x,
        y=raw.rect.y,
        colour_space=space,
    )


def _check_picture(source: PictureSource, blobs: BlobStore, limits: Limits) -> Rect | None:
    """Look at size and description; returns where a raw picture lies."""
    num_bytes = blobs.size(source.digest)
    raw = source.raw
    if raw is None:
        check_file_size(blobs.path(source.digest), limits)
        return None
    if raw.icc_digest:
        blobs.size(raw.icc_digest)
    if num_bytes != raw.num_bytes:
        raise BadImage(
            f"{raw.rect.width}x{raw.rect.height} px of {raw.num_channels} x {raw.dtype} need {raw.num_bytes} "
            f"bytes, but the blob has {num_bytes}"
        )
    return raw.rect


def _read_mask(source: MaskSource, blobs: BlobStore) -> Coverage | None:
    if not source.digest:
        return None
    width, height = source.rect.width, source.rect.height
    num_bytes = blobs.size(source.digest)
    if num_bytes != width * height:
        raise BadMask(
            f"a mask of {width}x{height} px needs {width * height} bytes, but the blob has {num_bytes}"
        )
    mask = np.frombuffer(blobs.read(source.digest), np.uint8).reshape(height, width)
    if not mask.any():
        raise EmptyMask("the mask is zero everywhere; select something first")
    return mask


def _describe(source: PictureSource, picture: Picture, outcome: Outcome, blobs: BlobStore) -> RawPixels:
    icc = picture.colour_space.icc_profile
    return RawPixels(
        rect=outcome.rect,
        dtype=outcome.pixels.dtype.name,
        num_channels=outcome.pixels.shape[2],
        alpha=picture.alpha,
        space=picture.colour_space.name,
        icc_digest=source.raw.icc_digest if source.raw else (blobs.write(icc) if icc else ""),
    )


def _measures(outcome: Outcome) -> dict[str, float]:
    report = outcome.report
    return {
        "drift_x_px": report.drift.shift_x_px,
        "drift_y_px": report.drift.shift_y_px,
        "drift_zoom": report.drift.zoom,
        "seam": report.seam.visibility,
        "content_share": report.content_share,
        "num_changed": float(report.num_changed),
        "num_changed_outside": float(report.num_changed_outside),
    }


def _provenance(
    order: Order, prepared: Prepared, sample: SampleMade, facts: ModelFacts, outcome: Outcome
) -> Provenance:
    options = order.sampling.over(facts.sampling)
    x, y, width, height = prepared.region.rect
    record = EditRecord(
        instruction=order.instruction,
        expressive_instruction=sample.text,
        corrected_instruction=sample.text if sample.is_corrected else None,
        seed=sample.seed,
        model=facts.name,
        model_digest=facts.digest,
        sampling=asdict(options),
        compose=record_values(order.compose),
        rect=(x, y, width, height),
        mask_png=encode_mask(prepared.region.mask),
        report={**_measures(outcome), "num_steps_done": sample.steps},
    )
    return Provenance(
        input_name="",
        input_digest=pixel_digest(prepared.picture),
        output_digest=pixel_digest(paste(prepared.picture, outcome)),
        versions={**_versions(), "device": sample.device},
        edits=(record,),
    )


def _versions() -> dict[str, str]:
    """Of everything that can change a pixel."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for package in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return found
