"""Nonsense of every kind on every method: always a reason, never INTERNAL, never a crash."""

from __future__ import annotations

import itertools
import math
import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mgie.api.failure import ServiceError
from mgie.api.pixel_blobs import EncodedSpec, MaskBlob, PictureBlob, PictureSpec
from mgie.api.rect import Rect
from mgie.api.to_proto import to_proto
from mgie.client.blocking import Client
from mgie.client.discovery import Discovery
from mgie.client.errors import error_of_call
from mgie.server.errors import REASONS
from mgie.v1 import edit_service_pb2 as edits
from mgie.v1 import model_service_pb2 as models
from mgie.v1 import system_service_pb2 as system
from mgie.v1 import types_pb2 as types
from support.fake_editor import FakeEditor
from support.fake_service import fake_settings, running
from support.raw_calls import RawCalls
from support.service_calls import kind_of, make_spec

NUM_REQUESTS = 10_000  # over all methods
DEADLINE_S = 0.25  # of streams that have nothing to say
# Statuses that gRPC itself gives, before any of our code runs.
TRANSPORT = {"RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED", "SERVER_UNREACHABLE"}

STRINGS = st.one_of(
    st.sampled_from(
        ["", "x", "edits/", "edits/x", "batches/x", "models/fake", "operations/x", "../../etc/passwd", "fake"]
    ),
    st.sampled_from(["0" * 64, "F" * 64, "a" * 5000, "\0", "\u202e\ud7ff", "make it brighter"]),
    st.text(max_size=30),
)
FLOATS = st.one_of(
    st.sampled_from([0.0, 1.0, 7.5, float("nan"), float("inf"), -1.0, 1e308]), st.floats(width=32)
)
OPTION_NAMES = st.sampled_from(["num_inference_steps", "guidance_scale", "sampler", "", "unknown"])
_NUMBERS = {
    FieldDescriptor.CPPTYPE_INT32: st.one_of(st.integers(-3, 3), st.integers(-(2**31), 2**31 - 1)),
    FieldDescriptor.CPPTYPE_UINT32: st.one_of(st.integers(0, 70), st.integers(0, 2**32 - 1)),
    FieldDescriptor.CPPTYPE_UINT64: st.one_of(st.integers(0, 70), st.integers(0, 2**64 - 1)),
    FieldDescriptor.CPPTYPE_INT64: st.one_of(st.integers(-3, 70), st.integers(-(2**63), 2**63 - 1)),
    FieldDescriptor.CPPTYPE_DOUBLE: FLOATS,
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
    FieldDescriptor.CPPTYPE_ENUM: st.one_of(st.integers(0, 8), st.integers(-(2**31), 2**31 - 1)),
}


def value_of(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    """Anything a field can hold, likely and unlikely."""
    if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
        return message_of(field.message_type, depth - 1)
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return STRINGS if field.type == FieldDescriptor.TYPE_STRING else st.binary(max_size=64)
    return _NUMBERS[field.cpp_type]


@st.composite
def message_of(draw: st.DrawFn, descriptor: Any, depth: int = 5) -> Message:
    """A message with some of its fields set to something."""
    message = GetMessageClass(descriptor)()
    if depth == 0 or descriptor.full_name == "mgie.v1.ShutdownRequest":
        return message
    for field in descriptor.fields:
        if draw(st.integers(0, 3)) == 0:
            continue
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            _fill_map(draw, getattr(message, field.name), field.message_type.fields_by_name["value"], depth)
        elif field.is_repeated:
            values = draw(st.lists(value_of(field, depth), max_size=3))
            getattr(message, field.name).extend(values)
        elif field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
            getattr(message, field.name).CopyFrom(draw(value_of(field, depth)))
        else:
            setattr(message, field.name, draw(value_of(field, depth)))
    return message


def _fill_map(draw: st.DrawFn, target: Any, field: FieldDescriptor, depth: int) -> None:
    for name in draw(st.lists(OPTION_NAMES, max_size=3)):
        value = draw(value_of(field, depth))
        if field.message_type is not None:
            target[name].CopyFrom(value)
        else:
            target[name] = value


def methods() -> list[Any]:
    """The descriptors of all methods but the one that ends the server."""
    found = [
        method
        for file in (edits, models, system)
        for service in file.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    ]
    return [method for method in found if method.name != "Shutdown"]


@pytest.fixture(scope="module")
def discovery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Discovery]:
    """One server for all nonsense."""
    settings = fake_settings(tmp_path_factory.mktemp("s"), max_queue_length=1000)
    with running(FakeEditor(), settings) as found:
        yield found
        with Client.connect(found) as client:
            assert client.is_serving(), "the server did not survive"


@pytest.fixture(scope="module")
def client(discovery: Discovery) -> Iterator[Client]:
    """A client of it."""
    with Client.connect(discovery) as client:
        yield client


