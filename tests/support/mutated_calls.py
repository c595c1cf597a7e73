"""Calls of every method with valid messages of which something was changed into something odd."""

from __future__ import annotations

import collections
import itertools
import random
import uuid
from collections.abc import Callable
from typing import Any, Self

import grpc
from google.protobuf.descriptor import FieldDescriptor

from mgie.client.discovery import Discovery
from mgie.client.errors import error_of_call
from mgie.v1 import edit_service_pb2 as edits
from mgie.v1 import model_service_pb2 as models
from mgie.v1 import system_service_pb2 as system
from mgie.v1 import types_pb2 as types
from support.raw_calls import RawCalls, upload_messages
from support.service_calls import HEIGHT, WIDTH, pixels

_DEADLINE_S = 0.25  # of streams that have nothing to say
_TEXTS = [
    "",
    "a",
    "é\u202e",
    "\0",
    "a" * 2001,
    "😀" * 1500,
    "%s%n{}",
    "../../etc/passwd",
    "edits/x",
    "0",
    "-1",
]
_NUMBERS: dict[int, list[Any]] = {
    FieldDescriptor.CPPTYPE_INT32: [0, 1, -1, 2**31 - 1, -(2**31), 1000],
    FieldDescriptor.CPPTYPE_UINT32: [0, 1, 2, 40, 2**32 - 1, 65536],
    FieldDescriptor.CPPTYPE_UINT64: [0, 1, 2**64 - 1, 2**63, 2**32],
    FieldDescriptor.CPPTYPE_INT64: [0, 1, -1, 2**63 - 1, -(2**63)],
    FieldDescriptor.CPPTYPE_DOUBLE: [0.0, -1.0, 7.5, float("nan"), float("inf"), 1e308, 5e-324, 3600],
    FieldDescriptor.CPPTYPE_BOOL: [True, False],
    FieldDescriptor.CPPTYPE_ENUM: [0, 1, 2, 3, 4, 5, 99, -1],
}


