"""From requests to checked values. Every field a client can get wrong is refused here, by name."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from mgie.api.compose_options import ComposeOptions, ContextPolicy, TransferMode
from mgie.api.picture import AlphaKind, SpaceName
from mgie.api.rect import Rect
from mgie.errors import BadImage, BadInstruction, EmptyInstruction, EmptyMask, ImageTooLarge
from mgie.model.events import SamplerName
from mgie.server.blobs import check_digest
from mgie.server.errors import RequestError
from mgie.server.order import MaskSource, Order, PictureSource, RawPixels, SamplingWish
from mgie.server.queue import Place
from mgie.server.records import EditState
from mgie.server.settings import Limits
from mgie.v1 import edit_service_pb2 as edits
from mgie.v1 import types_pb2 as types

if TYPE_CHECKING:
    from google.protobuf.message import Message

Value = TypeVar("Value")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_RESOURCE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_MAX_PLACE_PX = 1 << 24  # how far from the origin a picture may lie
_DTYPES: dict[int, str] = {
    types.SAMPLE_TYPE_U8: "uint8",
    types.SAMPLE_TYPE_U16: "uint16",
    types.SAMPLE_TYPE_F16: "float16",
    types.SAMPLE_TYPE_F32: "float32",
}
_NUM_CHANNELS: dict[int, int] = {
    types.CHANNELS_GRAY: 1,
    types.CHANNELS_GRAYA: 2,
    types.CHANNELS_RGB: 3,
    types.CHANNELS_RGBA: 4,
}
_ALPHAS: dict[int, AlphaKind] = {
    types.ALPHA_KIND_NONE: "none",
    types.ALPHA_KIND_STRAIGHT: "straight",
    types.ALPHA_KIND_PREMULTIPLIED: "premultiplied",
}
_SPACES: dict[int, SpaceName] = {
    types.COLOUR_SPACE_SRGB: "srgb",
    types.COLOUR_SPACE_LINEAR: "linear",
    types.COLOUR_SPACE_DISPLAY_P3: "display-p3",
    types.COLOUR_SPACE_ADOBE_RGB: "adobe-rgb",
    types.COLOUR_SPACE_PROPHOTO: "prophoto",
    types.COLOUR_SPACE_ICC: "icc",
}
_SAMPLERS: dict[int, SamplerName] = {
    types.SAMPLER_EULER_A: "euler_a",
    types.SAMPLER_DPMPP_2M: "dpmpp_2m",
    types.SAMPLER_UNIPC: "unipc",
}
_CONTEXTS: dict[int, ContextPolicy] = {
    types.CONTEXT_POLICY_UNSPECIFIED: "auto",
    types.CONTEXT_POLICY_AUTO: "auto",
    types.CONTEXT_POLICY_SELECTION: "selection",
    types.CONTEXT_POLICY_CANVAS: "canvas",
    types.CONTEXT_POLICY_CUSTOM: "custom",
}
_TRANSFERS: dict[int, TransferMode] = {
    types.TRANSFER_MODE_UNSPECIFIED: "auto",
    types.TRANSFER_MODE_AUTO: "auto",
    types.TRANSFER_MODE_TONAL: "tonal",
    types.TRANSFER_MODE_CONTENT: "content",
}
_PLACES: dict[int, Place] = {
    types.QUEUE_PLACE_UNSPECIFIED: Place.BACK,
    types.QUEUE_PLACE_BACK: Place.BACK,
    types.QUEUE_PLACE_FRONT: Place.FRONT,
    types.QUEUE_PLACE_REPLACE: Place.REPLACE,
}


def read_digest(field: str, digest: str) -> str:
    """A blob's digest."""
    try:
        check_digest(digest)
    except RequestError as error:
        raise invalid(field, str(error)) from error
    return digest


def invalid(field: str, message: str) -> RequestError:
    """A field that cannot be as it is."""
    return RequestError("REQUEST_INVALID", f"{field}: {message}", metadata={"field": field})


def read_order(spec: edits.EditSpec, limits: Limits, default_model: str) -> Order:
    """The order of a spec; draws a seed where there is none."""
    return Order(
        picture=read_picture(spec.picture, limits),
        mask=read_mask(spec.mask, limits) if spec.HasField("mask") else None,
        instruction=read_instruction(spec.instruction, limits),
        expressive_instruction=read_expressive(spec.expressive_instruction, limits),
        model=read_model(spec.model) or default_model,
        sampling=read_sampling(spec.sampling),
        seeds=read_seeds(spec.seeds, limits),
        compose=read_compose(spec.compose),
        leaves_weight_to_layer=spec.compose.leaves_weight_to_layer,
        hold=spec.hold_before_sampling,
    )


