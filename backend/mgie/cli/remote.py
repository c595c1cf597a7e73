"""A picture edited by the running backend instead of in this process: the same events, the same result.

Neither torch nor the model is loaded here. What the service cannot express runs in this process.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mgie.api.compose_options import ComposeOptions
from mgie.api.picture import Picture
from mgie.api.rect import Rect
from mgie.cli.jobs import PictureJob, load_region
from mgie.cli.perform import Edited, JobEvent, Layer, RegionStarted
from mgie.client.errors import ServiceError, error_of_status
from mgie.client.start import find_server
from mgie.compose.region import Region, picture_rect
from mgie.errors import MgieError
from mgie.files.record import from_json, pixel_digest
from mgie.model.events import EditWarning, Encoding, EncodingReady, InstructionDelta, Step
from mgie.v1 import edit_service_pb2 as edits
from mgie.v1 import types_pb2 as types

if TYPE_CHECKING:
    from mgie.client.client import Client

_CHANNELS = (types.CHANNELS_GRAY, types.CHANNELS_GRAYA, types.CHANNELS_RGB, types.CHANNELS_RGBA)
_LOCAL_ONLY = ("padding", "is_square", "max_scale", "tile_overlap")  # not on the wire


class RemoteError(MgieError):
    """The backend refused or failed an edit."""

    def __init__(self, error: ServiceError) -> None:
        super().__init__(f"{error}. {error.advice}" if error.advice else str(error))
        self.reason = error.reason


def server_for(job: PictureJob, model: str, device: str) -> Client | None:
    """The running backend, where it has the model and can do the job; None otherwise."""
    if device != "auto" or len(job.regions) != 1 or job.compose.transfer == "content":
        return None  # several regions and tiles build on each other's result
    default = ComposeOptions()
    if any(getattr(job.compose, name) != getattr(default, name) for name in _LOCAL_ONLY):
        return None
    client = find_server()
    if client is None:
        return None
    try:
        client.get_model(f"models/{model}")
    except ServiceError:
        client.close()
        return None
    return client


def perform_remotely(
    client: Client, job: PictureJob, picture: Picture, model: str
) -> Generator[JobEvent, None, list[Edited]]:
    """Edit a picture on the backend, once per seed; closing the generator cancels."""
    try:
        return (yield from _perform(client, job, picture, model))
    except ServiceError as error:
        raise RemoteError(error) from error


def _perform(
    client: Client, job: PictureJob, picture: Picture, model: str
) -> Generator[JobEvent, None, list[Edited]]:
    (wanted,) = job.regions
    region = load_region(wanted, picture)
    yield RegionStarted(index=1, count=1, instruction=region.instruction)
    spec = edits.EditSpec(
        picture=_upload(client, picture),
        mask=_mask(client, region),
        instruction=region.instruction,
        expressive_instruction=wanted.expressive_instruction or "",
        model=model,
        sampling=_sampling(job.sampling),
        seeds=job.seeds,
        compose=_compose(job.compose),
    )
    edit = client.create_edit(spec)
    try:
        for event in client.watch_edit(edit.name):
            yield from _told(event, region.instruction)
    except GeneratorExit:
        client.cancel_edit(edit.name)
        raise
    return [_edited(client, job, picture, result) for result in client.get_edit(edit.name).results]


def _told(event: edits.EditEvent, instruction: str) -> Generator[JobEvent]:
    nothing = cast("Any", None)  # tensors stay with the backend
    match event.WhichOneof("event"):
        case "instruction_delta":
            yield InstructionDelta(text=event.instruction_delta.text)
        case "instruction_ready":
            ready = event.instruction_ready
            encoding = Encoding(
                instruction=instruction,
                expressive_instruction=ready.text,
                raw_text=ready.text,
                edit_embeds=nothing,
                negative_embeds=nothing,
                visual_tokens=None,
                is_corrected=ready.is_corrected,
            )
            yield EncodingReady(encoding=encoding)
        case "step_progress":
            progress = event.step_progress
            yield Step(index=progress.step, num_steps=progress.num_steps, denoised=nothing)
        case "warning":
            yield EditWarning(reason=event.warning.reason, message=event.warning.message)
        case "failed":
            raise error_of_status(event.failed)
        case _:
            pass


def _edited(client: Client, job: PictureJob, picture: Picture, result: edits.EditResult) -> Edited:
    wire = result.picture.raw.rect
    rect = Rect(wire.x, wire.y, wire.width, wire.height)
    shape = (rect.height, rect.width)
    part = np.frombuffer(client.download(result.picture.blob_digest), picture.pixels.dtype)
    part = part.reshape(*shape, picture.pixels.shape[2])
    pixels = picture.pixels.copy()
    pixels[rect.within(picture_rect(picture))] = part
    edited = replace(picture, pixels=pixels)
    provenance = from_json(result.provenance_json)
    layer = Layer(
        name=f"MGIE: {job.regions[0].instruction[:60]}",
        rect=rect,
        pixels=part,
        mask=np.frombuffer(client.download(result.weight.blob_digest), np.uint8).reshape(shape),
        change_map=np.frombuffer(client.download(result.change_map.blob_digest), np.uint8).reshape(shape),
    )
    named = replace(provenance, input_name=job.input.name, output_digest=pixel_digest(edited))
    return Edited(picture=edited, layers=(layer,), provenance=named)


def _upload(client: Client, picture: Picture) -> types.Picture:
    space = picture.colour_space
    (digest,) = client.upload(np.ascontiguousarray(picture.pixels).tobytes())
    icc_digest = client.upload(space.icc_profile)[0] if space.icc_profile else ""
    rect = picture_rect(picture)
    spec = types.PictureSpec(
        rect=types.Rect(x=rect.x, y=rect.y, width=rect.width, height=rect.height),
        sample_type=types.SampleType.Value(f"SAMPLE_TYPE_{_sample_name(picture)}"),
        channels=_CHANNELS[picture.pixels.shape[2] - 1],
        alpha=types.AlphaKind.Value(f"ALPHA_KIND_{picture.alpha.upper()}"),
        colour_space=types.ColourSpace.Value(f"COLOUR_SPACE_{space.name.replace('-', '_').upper()}"),
        icc_digest=icc_digest,
    )
    return types.Picture(blob_digest=digest, raw=spec)


def _sample_name(picture: Picture) -> str:
    dtype = picture.pixels.dtype
    return f"{dtype.kind.upper()}{8 * dtype.itemsize}"


def _mask(client: Client, region: Region) -> types.Mask:
    rect = region.rect
    digest = "" if region.mask is None else client.upload(region.mask.tobytes())[0]
    wire = types.Rect(x=rect.x, y=rect.y, width=rect.width, height=rect.height)
    return types.Mask(rect=wire, blob_digest=digest)


def _sampling(wishes: dict[str, Any]) -> types.SamplingOptions:
    named = dict(wishes)
    sampler = named.pop("sampler", None)
    options = types.SamplingOptions(**named)
    if sampler is not None:
        options.sampler = types.Sampler.Value(f"SAMPLER_{sampler.upper()}")
    return options


def _compose(options: ComposeOptions) -> types.ComposeOptions:
    plain = ("grow_px", "feather_px", "blend_px", "colour_match", "corrects_drift")
    wire = types.ComposeOptions(**{name: getattr(options, name) for name in plain})
    wire.context = types.ContextPolicy.Value(f"CONTEXT_POLICY_{options.context.upper()}")
    wire.transfer = types.TransferMode.Value(f"TRANSFER_MODE_{options.transfer.upper()}")
    if options.context_rect is not None:
        x, y, width, height = options.context_rect
        wire.context_rect.CopyFrom(types.Rect(x=x, y=y, width=width, height=height))
    return wire
