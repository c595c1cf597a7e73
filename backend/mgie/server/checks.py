"""Limits: what a client may ask for, field by field. Raises MgieError with the field's own reason."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from mgie.api.edit import EditSpec
from mgie.api.models import Model
from mgie.api.options import check_options
from mgie.api.pixel_blobs import PictureBlob
from mgie.api.system import Limits
from mgie.api.text import clean_text
from mgie.errors import BadInstruction, EmptyInstruction, ImageTooLarge
from mgie.server.errors import invalid

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_RESOURCE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_MODEL_ID = re.compile(rf"{_RESOURCE_ID.pattern}(\+{_RESOURCE_ID.pattern})?")  # WRITER+PAINTER too
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MAX_SEQUENCE = (1 << 63) - 1  # what the job store can hold
_MAX_PAGE_SIZE = 1000
_MAX_OPTIONS = 64
_MAX_REFERENCES = 64  # whatever a model takes


class Page(NamedTuple):
    """A page to list."""

    size: int
    token: int | None


def complete_spec(spec: EditSpec, limits: Limits, default_model: str) -> EditSpec:
    """The spec with clean words, a model and at least one seed; checked as far as no model is needed."""
    check_picture("picture", spec.picture, limits)
    for index, reference in enumerate(spec.references[:_MAX_REFERENCES]):
        check_picture(f"references[{index}]", reference, limits)
    if spec.mask is not None:
        check_size(spec.mask.rect.width, spec.mask.rect.height, limits)
        if spec.mask.blob_digest:
            check_digest("mask.blob_digest", spec.mask.blob_digest)
    if len(spec.seeds) > limits.max_seeds:
        raise invalid("seeds", f"{len(spec.seeds)} seeds; at most {limits.max_seeds} in one edit")
    if len(spec.options) > _MAX_OPTIONS:
        raise invalid("options", f"{len(spec.options)} options; at most {_MAX_OPTIONS}")
    return replace(
        spec,
        instruction=read_instruction(spec.instruction, limits),
        expressive_instruction=read_expressive(spec.expressive_instruction, limits),
        model=read_model(spec.model) or default_model,
        seeds=spec.seeds or (secrets.randbelow(1 << 32),),
    )


def check_against_model(spec: EditSpec, model: Model) -> None:
    """Raise unless the model has these options and takes so many references."""
    if not model.paints:
        raise invalid("model", f"{model.id} only writes; name a painter too, as {model.id}+PAINTER")
    check_options(model.options, spec.options)
    if len(spec.references) > model.max_references:
        allowed = f"at most {model.max_references}" if model.max_references else "none"
        raise invalid("references", f"{len(spec.references)} pictures; model {model.id} takes {allowed}")
    if spec.expressive_instruction and not model.writes_instruction:
        raise BadInstruction(f"model {model.id} works without an expressive instruction; leave it out")


def check_picture(field: str, picture: PictureBlob, limits: Limits) -> None:
    """Raise unless the digests are digests and the size is allowed."""
    check_digest(f"{field}.blob_digest", picture.blob_digest)
    if picture.raw is None:
        return
    check_size(picture.raw.rect.width, picture.raw.rect.height, limits)
    if picture.raw.icc_digest:
        check_digest(f"{field}.raw.icc_digest", picture.raw.icc_digest)


def check_size(width: int, height: int, limits: Limits) -> None:
    """Raise where a picture is larger than the limits."""
    if max(width, height) > limits.max_side_px or width * height > limits.max_pixels:
        raise ImageTooLarge(
            f"{width}x{height} px exceeds {limits.max_side_px} px per side or {limits.max_pixels} px in all; "
            "edit a selection or scale it down first"
        )


def check_digest(field: str, digest: str) -> str:
    """A blob's digest; nothing else ever becomes a file name."""
    if not _DIGEST.fullmatch(digest):
        raise invalid(field, "a blob is named by 64 lower-case hex digits, its SHA-256")
    return digest


def read_instruction(text: str, limits: Limits) -> str:
    """The artist's words, cleaned."""
    cleaned = _text("instruction", text, limits.max_instruction_chars)
    if not cleaned.strip():
        raise EmptyInstruction("the instruction is empty; say what to change")
    return cleaned


def read_expressive(text: str, limits: Limits) -> str:
    """A given expressive instruction, cleaned; "" for none."""
    cleaned = _text("expressive_instruction", text, limits.max_expressive_chars)
    return cleaned if cleaned.strip() else ""


def read_model(name: str) -> str:
    """A model's name; never a path."""
    name = name.removeprefix("models/")
    if name and not _MODEL_ID.fullmatch(name):
        raise invalid("model", "a model is named by letters, digits, dots, dashes and underscores")
    return name


def read_request_id(request_id: str) -> str:
    """The client's own name of a request."""
    if not _REQUEST_ID.fullmatch(request_id):
        raise invalid("request_id", "give 1 to 128 of A-Z a-z 0-9 . _ -")
    return request_id


def read_name(name: str, collection: str, field: str = "name") -> str:
    """The id in "collection/id"."""
    prefix, _, resource = name.partition("/")
    if prefix != collection or not _RESOURCE_ID.fullmatch(resource):
        raise invalid(field, f'expected "{collection}/..."')
    return resource


def read_sequence(field: str, sequence: int) -> int:
    """The number of an event that a watcher has."""
    if sequence > _MAX_SEQUENCE:
        raise invalid(field, f"{sequence} is the number of no event")
    return sequence


def read_page(size: int, token: str) -> Page:
    """Page size and token (AIP-158)."""
    if size < 0:
        raise invalid("page_size", f"{size} is negative")
    if token and not (token.isascii() and token.isdecimal() and len(token) < 16):
        raise invalid("page_token", "not a token of this server")
    return Page(min(size or 100, _MAX_PAGE_SIZE), int(token) if token else None)


def read_seconds(field: str, seconds: float, low: float, high: float) -> float:
    """A time within bounds."""
    if not low <= seconds <= high:  # also refuses NaN
        raise invalid(field, f"{seconds}; choose {low:g} to {high:g}")
    return seconds


def check_count(field: str, values: Sequence[object], allowed: int) -> None:
    """Raise where there are none or too many."""
    if not 1 <= len(values) <= allowed:
        raise invalid(field, f"{len(values)} of them; 1 to {allowed} are allowed")


def _text(field: str, text: str, max_chars: int) -> str:
    if len(text) > max_chars:
        raise BadInstruction(f"{field} has {len(text)} characters; {max_chars} at most")
    return clean_text(text)
