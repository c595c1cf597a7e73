"""What service tests ask for: small pictures, specs, and events in a form that is easy to compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from mgie.api.edit import EditResult, EditSpec
from mgie.api.events import (
    EditEvent,
    EditWarning,
    InstructionDelta,
    StageChanged,
)
from mgie.api.failure import Failure
from mgie.api.options import Options
from mgie.api.pixel_blobs import MaskBlob, PictureBlob, PictureSpec
from mgie.api.rect import Rect
from mgie.client.blocking import Client

WIDTH, HEIGHT = 48, 40
Body = TypeVar("Body")
_KINDS: dict[type, str] = {EditResult: "result", Failure: "failed", EditWarning: "warning"}


def pixels(seed: int = 0, width: int = WIDTH, height: int = HEIGHT) -> npt.NDArray[np.uint8]:
    """(height, width, 3) of smooth colour."""
    across = np.linspace(60, 160, width)[None, :, None] + np.zeros((height, width, 3))
    return (across + np.random.default_rng(seed).integers(0, 40, (height, width, 3))).astype(np.uint8)


def raw_picture(digest: str, width: int = WIDTH, height: int = HEIGHT) -> PictureBlob:
    """8-bit RGB at the origin."""
    spec = PictureSpec(rect=Rect(0, 0, width, height), sample_type="u8", channels="rgb")
    return PictureBlob(blob_digest=digest, raw=spec)


def upload_picture(client: Client, seed: int = 0) -> PictureBlob:
    """A picture that the server has."""
    (digest,) = client.upload(pixels(seed).tobytes())
    return raw_picture(digest)


def upload_mask(client: Client, x: int, y: int, width: int, height: int) -> MaskBlob:
    """Full coverage over a rectangle."""
    (digest,) = client.upload(b"\xff" * (width * height))
    return MaskBlob(rect=Rect(x, y, width, height), blob_digest=digest)


def make_spec(client: Client, instruction: str = "make it brighter", **fields: Any) -> EditSpec:
    """An edit of a whole picture, with one seed unless said otherwise."""
    return EditSpec(
        **{"picture": upload_picture(client), "seeds": (1,)} | fields,
        instruction=instruction,
    )


def steps(number: int) -> Options:
    """A number of denoising steps."""
    return {"num_inference_steps": number}


def numbered(events: Iterable[EditEvent]) -> list[EditEvent]:
    """Those that are never dropped."""
    return [event for event in events if event.sequence]


def bodies(events: Iterable[EditEvent], kind: type[Body]) -> list[Body]:
    """What the events of a kind say."""
    return [event.event for event in events if isinstance(event.event, kind)]


def kind_of(event: EditEvent) -> str:
    """What happened, as a word; a stage by its own name."""
    body = event.event
    if isinstance(body, StageChanged):
        return body.stage.name.lower()
    name = _KINDS.get(type(body), type(body).__name__)
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).removeprefix("_")


def kinds(events: Iterable[EditEvent]) -> list[str]:
    """What happened, in order, runs of the same thing once."""
    found: list[str] = []
    for event in numbered(events):
        if not found or found[-1] != kind_of(event):
            found.append(kind_of(event))
    return found


def text_of(events: Iterable[EditEvent]) -> str:
    """The expressive instruction as the deltas build it."""
    text = ""
    for delta in bodies(events, InstructionDelta):
        text = text[: delta.offset] + delta.text
    return text


def until(events: Iterator[EditEvent], kind: str) -> list[EditEvent]:
    """Events up to the first of a kind."""
    seen: list[EditEvent] = []
    for event in events:
        seen.append(event)
        if kind_of(event) == kind:
            return seen
    raise AssertionError(f"the stream ended without {kind}: {kinds(seen)}")