@pytest.fixture(scope="module")
def raw(discovery: Discovery) -> Iterator[RawCalls]:
    """Bare stubs of it."""
    with RawCalls(discovery) as calls:
        yield calls


def outcome(raw: RawCalls, method: Any, requests: list[bytes]) -> str:
    """What became of a call: "OK" or the reason it was refused for."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    channel, metadata = raw.channel, raw.metadata
    try:
        if method.client_streaming:
            channel.stream_unary(path)(iter(requests), metadata=metadata, timeout=10)
        elif method.server_streaming:
            answers = channel.unary_stream(path)(requests[0], metadata=metadata, timeout=DEADLINE_S)
            list(itertools.islice(answers, 50))
        else:
            channel.unary_unary(path)(requests[0], metadata=metadata, timeout=10)
    except grpc.RpcError as error:
        return error_of_call(error).reason
    return "OK"


@pytest.mark.parametrize("method", methods(), ids=lambda method: method.name)
def test_every_field_of_every_method_takes_nonsense(raw: RawCalls, method: Any) -> None:
    per_method = math.ceil(NUM_REQUESTS / len(methods()))

    @settings(
        max_examples=per_method,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(message_of(method.input_type), min_size=1, max_size=3), st.sampled_from([0, 0, 0, 1, 2, 7])
    )
    def check(requests: list[Message], num_cut: int) -> None:
        messages = [request.SerializeToString() for request in requests]
        messages[-1] = messages[-1][: max(0, len(messages[-1]) - num_cut)]  # some are truncated
        reason = outcome(raw, method, messages)
        assert reason != "INTERNAL"
        assert reason in {"OK", *REASONS, *TRANSPORT}

    check()


@pytest.mark.parametrize("method", methods(), ids=lambda method: method.name)
def test_bytes_that_are_no_message_are_refused_by_every_method(raw: RawCalls, method: Any) -> None:
    generator = random.Random(method.name)
    for _ in range(3):
        garbage = bytes([0x0F]) + generator.randbytes(generator.randrange(1, 60))
        assert outcome(raw, method, [garbage]) == "REQUEST_INVALID"


def test_a_message_beyond_the_limit_is_refused(raw: RawCalls) -> None:
    request = edits.UploadBlobRequest(piece=b"x" * (5 << 20)).SerializeToString()
    (upload,) = [method for method in methods() if method.name == "UploadBlob"]
    assert outcome(raw, upload, [request]) == "RESOURCE_EXHAUSTED"


def png_header(width: int, height: int) -> bytes:
    """The beginning of a PNG that claims a size."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    crc = struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + crc


