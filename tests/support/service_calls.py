"""What service tests ask for: small pictures, specs, and events in a form that is easy to compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from mgie.client.client import Client
from mgie.v1 import edit_service_pb2 as edits
from mgie.v1 import types_pb2 as types

WIDTH, HEIGHT = 48, 40


def pixels(seed: int = 0, width: int = WIDTH, height: int = HEIGHT) -> npt.NDArray[np.uint8]:
    """(height, width, 3) of smooth colour."""
    across = np.linspace(60, 160, width)[None, :, None] + np.zeros((height, width, 3))
    return (across + np.random.default_rng(seed).integers(0, 40, (height, width, 3))).astype(np.uint8)


def raw_picture(digest: str, width: int = WIDTH, height: int = HEIGHT) -> types.Picture:
    """8-bit RGB at the origin."""
    spec = types.PictureSpec(
        rect=types.Rect(width=width, height=height),
        sample_type=types.SAMPLE_TYPE_U8,
        channels=types.CHANNELS_RGB,
    )
    return types.Picture(blob_digest=digest, raw=spec)


def upload_picture(client: Client, seed: int = 0) -> types.Picture:
    """A picture that the server has."""
    (digest,) = client.upload(pixels(seed).tobytes())
    return raw_picture(digest)


def upload_mask(client: Client, x: int, y: int, width: int, height: int) -> types.Mask:
    """Full coverage over a rectangle."""
    (digest,) = client.upload(b"\xff" * (width * height))
    return types.Mask(rect=types.Rect(x=x, y=y, width=width, height=height), blob_digest=digest)


def make_spec(client: Client, instruction: str = "make it brighter", **fields: object) -> edits.EditSpec:
    """An edit of a whole picture with one seed."""
    spec = edits.EditSpec(picture=upload_picture(client), instruction=instruction, seeds=[1])
    spec.MergeFrom(edits.EditSpec(**fields))  # pyright: ignore[reportArgumentType]
    return spec


def sampling(steps: int) -> types.SamplingOptions:
    """A number of steps."""
    return types.SamplingOptions(num_inference_steps=steps)


def numbered(events: Iterable[edits.EditEvent]) -> list[edits.EditEvent]:
    """Those that are never dropped."""
    return [event for event in events if event.sequence]


def kinds(events: Iterable[edits.EditEvent]) -> list[str]:
    """What happened, in order, runs of the same thing told once; stages by name."""
    told: list[str] = []
    for event in numbered(events):
        kind = event.WhichOneof("event") or ""
        if kind == "stage_changed":
            kind = edits.Stage.Name(event.stage_changed.stage).removeprefix("STAGE_").lower()
        if not told or told[-1] != kind:
            told.append(kind)
    return told


def text_of(events: Iterable[edits.EditEvent]) -> str:
    """The expressive instruction as the deltas build it."""
    text = ""
    for event in events:
        if event.HasField("instruction_delta"):
            delta = event.instruction_delta
            text = text[: delta.offset] + delta.text
    return text


def until(events: Iterator[edits.EditEvent], kind: str) -> list[edits.EditEvent]:
    """Events up to the first of a kind."""
    seen: list[edits.EditEvent] = []
    for event in events:
        seen.append(event)
        if event.WhichOneof("event") == kind:
            return seen
    raise AssertionError(f"the stream ended without {kind}: {kinds(seen)}")
