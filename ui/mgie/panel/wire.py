"""The panel's values to protobuf and back. The only module here that knows the messages of mgie.v1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from google.rpc import status_pb2

from mgie.api.rect import Rect
from mgie.client.errors import error_of_status
from mgie.client.transfer import digest_of
from mgie.host.types import HostMask, HostPicture, PixelFormat
from mgie.panel import pixels
from mgie.panel.ports import Order
from mgie.panel.state import messages as m
from mgie.panel.state.problem import Problem
from mgie.panel.state.settings import Settings
from mgie.v1 import edit_service_pb2 as edit_pb
from mgie.v1 import types_pb2

_SAMPLES = {
    "u8": types_pb2.SAMPLE_TYPE_U8,
    "u16": types_pb2.SAMPLE_TYPE_U16,
    "f16": types_pb2.SAMPLE_TYPE_F16,
    "f32": types_pb2.SAMPLE_TYPE_F32,
}
_CHANNELS = {
    "gray": types_pb2.CHANNELS_GRAY,
    "graya": types_pb2.CHANNELS_GRAYA,
    "rgb": types_pb2.CHANNELS_RGB,
    "rgba": types_pb2.CHANNELS_RGBA,
}
_SAMPLE_NAMES = {value: name for name, value in _SAMPLES.items()}
_CHANNEL_NAMES = {value: name for name, value in _CHANNELS.items()}
_STAGES = {
    edit_pb.STAGE_PREPARING: m.Stage.PREPARING,
    edit_pb.STAGE_LOADING_MODEL: m.Stage.LOADING_MODEL,
    edit_pb.STAGE_WRITING: m.Stage.WRITING,
    edit_pb.STAGE_SAMPLING: m.Stage.SAMPLING,
    edit_pb.STAGE_FINISHING: m.Stage.FINISHING,
}
_U32_FULL = 4294967295.0


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """Messages that name blobs, and the blobs they name, by digest."""

    specs: tuple[edit_pb.EditSpec, ...]
    blobs: dict[str, bytes] = field(default_factory=dict[str, bytes])


def parcel(orders: Sequence[Order]) -> Parcel:
    """Everything the backend must know of some edits; shared pixels are named twice and sent once."""
    blobs: dict[str, bytes] = {}
    pictures: dict[int, types_pb2.Picture] = {}
    specs: list[edit_pb.EditSpec] = []
    for order in orders:
        picture = order.read.picture
        if id(picture) not in pictures:
            pictures[id(picture)] = _picture(picture, blobs)
        specs.append(_spec(order, pictures[id(picture)], blobs))
    return Parcel(specs=tuple(specs), blobs=blobs)


def sampling_of(settings: Settings) -> types_pb2.SamplingOptions:
    """How the diffusion model is to run."""
    return types_pb2.SamplingOptions(
        num_inference_steps=settings.num_inference_steps,
        guidance_scale=settings.guidance_scale,
        image_guidance_scale=settings.image_guidance_scale,
    )


def compose_of(settings: Settings) -> types_pb2.ComposeOptions:
    """How the edit is to land in the picture."""
    return types_pb2.ComposeOptions(feather_px=settings.feather_px, leaves_weight_to_layer=True)


def wire_format(document: PixelFormat) -> PixelFormat:
    """The format a document's pixels travel in: its own, or 32-bit float where the wire has none such."""
    sample = document.sample if document.sample in _SAMPLES else "f32"
    return PixelFormat(sample=sample, channels=document.channels)


def message_of(event: edit_pb.EditEvent) -> m.Message | None:
    """What an event means to the panel; None for results, whose pixels must be fetched first."""
    sequence = event.sequence
    match event.WhichOneof("event"):
        case "queued":
            return m.Queued(sequence=sequence, position=event.queued.position)
        case "stage_changed" if event.stage_changed.stage in _STAGES:
            return m.StageEntered(sequence=sequence, stage=_STAGES[event.stage_changed.stage])
        case "instruction_delta":
            delta = event.instruction_delta
            return m.TextDelta(sequence=sequence, text=delta.text, offset=delta.offset)
        case "instruction_ready":
            ready = event.instruction_ready
            return m.TextReady(sequence=sequence, text=ready.text, is_held=ready.is_held)
        case "step_progress":
            return _step(sequence, event.step_progress)
        case "preview":
            return _preview(event.preview)
        case _:
            return _ending(event)