def bomb(width: int, height: int) -> bytes:
    """A small PNG that would become a huge picture."""
    data = zlib.compress(b"\0" * 100_000)
    chunk = b"IDAT" + data
    length, crc = struct.pack(">I", len(data)), struct.pack(">I", zlib.crc32(chunk))
    return png_header(width, height) + length + chunk + crc


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (bomb(60_000, 60_000), "IMAGE_TOO_LARGE"),
        (bomb(2**31 - 1, 2**31 - 1), "IMAGE_TOO_LARGE"),
        (bomb(0, 5), "IMAGE_INVALID"),
        (png_header(64, 64), "OK"),  # found out when it is decoded
        (b"\x89PNG\r\n\x1a\n", "IMAGE_INVALID"),
        (b"GIF89a" + b"\0" * 64, "IMAGE_INVALID"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "IMAGE_INVALID"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 40, "IMAGE_INVALID"),
        (b"II*\0" + b"\xff" * 60, "IMAGE_INVALID"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "IMAGE_INVALID"),
    ],
)
def test_files_that_lie_are_refused_or_fail_alone(client: Client, blob: bytes, reason: str) -> None:
    (digest,) = client.upload(blob)
    spec = make_spec(client, picture=PictureBlob(blob_digest=digest, encoded=EncodedSpec()))
    if reason == "OK":
        edit = client.create_edit(spec)
        list(client.watch_edit(edit.name))
        assert client.get_edit(edit.name).error.reason == "IMAGE_INVALID"
        return
    with pytest.raises(ServiceError) as caught:
        client.create_edit(spec)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("instruction", "", "INSTRUCTION_EMPTY"),
        ("instruction", " \t\n", "INSTRUCTION_EMPTY"),
        ("instruction", "\0\x01", "INSTRUCTION_EMPTY"),
        ("instruction", "x" * 2001, "INSTRUCTION_INVALID"),
        ("expressive_instruction", "x" * 4001, "INSTRUCTION_INVALID"),
        ("model", "unknown", "MODEL_NOT_INSTALLED"),
        ("options.guidance_scale.number", float("nan"), "OPTION_INVALID"),
        ("options.image_guidance_scale.number", float("inf"), "OPTION_INVALID"),
        ("options.guidance_scale.number", 0.5, "OPTION_INVALID"),
        ("options.guidance_scale.text", "7", "OPTION_INVALID"),
        ("options.num_inference_steps.integer", 0, "OPTION_INVALID"),
        ("options.num_inference_steps.integer", 1001, "OPTION_INVALID"),
        ("options.num_inference_steps.number", 3.5, "OPTION_INVALID"),
        ("options.num_inference_steps.flag", True, "OPTION_INVALID"),
        ("options.sampler.text", "unknown", "OPTION_INVALID"),
        ("options.colour.integer", 3, "OPTION_INVALID"),
        ("compose.feather_px", float("nan"), "OPTION_INVALID"),
        ("compose.max_scale", 0.5, "OPTION_INVALID"),
        ("compose.grow_px", 10**9, "OPTION_INVALID"),
        ("compose.context", 99, "REQUEST_INVALID"),
        ("compose.context", types.CONTEXT_POLICY_CUSTOM, "OPTION_INVALID"),
        ("picture.raw.rect.width", 0, "IMAGE_INVALID"),
        ("picture.raw.rect.width", 49, "IMAGE_INVALID"),
        ("picture.raw.rect.width", 2**32 - 1, "IMAGE_TOO_LARGE"),
        ("picture.raw.rect.x", 2**31 - 1, "REQUEST_INVALID"),
        ("picture.raw.sample_type", 0, "REQUEST_INVALID"),
        ("picture.raw.channels", 77, "REQUEST_INVALID"),
        ("picture.raw.alpha", types.ALPHA_KIND_STRAIGHT, "IMAGE_INVALID"),
        ("picture.raw.icc_digest", "x", "REQUEST_INVALID"),
        ("picture.raw.icc_digest", "0" * 64, "BLOB_NOT_FOUND"),
        ("picture.raw.colour_space", types.COLOUR_SPACE_ICC, "IMAGE_INVALID"),
        ("picture.blob_digest", "../../etc/passwd", "REQUEST_INVALID"),
        ("mask.rect.width", 0, "MASK_EMPTY"),
        ("mask.blob_digest", "0" * 64, "MASK_EMPTY"),
    ],
)
def test_every_wrong_field_has_its_own_reason(
    raw: RawCalls, client: Client, path: str, value: object, reason: str
) -> None:
    target: Any = to_proto(make_spec(client), edits.EditSpec)
    request = edits.CreateEditRequest(request_id="wrong", spec=target)
    *parents, name = path.split(".")
    target = request.spec
    for parent in parents:
        target = target[parent] if hasattr(target, "keys") else getattr(target, parent)
    setattr(target, name, value)
    with pytest.raises(ServiceError) as caught:
        raw.call(raw.edits.CreateEdit, request)
    assert caught.value.reason == reason
    assert caught.value.advice


def test_more_reference_pictures_than_the_model_takes_are_refused(client: Client) -> None:
    spec = make_spec(client)
    with pytest.raises(ServiceError, match="takes none") as caught:
        client.create_edit(replace(spec, references=(spec.picture,)))
    assert caught.value.failure.metadata == {"field": "references"}


@pytest.mark.parametrize("sequence", [2**63, 2**64 - 1])
def test_a_sequence_number_beyond_any_is_refused(raw: RawCalls, client: Client, sequence: int) -> None:
    edit = client.create_edit(make_spec(client))
    for request, method in (
        (edits.WatchEditRequest(name=edit.name, after_sequence=sequence), raw.edits.WatchEdit),
        (edits.WatchBatchRequest(name="batches/x", after_sequences=[sequence]), raw.edits.WatchBatch),
    ):
        with pytest.raises(ServiceError) as caught:
            list(raw.stream(method, request))
        assert caught.value.reason == "REQUEST_INVALID"


@pytest.mark.parametrize(
    ("mask", "coverage", "reason"),
    [
        (Rect(0, 0, 4, 4), b"\xff" * 15, "MASK_INVALID"),
        (Rect(0, 0, 4, 4), b"\0" * 16, "MASK_EMPTY"),
        (Rect(1000, 0, 4, 4), b"\xff" * 16, "MASK_EMPTY"),
    ],
)
def test_masks_that_select_nothing_are_refused(
    client: Client, mask: Rect, coverage: bytes, reason: str
) -> None:
    (digest,) = client.upload(coverage)
    spec = make_spec(client, mask=MaskBlob(rect=mask, blob_digest=digest))
    with pytest.raises(ServiceError) as caught:
        client.create_edit(spec)
    assert caught.value.reason == reason


def test_pixels_that_are_not_numbers_still_end_in_an_answer(client: Client) -> None:
    (digest,) = client.upload(struct.pack("<f", float("nan")) * (16 * 16 * 3))
    raw = PictureSpec(rect=Rect(0, 0, 16, 16), sample_type="f32", channels="rgb")
    edit = client.create_edit(make_spec(client, picture=PictureBlob(blob_digest=digest, raw=raw)))
    last = list(client.watch_edit(edit.name))[-1]
    assert kind_of(last) in ("finished", "failed")
    assert getattr(last.event, "reason", "") != "INTERNAL"
