"""Every value of the vocabulary crosses the wire unchanged, field by field."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from typing import Any

import pytest

from mgie.api.compose_options import ComposeOptions
from mgie.api.edit import Edit, EditResult, EditSpec, EditState
from mgie.api.events import (
    Cancelled,
    Declined,
    EditEvent,
    EditWarning,
    Finished,
    InstructionDelta,
    InstructionReady,
    Preview,
    Queued,
    Reading,
    Restarted,
    Stage,
    StageChanged,
    StepProgress,
)
from mgie.api.failure import Failure
from mgie.api.from_proto import InvalidField, from_proto
from mgie.api.models import Model, Operation
from mgie.api.options import OptionSchema, Preset
from mgie.api.pixel_blobs import EncodedSpec, MaskBlob, PictureBlob, PictureSpec
from mgie.api.rect import Rect
from mgie.api.system import DeviceResources, Estimate, EstimateRequest, Limits, Resources, ServerInfo
from mgie.api.to_proto import to_proto
from mgie.errors import BadOption
from mgie.v1 import edit_service_pb2, model_service_pb2, system_service_pb2, types_pb2

DIGEST = "a" * 64
PICTURE = PictureBlob(
    blob_digest=DIGEST,
    raw=PictureSpec(rect=Rect(-1, 2, 3, 4), sample_type="u16", channels="rgba", colour_space="display-p3"),
)
SPEC = EditSpec(
    picture=PICTURE,
    mask=MaskBlob(rect=Rect(0, 0, 5, 5), blob_digest=DIGEST),
    instruction="wärmer",
    expressive_instruction="This is cold.",
    model="mgie-mini",
    options={"num_inference_steps": 3, "guidance_scale": 1.5, "is_tiled": True, "sampler": "unipc"},
    seeds=(1, 2**64 - 1),
    compose=ComposeOptions(
        context="custom",
        context_rect=Rect(0, 0, 1, 1),
        padding=0.0,
        grow_px=-3,
        feather_px=2.5,
        blend_px=4.0,
        transfer="content",
        colour_match=0.5,
        corrects_drift=False,
        is_square=True,
        max_scale=2.0,
        tile_overlap=0.1,
        leaves_weight_to_layer=True,
    ),
    hold_before_sampling=True,
    hold_when_unsure=True,
    references=(PictureBlob(blob_digest=DIGEST, encoded=EncodedSpec(x=3, y=-4)),),
)
RESULT = EditResult(
    index=1,
    seed=7,
    picture=PICTURE,
    weight=SPEC.mask,
    record_json="{}",
    measures={"drift_px": 0.5},
    is_partial=True,
    num_bytes=96,
    change_map=SPEC.mask,
)
FAILURE = Failure(reason="X", message="m", advice="a", metadata={"k": "v"}, retry_s=1.5, code=9)
EDIT = Edit(
    name="edits/1",
    request_id="r",
    spec=SPEC,
    state=EditState.DECLINED,
    create_time=1.5,
    end_time=2.5,
    last_sequence=9,
    queue_position=2,
    expressive_instruction="carried out",
    written_instruction="written",
    results=(RESULT,),
    error=FAILURE,
    source_edit="edits/0",
    batch="batches/1",
    batch_index=3,
    restart_policy="interrupt",
)
EVENTS = (
    Queued(position=2),
    StageChanged(stage=Stage.WRITING, expected_stages=(Stage.SAMPLING, Stage.FINISHING)),
    InstructionDelta(text="a", offset=3),
    InstructionReady(
        text="a",
        is_held=True,
        is_corrected=True,
        is_reused=True,
        readings=(Reading(text="q", probability=0.5),),
    ),
    StepProgress(step=1, num_steps=3, eta_s=0.0, first_index=1, num_indices=2),
    StepProgress(step=1, num_steps=3),
    Preview(index=1, step=1, place=Rect(0, 0, 2, 2), width=1, height=1, format="jpeg", data=b"1"),
    RESULT,
    EditWarning(reason="DRIFT", message="m"),
    Restarted(reason="RETRIED"),
    Finished(seconds=1.5),
    FAILURE,
    Cancelled(),
    Declined(message="no", suggestions=("a", "b")),
)
MODEL = Model(
    name="models/x",
    kind="mgie",
    state="loaded",
    digest=DIGEST,
    license="Apache-2.0",
    source="here",
    num_bytes=5,
    native_size_px=512,
    options=(
        OptionSchema(
            name="n",
            type="number",
            default_value=3.0,
            minimum=0.0,
            maximum=9.0,
            unit="px",
            label="N",
            description="d",
            low_label="less",
            high_label="more",
            is_hidden=True,
        ),
        OptionSchema(name="s", type="choice", default_value="a", choices=("a", "b")),
    ),
    is_default=True,
    is_shipped=True,
    problem="p",
    presets=(Preset(name="fast", label="Fast", options={"n": 2.0}),),
    abilities=("recolours only",),
    examples=("make it brighter",),
    max_references=2,
    varies_with_seed=True,
    writes_instruction=True,
    paints=True,
    terms="t",
    is_license_accepted=True,
    received_bytes=1,
    needed_bytes=2,
    operation="operations/1",
)
VALUES: list[tuple[Any, Any]] = [
    (SPEC, edit_service_pb2.EditSpec),
    (SPEC.compose, types_pb2.ComposeOptions),
    (RESULT, edit_service_pb2.EditResult),
    (EDIT, edit_service_pb2.Edit),
    (MODEL, model_service_pb2.Model),
    (
        Operation(
            name="operations/1",
            kind="load",
            model="models/x",
            state="failed",
            message="m",
            done_bytes=1,
            total_bytes=2,
            error=FAILURE,
            create_time=1.5,
            end_time=2.5,
        ),
        model_service_pb2.Operation,
    ),
    (Limits(max_seeds=3), system_service_pb2.Limits),
    (
        ServerInfo(
            version="1",
            api_revision=2,
            capabilities=("hold",),
            limits=Limits(),
            session_id="s",
            start_time=0.5,
            pid=3,
            default_model="m",
            notices=("n",),
        ),
        system_service_pb2.GetServerInfoResponse,
    ),
    (
        Resources(
            ram_total_bytes=3,
            ram_free_bytes=2,
            ram_ours_bytes=1,
            devices=(DeviceResources(name="CPU", device="cpu", total_bytes=3, free_bytes=2, ours_bytes=1),),
            num_queued=1,
            num_running=2,
            num_held=3,
            loaded_models=("models/x",),
            blob_bytes=9,
        ),
        system_service_pb2.WatchResourcesResponse,
    ),
    (
        EstimateRequest(model="m", width=3, height=4, options={"n": 2}, num_seeds=2),
        system_service_pb2.EstimateEditRequest,
    ),
    (
        Estimate(
            fits=True,
            seconds=0.0,
            wait_s=1.5,
            needed_bytes=3,
            free_bytes=4,
            explanation="e",
            num_measured=2,
        ),
        system_service_pb2.EstimateEditResponse,
    ),
]


@pytest.mark.parametrize(("value", "message_class"), VALUES, ids=lambda v: getattr(v, "__name__", ""))
def test_every_field_arrives_unchanged(value: Any, message_class: Any) -> None:
    assert from_proto(type(value), to_proto(value, message_class)) == value


@pytest.mark.parametrize("body", EVENTS, ids=lambda b: type(b).__name__)
def test_every_event_arrives_unchanged(body: Any) -> None:
    event = EditEvent(event=body, sequence=4, time=12.5)
    assert from_proto(EditEvent, to_proto(event, edit_service_pb2.EditEvent)) == event


@pytest.mark.parametrize("value", [SPEC, SPEC.compose, EDIT], ids=["spec", "compose", "edit"])
def test_every_field_of_the_examples_differs_from_its_default(value: Any) -> None:
    """So that the tests above would notice a field that is dropped on its way."""
    for field in fields(value):
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        assert getattr(value, field.name) != default, field.name


def test_every_field_of_a_spec_has_a_field_of_the_same_name_on_the_wire() -> None:
    names = {field.name for field in edit_service_pb2.EditSpec.DESCRIPTOR.fields}
    assert names == {field.name for field in fields(EditSpec)}


def test_what_is_left_out_keeps_its_default() -> None:
    spec = EditSpec(picture=PICTURE, instruction="warmer")
    message = to_proto(spec, edit_service_pb2.EditSpec)
    message.ClearField("compose")
    assert from_proto(EditSpec, message) == spec


def test_a_missing_picture_is_refused_by_name() -> None:
    with pytest.raises(InvalidField, match=r"picture: is missing") as caught:
        from_proto(EditSpec, edit_service_pb2.EditSpec(instruction="warmer"))
    assert caught.value.metadata == {"field": "picture"}


def test_an_unknown_enum_number_is_refused_by_its_path() -> None:
    message = to_proto(SPEC, edit_service_pb2.EditSpec)
    message.picture.raw.sample_type = 99  # pyright: ignore[reportAttributeAccessIssue] # on purpose
    with pytest.raises(InvalidField, match=r"picture\.raw\.sample_type: 99 is none of"):
        from_proto(EditSpec, message)


def test_a_rectangle_beyond_any_canvas_is_refused() -> None:
    message = to_proto(SPEC, edit_service_pb2.EditSpec)
    message.mask.rect.x = 1 << 30
    with pytest.raises(InvalidField, match=r"mask\.rect: .* too far from the origin"):
        from_proto(EditSpec, message)


def test_an_event_of_a_newer_server_is_refused_rather_than_guessed() -> None:
    with pytest.raises(InvalidField, match="event: is missing"):
        from_proto(EditEvent, edit_service_pb2.EditEvent(sequence=3))


def test_a_value_the_wire_cannot_hold_is_refused_before_it_is_sent() -> None:
    with pytest.raises(BadOption, match="seeds"):
        to_proto(replace(SPEC, seeds=(-1,)), edit_service_pb2.EditSpec)