class MutatedCalls:
    """One connection; `one` makes one call and counts what became of it."""

    def __init__(self, discovery: Discovery, choice: random.Random) -> None:
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.examples: dict[str, str] = {}  # the last message of every outcome
        self._raw = RawCalls(discovery)
        self._choice = choice
        self._names: dict[str, list[str]] = collections.defaultdict(list)  # that exist, by collection
        data = pixels().tobytes()
        self._raw.call(self._raw.edits.UploadBlob, upload_messages(data))
        self._header = next(upload_messages(data)).header
        self._methods = [
            method
            for file in (edits, models, system)
            for service in file.DESCRIPTOR.services_by_name.values()
            for method in service.methods
            if method.name != "Shutdown"
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._raw.__exit__(*error)

    def many(self, number: int) -> None:
        """Call that many methods."""
        for _ in range(number):
            self.one()

    def one(self) -> None:
        """Call a method."""
        method = self._choice.choice(self._methods)
        request = self._valid(method)
        for _ in range(self._choice.choice([0, 1, 1, 2])):
            self._mutate(request)
        outcome = self._call(method, request)
        self.outcomes[outcome] += 1
        self.examples[outcome] = f"{method.name} {request}"[:500]

    def _call(self, method: Any, request: Any) -> str:
        path = f"/{method.containing_service.full_name}/{method.name}"
        serialize = type(request).SerializeToString
        answer_class = _message_class(method.output_type)
        channel, metadata = self._raw.channel, self._raw.metadata
        try:
            if method.client_streaming:
                call = channel.stream_unary(path, serialize, answer_class.FromString)
                call(iter([request, edits.UploadBlobRequest(piece=b"x")]), metadata=metadata, timeout=20)
            elif method.server_streaming:
                call = channel.unary_stream(path, serialize, answer_class.FromString)
                answers = call(request, metadata=metadata, timeout=_DEADLINE_S)
                list(itertools.islice(answers, 40))
                answers.cancel()
            else:
                call = channel.unary_unary(path, serialize, answer_class.FromString)
                self._note(call(request, metadata=metadata, timeout=20))
        except grpc.RpcError as error:
            return error_of_call(error).reason
        return "OK"

    def _note(self, answer: Any) -> None:
        for part in ("edit", "batch", "operation"):
            if part in answer.DESCRIPTOR.fields_by_name:
                name = getattr(answer, part).name
                kept = self._names[name.partition("/")[0]]
                kept.append(name)
                del kept[:-50]

    def _valid(self, method: Any) -> Any:
        """A message that the method would take."""
        request = _message_class(method.input_type)()
        fill: dict[str, Callable[[Any], None]] = {
            "CreateEdit": lambda r: self._spec(r.spec),
            "CreateBatch": lambda r: [self._spec(r.specs.add()) for _ in range(2)],
            "EstimateEdit": lambda r: r.MergeFrom(type(r)(width=100, height=100)),
            "DownloadBlob": lambda r: r.MergeFrom(type(r)(digest=self._header.digest)),
            "FindMissingBlobs": lambda r: r.digests.append(self._header.digest),
            "UploadBlob": lambda r: r.header.CopyFrom(self._header),
            "ImportModel": lambda r: r.MergeFrom(type(r)(source="nothing")),
            "WatchResources": lambda r: r.MergeFrom(type(r)(once=True)),
        }
        fill.get(method.name, lambda r: None)(request)
        fields = request.DESCRIPTOR.fields_by_name
        if "request_id" in fields:
            request.request_id = uuid.uuid4().hex
        for field, collection in (("name", _collection_of(method.name)), ("source_edit", "edits")):
            if field in fields and self._names[collection]:
                setattr(request, field, self._choice.choice(self._names[collection]))
        return request

    def _spec(self, spec: Any) -> None:
        raw = types.PictureSpec(
            rect=types.Rect(width=WIDTH, height=HEIGHT),
            sample_type=types.SAMPLE_TYPE_U8,
            channels=types.CHANNELS_RGB,
        )
        spec.picture.CopyFrom(types.Picture(blob_digest=self._header.digest, raw=raw))
        spec.instruction = "make it brighter"
        spec.options["num_inference_steps"].integer = 1
        spec.hold_before_sampling = self._choice.random() < 0.2

    def _mutate(self, message: Any) -> None:
        for _ in range(5):  # levels
            if not message.DESCRIPTOR.fields:
                return
            field = self._choice.choice(message.DESCRIPTOR.fields)
            if field.message_type is None:
                self._set(message, field)
                return
            if field.message_type.GetOptions().map_entry:
                target = getattr(message, field.name)[self._choice.choice(["guidance_scale", "x", ""])]
                self._set(target, self._choice.choice(target.DESCRIPTOR.fields))
                return
            if self._choice.random() < 0.1:
                message.ClearField(field.name)
                return
            if field.is_repeated:
                known = getattr(message, field.name)
                message = self._choice.choice(known) if len(known) else known.add()
            else:
                message = getattr(message, field.name)
                message.SetInParent()

    def _set(self, message: Any, field: Any) -> None:
        if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            value: Any = self._choice.choice(_TEXTS)
            if field.type == FieldDescriptor.TYPE_BYTES:
                value = value.encode()
        else:
            value = self._choice.choice(_NUMBERS[field.cpp_type])
        if field.is_repeated:
            getattr(message, field.name).extend([value] * self._choice.choice([1, 3, 17]))
        else:
            setattr(message, field.name, value)


def _collection_of(method: str) -> str:
    for word, collection in (("Batch", "batches"), ("Operation", "operations"), ("Model", "models")):
        if word in method:
            return collection
    return "edits"


def _message_class(descriptor: Any) -> Any:
    from google.protobuf.message_factory import GetMessageClass

    return GetMessageClass(descriptor)
