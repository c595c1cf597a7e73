"""The panel's values on the wire."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mgie.api.rect import Rect
from mgie.client.transfer import digest_of
from mgie.host.types import HostPicture, PixelFormat
from mgie.panel import wire
from mgie.panel.ports import Order
from mgie.panel.state import messages as m
from mgie.panel.state.job import Job
from mgie.panel.state.problem import Problem
from mgie.panel.state.settings import Settings
from mgie.v1 import edit_service_pb2 as pb
from support.fake_ports import READ, TARGET

JOB = Job(
    key="j", target=TARGET, instruction="add snow", text="Snow.", settings=Settings(seed=5, num_variations=2)
)


def test_an_order_names_its_blobs_and_carries_each_once() -> None:
    batch = wire.parcel([Order(job=JOB, read=READ), Order(job=replace(JOB, instruction="x"), read=READ)])
    first, second = batch.specs
    assert first.picture == second.picture
    assert set(batch.blobs) == {digest_of(READ.picture.pixels), digest_of(READ.mask.coverage)}
    assert (first.instruction, first.expressive_instruction, list(first.seeds)) == (
        "add snow",
        "Snow.",
        [5, 6],
    )
    assert first.compose.leaves_weight_to_layer
    assert wire.rect_of(first.mask.rect) == READ.mask.rect


@pytest.mark.parametrize("sample", ["u32", "f64"])
def test_formats_the_wire_does_not_have_travel_as_floats_and_come_back(sample: str) -> None:
    document = PixelFormat(sample=sample, channels="rgb")
    full = 4294967295 if sample == "u32" else 1.0
    values = (np.linspace(0, 1, 24) * full).astype("<u4" if sample == "u32" else "<f8")
    rect = Rect(x=2, y=3, width=4, height=2)
    picture = HostPicture(rect=rect, format=document, pixels=values.tobytes())
    parcel = wire.parcel([Order(job=JOB, read=replace(READ, picture=picture, mask=None))])
    raw = parcel.specs[0].picture
    result = pb.EditResult(picture=raw)
    back = wire.picture_of(result, parcel.blobs[raw.blob_digest], b"", document)
    assert back.format == document
    again = np.frombuffer(back.pixels, values.dtype).astype(np.float64) / full
    assert np.abs(again - values / full).max() < 1e-7


def test_a_result_in_the_documents_own_format_is_not_touched() -> None:
    parcel = wire.parcel([Order(job=JOB, read=READ)])
    raw = parcel.specs[0].picture
    back = wire.picture_of(
        pb.EditResult(picture=raw), parcel.blobs[raw.blob_digest], b"profile", READ.picture.format
    )
    assert back.pixels == READ.picture.pixels
    assert back.icc == b"profile"


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (pb.EditEvent(queued=pb.Queued(position=2)), m.Queued(sequence=0, position=2)),
        (
            pb.EditEvent(sequence=3, stage_changed=pb.StageChanged(stage=pb.STAGE_WRITING)),
            m.StageEntered(sequence=3, stage=m.Stage.WRITING),
        ),
        (
            pb.EditEvent(sequence=4, instruction_delta=pb.InstructionDelta(text="a", offset=2)),
            m.TextDelta(sequence=4, text="a", offset=2),
        ),
        (
            pb.EditEvent(sequence=5, step_progress=pb.StepProgress(step=1, num_steps=9)),
            m.StepDone(sequence=5, step=1, num_steps=9, eta_s=None),
        ),
        (pb.EditEvent(sequence=6, restarted=pb.Restarted(reason="RETRIED")), m.Restarted(sequence=6)),
        (pb.EditEvent(sequence=7, cancelled=pb.Cancelled()), m.Cancelled(sequence=7)),
        (pb.EditEvent(sequence=8, finished=pb.Finished()), m.Finished(sequence=8)),
        (pb.EditEvent(preview=pb.Preview(width=8, height=8, data=b"short")), None),
        (pb.EditEvent(sequence=9), None),  # an event of a newer server
    ],
)
def test_events_become_messages(event: pb.EditEvent, message: m.Message | None) -> None:
    assert wire.message_of(event) == message


def test_a_status_without_a_reason_still_says_what_was_said() -> None:
    event = pb.EditEvent(sequence=1)
    event.failed.message = "the lamp is broken"
    assert wire.message_of(event) == m.Failed(
        sequence=1, problem=Problem(reason="UNKNOWN", detail="the lamp is broken")
    )