def read_picture(picture: types.Picture, limits: Limits) -> PictureSource:
    """A picture by its digest, raw or encoded."""
    read_digest("picture.blob_digest", picture.blob_digest)
    kind = picture.WhichOneof("content")
    if kind == "raw":
        raw = _raw(picture.raw, limits)
        return PictureSource(digest=picture.blob_digest, raw=raw)
    if kind == "encoded":
        x, y = _position("picture.encoded", picture.encoded.x, picture.encoded.y)
        return PictureSource(digest=picture.blob_digest, raw=None, x=x, y=y)
    raise invalid("picture.content", "say whether the blob is raw or encoded")


def read_mask(mask: types.Mask, limits: Limits) -> MaskSource:
    """Where coverage lies."""
    rect = _rect("mask.rect", mask.rect)
    if rect.is_empty:
        raise EmptyMask(f"the mask is {rect.width}x{rect.height} px; select something first")
    check_size(rect.width, rect.height, limits)
    if mask.blob_digest:
        read_digest("mask.blob_digest", mask.blob_digest)
    return MaskSource(rect=rect, digest=mask.blob_digest)


def read_instruction(text: str, limits: Limits) -> str:
    """The artist's words."""
    if not text.strip():
        raise EmptyInstruction("the instruction is empty; say what to change")
    return _text("instruction", text, limits.max_instruction_chars)


def read_expressive(text: str, limits: Limits) -> str:
    """A given expressive instruction; "" for none."""
    return _text("expressive_instruction", text, limits.max_expressive_chars) if text.strip() else ""


def read_model(name: str) -> str:
    """A model's name; never a path."""
    name = name.removeprefix("models/")
    if name and not _RESOURCE_ID.fullmatch(name):
        raise invalid("model", "a model is named by letters, digits, dots, dashes and underscores")
    return name


def read_sampling(sampling: types.SamplingOptions) -> SamplingWish:
    """The options a client named."""
    if sampling.sampler not in (types.SAMPLER_UNSPECIFIED, *_SAMPLERS):
        raise invalid("sampling.sampler", f"{sampling.sampler} is no sampler")
    named = {
        name: getattr(sampling, name)
        for name in ("num_inference_steps", "guidance_scale", "image_guidance_scale")
        if sampling.HasField(name)
    }
    return SamplingWish(**named, sampler=_SAMPLERS.get(sampling.sampler))


def read_seeds(seeds: Sequence[int], limits: Limits) -> tuple[int, ...]:
    """One or more seeds."""
    if len(seeds) > limits.max_seeds:
        raise invalid("seeds", f"{len(seeds)} seeds; at most {limits.max_seeds} in one edit")
    return tuple(seeds) or (secrets.randbelow(1 << 32),)


def read_compose(compose: types.ComposeOptions) -> ComposeOptions:
    """How the edit lands; what is left out keeps its default."""
    names = ("grow_px", "feather_px", "blend_px", "colour_match", "corrects_drift")
    named = {name: getattr(compose, name) for name in names if compose.HasField(name)}
    return ComposeOptions(
        context=_choice("compose.context", _CONTEXTS, compose.context),
        context_rect=_rect("compose.context_rect", compose.context_rect)
        if compose.HasField("context_rect")
        else None,
        transfer=_choice("compose.transfer", _TRANSFERS, compose.transfer),
        **named,
    )


def read_place(place: int) -> Place:
    """Where in the queue."""
    return _choice("place", _PLACES, place)


def read_restarts(policy: int) -> bool:
    """Whether to run again after a restart."""
    choices: dict[int, bool] = {
        types.RESTART_POLICY_UNSPECIFIED: True,
        types.RESTART_POLICY_RESTART: True,
        types.RESTART_POLICY_INTERRUPT: False,
    }
    return _choice("restart_policy", choices, policy)


def read_request_id(request_id: str) -> str:
    """The client's own name of a request."""
    if not _REQUEST_ID.fullmatch(request_id):
        raise invalid("request_id", "give 1 to 128 of A-Z a-z 0-9 . _ -")
    return request_id


def read_name(name: str, collection: str) -> str:
    """The id in "collection/id"."""
    prefix, _, resource = name.partition("/")
    if prefix != collection or not _RESOURCE_ID.fullmatch(resource):
        raise invalid("name", f'expected "{collection}/..."')
    return resource


def read_states(states: Sequence[int]) -> tuple[EditState, ...]:
    """States to list."""
    known = {state.value for state in EditState}
    if not known.issuperset(states):
        raise invalid("states", f"choose among {sorted(known)}")
    return tuple(EditState(state) for state in set(states))


