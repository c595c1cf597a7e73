"""Blobs to pictures and back: what stands between the job store and `mgie.pipeline`.

Everything here works on large arrays and is called from worker threads.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace

from PIL import Image

from mgie.api.edit import EditResult, EditSpec
from mgie.api.models import Model
from mgie.api.options import complete_options
from mgie.api.picture import ColourSpace, Coverage, Picture
from mgie.api.pixel_blobs import MaskBlob, PictureBlob, coverage_from, pixel_bytes, pixels_from, spec_of
from mgie.api.rect import Rect
from mgie.api.system import Limits
from mgie.compose.region import Region, whole_picture
from mgie.errors import BadCheckpoint, BadImage, BadMask, EmptyMask, ImageTooLarge
from mgie.files.untrusted import claimed_size, read_file
from mgie.pipeline import EditPlan, Outcome, land, paste, plan_edit, prepare
from mgie.server.blobs import BlobStore
from mgie.server.checks import check_size
from mgie.server.edit_record import EditRecord
from mgie.server.lane_reports import SampleReady
from mgie.server.matcher import Matcher
from mgie.server.picture_record import record_json

log = logging.getLogger(__name__)

DECODED_COPIES = 3  # of a picture's pixels that a decoder may need at once
_decoding = threading.Lock()  # one file at a time, so that its limit is the server's


def check_blobs(spec: EditSpec, blobs: BlobStore, limits: Limits) -> None:
    """Raise unless the spec's blobs are there, fit their descriptions, and leave something to edit."""
    canvas = _check_picture(spec.picture, blobs, limits)
    for reference in spec.references:
        _check_picture(reference, blobs, limits)
    if spec.mask is None:
        return
    mask = _read_mask(spec.mask, blobs)
    if canvas is None:
        return  # a file may be turned while it is decoded; what is selected in it shows then
    common = spec.mask.rect.intersect(canvas)
    if common.is_empty or not mask[common.within(spec.mask.rect)].any():
        raise EmptyMask("the selection lies outside the picture; select something inside")


def prepare_edit(spec: EditSpec, model: Model, blobs: BlobStore, limits: Limits) -> EditPlan:
    """Read picture and mask, and choose what the model sees of them."""
    picture = read_picture(spec.picture, blobs, limits)
    region = whole_picture(picture, spec.instruction)
    if spec.mask is not None:
        mask = _read_mask(spec.mask, blobs) if spec.mask.blob_digest else None
        region = Region(rect=spec.mask.rect, instruction=spec.instruction, mask=mask)
    return plan_edit(picture, region, model.native_size_px, spec.compose)


def reference_images(
    spec: EditSpec, model: Model, blobs: BlobStore, limits: Limits
) -> tuple[Image.Image, ...]:
    """The further pictures, each whole and at the model's size."""
    pictures = [read_picture(reference, blobs, limits) for reference in spec.references]
    return tuple(prepare(p, whole_picture(p), model.native_size_px).model_image for p in pictures)


def land_sample(
    record: EditRecord,
    plan: EditPlan,
    sample: SampleReady,
    model: Model,
    blobs: BlobStore,
    matcher: Matcher | None = None,
) -> EditResult:
    """Carry a sample to the document's pixels and store them; matcher: looks at one of several results."""
    spec = record.spec
    outcome = land(plan, sample.answers, is_layer=spec.compose.leaves_weight_to_layer)
    part = replace(plan.picture, pixels=outcome.pixels, x=outcome.rect.x, y=outcome.rect.y)
    result = paste(plan.picture, outcome)
    measures = _measures(outcome)
    if matcher is not None:
        words = sample.text or spec.instruction
        try:
            measures["instruction_match"] = matcher.match(plan.overview, result, words)
        except BadCheckpoint as error:  # the edit is done all the same
            log.warning("no instruction match: %s", error)
    return EditResult(
        index=sample.index,
        seed=sample.seed,
        picture=_store_picture(part, spec.picture, blobs),
        weight=MaskBlob(rect=outcome.rect, blob_digest=blobs.write(outcome.mask.tobytes())),
        change_map=MaskBlob(rect=outcome.rect, blob_digest=blobs.write(outcome.change_map.tobytes())),
        record_json=record_json(
            record,
            model,
            complete_options(model.options, spec.options),
            plan,
            sample,
            result=result,
            report={**measures, "num_steps_done": sample.num_steps},
        ),
        measures=measures,
        is_partial=sample.is_partial,
        num_bytes=outcome.pixels.nbytes,
    )