def picture_of(result: edit_pb.EditResult, data: bytes, icc: bytes, document: PixelFormat) -> HostPicture:
    """A result's pixels, back in the document's own format."""
    raw = result.picture.raw
    travelled = PixelFormat(
        sample=_SAMPLE_NAMES[raw.sample_type],  # pyright: ignore[reportArgumentType] # the table holds SampleTypes
        channels=_CHANNEL_NAMES[raw.channels],  # pyright: ignore[reportArgumentType] # the table holds Channels
    )
    picture = HostPicture(rect=rect_of(raw.rect), format=travelled, pixels=data, icc=icc)
    return picture if document == travelled else _from_float(picture, document)


def mask_of(mask: types_pb2.Mask, coverage: bytes) -> HostMask:
    """A mask with its coverage; no blob means all of it."""
    rect = rect_of(mask.rect)
    return HostMask(rect=rect, coverage=coverage or b"\xff" * rect.num_pixels)


def rect_of(rect: types_pb2.Rect) -> Rect:
    """A rectangle."""
    return Rect(x=rect.x, y=rect.y, width=rect.width, height=rect.height)


def _spec(order: Order, picture: types_pb2.Picture, blobs: dict[str, bytes]) -> edit_pb.EditSpec:
    job, mask = order.job, order.read.mask
    spec = edit_pb.EditSpec(
        picture=picture,
        instruction=job.instruction,
        expressive_instruction=job.text,
        sampling=sampling_of(job.settings),
        seeds=job.settings.seeds(),
        compose=compose_of(job.settings),
        hold_before_sampling=job.settings.holds_before_sampling,
    )
    if mask is not None:
        spec.mask.rect.CopyFrom(_rect(mask.rect))
        spec.mask.blob_digest = _add(mask.coverage, blobs)
    return spec


def _picture(picture: HostPicture, blobs: dict[str, bytes]) -> types_pb2.Picture:
    travels = picture if picture.format.sample in _SAMPLES else _to_float(picture)
    raw = types_pb2.PictureSpec(
        rect=_rect(travels.rect),
        sample_type=_SAMPLES[travels.format.sample],
        channels=_CHANNELS[travels.format.channels],
        icc_digest=_add(travels.icc, blobs) if travels.icc else "",
    )
    return types_pb2.Picture(blob_digest=_add(travels.pixels, blobs), raw=raw)


def _add(data: bytes, blobs: dict[str, bytes]) -> str:
    digest = digest_of(data)
    blobs[digest] = data
    return digest


def _rect(rect: Rect) -> types_pb2.Rect:
    return types_pb2.Rect(x=rect.x, y=rect.y, width=rect.width, height=rect.height)


def _to_float(picture: HostPicture) -> HostPicture:
    values: np.ndarray[Any, Any] = pixels.as_array(picture).astype(np.float64)
    if picture.format.sample == "u32":
        values = values / _U32_FULL
    data = values.astype("<f4").tobytes()
    return HostPicture(rect=picture.rect, format=wire_format(picture.format), pixels=data, icc=picture.icc)


def _from_float(picture: HostPicture, document: PixelFormat) -> HostPicture:
    values: np.ndarray[Any, Any] = pixels.as_array(picture).astype(np.float64)
    if document.sample == "u32":
        data = np.rint(np.clip(values, 0.0, 1.0) * _U32_FULL).astype("<u4").tobytes()
    else:
        data = values.astype("<f8").tobytes()
    return HostPicture(rect=picture.rect, format=document, pixels=data, icc=picture.icc)


def _step(sequence: int, progress: edit_pb.StepProgress) -> m.StepDone:
    eta = progress.eta_s if progress.HasField("eta_s") else None
    return m.StepDone(sequence=sequence, step=progress.step, num_steps=progress.num_steps, eta_s=eta)


def _preview(preview: edit_pb.Preview) -> m.PreviewArrived | None:
    if len(preview.data) != 3 * preview.width * preview.height:
        return None  # not the raw RGB that was asked for
    frame = m.Frame(
        width=preview.width, height=preview.height, rgb=preview.data, place=rect_of(preview.place)
    )
    return m.PreviewArrived(frame=frame, index=preview.index)


def _ending(event: edit_pb.EditEvent) -> m.Message | None:
    sequence = event.sequence
    match event.WhichOneof("event"):
        case "warning":
            return m.Warned(sequence=sequence, reason=event.warning.reason, message=event.warning.message)
        case "restarted":
            return m.Restarted(sequence=sequence)
        case "finished":
            return m.Finished(sequence=sequence)
        case "cancelled":
            return m.Cancelled(sequence=sequence)
        case "failed":
            return m.Failed(sequence=sequence, problem=problem_of(event.failed))
        case _:
            return None


def problem_of(status: status_pb2.Status) -> Problem:
    """How a call or an edit ended, as a problem."""
    error = error_of_status(status)
    return Problem(reason=error.reason, detail=str(error))