class Page(NamedTuple):
    """A page to list."""

    size: int
    token: int | None


def read_page(size: int, token: str) -> Page:
    """Page size and token (AIP-158)."""
    if size < 0:
        raise invalid("page_size", f"{size} is negative")
    if token and not (token.isascii() and token.isdecimal() and len(token) < 16):
        raise invalid("page_token", "not a token of this server")
    return Page(min(size or 100, 1000), int(token) if token else None)


class PreviewWish(NamedTuple):
    """Which previews a watcher wants."""

    max_side_px: int
    max_rate_hz: float
    every_num_steps: int
    format: int  # of PreviewFormat


def read_previews(request: Message, options: edits.PreviewOptions) -> PreviewWish | None:
    """The previews a watch request asks for; None for none."""
    if not request.HasField("previews"):
        return None
    wish = PreviewWish(
        max_side_px=options.max_side_px if options.HasField("max_side_px") else 256,
        max_rate_hz=options.max_rate_hz if options.HasField("max_rate_hz") else 10.0,
        every_num_steps=options.every_num_steps if options.HasField("every_num_steps") else 1,
        format=options.format or edits.PREVIEW_FORMAT_RGB8,
    )
    if not 16 <= wish.max_side_px <= 1024:
        raise invalid("previews.max_side_px", f"{wish.max_side_px}; choose 16 to 1024")
    if not 0 < wish.max_rate_hz <= 60:  # also refuses NaN
        raise invalid("previews.max_rate_hz", f"{wish.max_rate_hz}; choose above 0 up to 60")
    if not 1 <= wish.every_num_steps <= 1000:
        raise invalid("previews.every_num_steps", f"{wish.every_num_steps}; choose 1 to 1000")
    if wish.format not in edits.PreviewFormat.values():
        raise invalid("previews.format", f"{wish.format} is no format")
    return wish


def check_size(width: int, height: int, limits: Limits) -> None:
    """Raise where a picture is larger than the limits."""
    if max(width, height) > limits.max_side_px or width * height > limits.max_pixels:
        raise ImageTooLarge(
            f"{width}x{height} px exceeds {limits.max_side_px} px per side or {limits.max_pixels} px in all; "
            "edit a selection or scale it down first"
        )


def _raw(spec: types.PictureSpec, limits: Limits) -> RawPixels:
    rect = _rect("picture.raw.rect", spec.rect)
    if rect.is_empty:
        raise BadImage(f"the picture is {rect.width}x{rect.height} px; it must hold at least one pixel")
    check_size(rect.width, rect.height, limits)
    num_channels = _choice("picture.raw.channels", _NUM_CHANNELS, spec.channels)
    has_alpha = num_channels in (2, 4)
    if spec.icc_digest:
        read_digest("picture.raw.icc_digest", spec.icc_digest)
    space = spec.colour_space or (types.COLOUR_SPACE_ICC if spec.icc_digest else types.COLOUR_SPACE_SRGB)
    if (space == types.COLOUR_SPACE_ICC) != bool(spec.icc_digest):
        raise invalid("picture.raw.icc_digest", "goes with colour space ICC, and only with it")
    alpha = spec.alpha or (types.ALPHA_KIND_STRAIGHT if has_alpha else types.ALPHA_KIND_NONE)
    if has_alpha == (alpha == types.ALPHA_KIND_NONE):
        raise invalid("picture.raw.alpha", f"does not fit {num_channels} channels")
    return RawPixels(
        rect=rect,
        dtype=_choice("picture.raw.sample_type", _DTYPES, spec.sample_type),
        num_channels=num_channels,
        alpha=_choice("picture.raw.alpha", _ALPHAS, alpha),
        space=_choice("picture.raw.colour_space", _SPACES, space),
        icc_digest=spec.icc_digest,
    )


def _rect(field: str, rect: types.Rect) -> Rect:
    x, y = _position(field, rect.x, rect.y)
    return Rect(x, y, rect.width, rect.height)


def _position(field: str, x: int, y: int) -> tuple[int, int]:
    if max(abs(x), abs(y)) > _MAX_PLACE_PX:
        raise invalid(field, f"({x}, {y}) lies too far from the origin; {_MAX_PLACE_PX} px at most")
    return x, y


def _text(field: str, text: str, max_chars: int) -> str:
    if len(text) > max_chars:
        raise BadInstruction(f"{field} has {len(text)} characters; {max_chars} at most")
    if "\0" in text:
        raise BadInstruction(f"{field} holds a zero character; remove it")
    return text


def _choice(field: str, choices: Mapping[int, Value], number: int) -> Value:
    if number not in choices:
        raise invalid(field, f"{number} is none of {sorted(choices)}")
    return choices[number]