def read_picture(blob: PictureBlob, blobs: BlobStore, limits: Limits) -> Picture:
    """The picture among the blobs. Raises BadImage or BLOB_NOT_FOUND."""
    if blob.raw is None:
        return _decode(blob, blobs, limits)
    icc_digest = blob.raw.icc_digest
    profile = blobs.read(icc_digest) if icc_digest else b""
    return Picture(
        pixels=pixels_from(blobs.read(blob.blob_digest), blob.raw),
        alpha=blob.raw.alpha_kind,
        x=blob.raw.rect.x,
        y=blob.raw.rect.y,
        colour_space=ColourSpace(name=blob.raw.space, icc_profile=profile),
    )


def _decode(blob: PictureBlob, blobs: BlobStore, limits: Limits) -> Picture:
    assert blob.encoded is not None
    path = blobs.path(blob.blob_digest)
    _check_file(blob, blobs, limits)
    with _decoding:
        picture = read_file(path)
    check_size(picture.width, picture.height, limits)
    return replace(picture, x=blob.encoded.x, y=blob.encoded.y)


def _check_picture(blob: PictureBlob, blobs: BlobStore, limits: Limits) -> Rect | None:
    """Look at size and description; returns where a raw picture lies."""
    num_bytes = blobs.size(blob.blob_digest)
    raw = blob.raw
    if raw is None:
        _check_file(blob, blobs, limits)
        return None
    if raw.icc_digest:
        blobs.size(raw.icc_digest)
    if num_bytes != raw.num_bytes:
        size = f"{raw.rect.width}x{raw.rect.height} px {raw.channels} {raw.sample_type}"
        raise BadImage(f"{size} need {raw.num_bytes} bytes, but the blob has {num_bytes}")
    return raw.rect


def _check_file(blob: PictureBlob, blobs: BlobStore, limits: Limits) -> None:
    size = claimed_size(blobs.path(blob.blob_digest))
    check_size(size.width, size.height, limits)
    needed = size.num_bytes * DECODED_COPIES
    if needed > limits.max_decode_bytes:
        raise ImageTooLarge(
            f"decoding a file of {size.width}x{size.height} px may take {needed >> 20} MiB; "
            f"{limits.max_decode_bytes >> 20} MiB at most"
        )


def _read_mask(mask: MaskBlob, blobs: BlobStore) -> Coverage:
    """(height, width) of its rectangle."""
    if not mask.blob_digest:
        return coverage_from(b"", mask)
    width, height = mask.rect.width, mask.rect.height
    num_bytes = blobs.size(mask.blob_digest)
    if num_bytes != width * height:
        raise BadMask(
            f"a mask of {width}x{height} px needs {width * height} bytes, but the blob has {num_bytes}"
        )
    coverage = coverage_from(blobs.read(mask.blob_digest), mask)
    if not coverage.any():
        raise EmptyMask("the mask is zero everywhere; select something first")
    return coverage


def _store_picture(picture: Picture, source: PictureBlob, blobs: BlobStore) -> PictureBlob:
    profile = picture.colour_space.icc_profile
    icc_digest = source.raw.icc_digest if source.raw else (blobs.write(profile) if profile else "")
    digest = blobs.write(pixel_bytes(picture))
    return PictureBlob(blob_digest=digest, raw=spec_of(picture, icc_digest))


def _measures(outcome: Outcome) -> dict[str, float]:
    report = outcome.report
    return {
        "drift_x_px": float(report.drift.shift_x_px),
        "drift_y_px": float(report.drift.shift_y_px),
        "drift_zoom": float(report.drift.zoom),
        "drift_is_notable": float(report.drift.is_notable),
        "drift_is_corrected": float(report.drift.is_corrected),
        "seam": float(report.seam.visibility),
        "outside_change": report.outside_change,
        "content_share": report.content_share,
        "num_changed": float(report.num_changed),
        "num_changed_outside": float(report.num_changed_outside),
    }
