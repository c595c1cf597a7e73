"""A backend on a real socket that plays a script: words, steps, previews, results; and that can break."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from mgie.api.edit import EditResult, EditSpec
from mgie.api.events import (
    Cancelled,
    Declined,
    EditEvent,
    EventBody,
    Finished,
    InstructionDelta,
    InstructionReady,
    Preview,
    Queued,
    Reading,
    Stage,
    StageChanged,
    StepProgress,
)
from mgie.api.failure import Failure, ServiceError
from mgie.api.from_proto import from_proto, options_from_proto
from mgie.api.models import Model
from mgie.api.pixel_blobs import PictureBlob
from mgie.api.proto_fields import status_from_failure
from mgie.api.to_proto import to_proto
from mgie.client.blobs import digest_of
from mgie.client.endpoint import Endpoint
from mgie.client.errors import unreachable
from mgie.server.tls import Certificate
from mgie.v1 import edit_service_pb2 as pb
from mgie.v1 import edit_service_pb2_grpc as edit_grpc
from mgie.v1 import model_service_pb2 as model_pb
from mgie.v1 import model_service_pb2_grpc as model_grpc
from mgie.v1 import system_service_pb2 as system_pb
from mgie.v1 import system_service_pb2_grpc as system_grpc
from mgie.v1 import types_pb2
from support.fake_ports import MODEL

SERVICES = ("", "mgie.v1.EditService")


@dataclass
class Script:
    """How edits go."""

    words: tuple[str, ...] = ("The sky ", "turns ", "gold.")
    num_steps: int = 3
    step_s: float = 0.0  # pause before each step
    value: int = 200  # of every sample of the result
    fails_for: str = ""  # an instruction that fails with MASK_EMPTY
    declines: str = ""  # an instruction that is beyond the model
    readings: tuple[Reading, ...] = ()  # with which an edit is held that allows it
    measures: dict[str, float] = field(default_factory=dict[str, float])  # of every result
    refuses_with: str = ""  # reason with which CreateEdit is refused
    models: tuple[Model, ...] = (MODEL,)
    estimate_s: float = 9.0  # forecast for one result
    estimate_bytes: int = 0  # what it takes of the device
    spoils: Callable[[EditEvent], pb.EditEvent] | None = None  # what is sent instead of an event


@dataclass
class FakeEdit:
    """One edit and everything that happened to it."""

    name: str
    spec: EditSpec
    events: list[EditEvent] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    revised: threading.Event = field(default_factory=threading.Event)
    text: str = ""
    is_cancelled: bool = False
    is_accepted: bool = False

    def tell(self, event: EventBody) -> None:
        """Append an event; previews are not numbered."""
        with self.changed:
            numbered = sum(e.sequence > 0 for e in self.events)
            sequence = 0 if isinstance(event, Preview) else numbered + 1
            self.events.append(EditEvent(event=event, sequence=sequence))
            self.changed.notify_all()

    @property
    def has_ended(self) -> bool:
        return bool(self.events) and self.events[-1].is_last

    def message(self) -> pb.Edit:
        """As the service describes it."""
        state = pb.EDIT_STATE_SUCCEEDED if self.has_ended else pb.EDIT_STATE_RUNNING
        edit = pb.Edit(name=self.name, state=state, spec=to_proto(self.spec, pb.EditSpec))
        edit.create_time.FromSeconds(1)
        return edit


class FakeBackend(
    edit_grpc.EditServiceServicer, model_grpc.ModelServiceServicer, system_grpc.SystemServiceServicer
):
    """Serves on 127.0.0.1; `stop` and `serve` again on the same port to play a restart."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self.blobs: dict[str, bytes] = {}
        self.edits: dict[str, FakeEdit] = {}
        self.by_request: dict[str, list[str]] = {}
        self.num_uploads = 0
        self.breaks_at: set[int] = set()  # sequence numbers after which a watch stream breaks once
        self.list_models_fails = False
        self.port = 0
        self._server: grpc.Server | None = None

    @property
    def is_serving(self) -> bool:
        return self._server is not None

    def serve(self, certificate: Certificate | None = None) -> int:
        """Start listening, with TLS where there is a certificate; returns the port."""
        server = grpc.server(ThreadPoolExecutor(max_workers=24), options=(("grpc.so_reuseport", 0),))
        edit_grpc.add_EditServiceServicer_to_server(self, server)
        model_grpc.add_ModelServiceServicer_to_server(self, server)
        system_grpc.add_SystemServiceServicer_to_server(self, server)
        servicer = health.HealthServicer()
        for service in SERVICES:
            servicer.set(service, health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
        address = f"127.0.0.1:{self.port}"
        if certificate is None:
            self.port = server.add_insecure_port(address)
        else:
            pair = (certificate.key_pem, certificate.certificate_pem)
            self.port = server.add_secure_port(address, grpc.ssl_server_credentials([pair]))
        server.start()
        self._server = server
        return self.port

    def stop(self) -> None:
        """Drop everyone at once."""
        if self._server is not None:
            self._server.stop(grace=None).wait()
            self._server = None

    # --- system and models ------------------------------------------------------------------

    def ListModels(self, request, context):  # noqa: N802 - the service's name
        if self.list_models_fails:
            context.abort(grpc.StatusCode.INTERNAL, "a model cannot be described")
        models = [to_proto(model, model_pb.Model) for model in self.script.models]
        return model_pb.ListModelsResponse(models=models)

    def WatchResources(self, request, context):  # noqa: N802 - the service's name
        yield system_pb.WatchResourcesResponse(devices=[types_pb2.DeviceResources(name="CPU", device="cpu")])

    def EstimateEdit(self, request, context):  # noqa: N802 - the service's name
        seconds = self.script.estimate_s * request.num_seeds
        needed_bytes = self.script.estimate_bytes
        return system_pb.EstimateEditResponse(fits=True, seconds=seconds, needed_bytes=needed_bytes)

    # --- blobs ------------------------------------------------------------------------------

    def FindMissingBlobs(self, request, context):  # noqa: N802 - the service's name
        return pb.FindMissingBlobsResponse(
            missing_digests=[d for d in request.digests if d not in self.blobs]
        )

    def UploadBlob(self, requests, context):  # noqa: N802 - the service's name
        digest = next(requests).header.digest
        self.blobs[digest] = b"".join(request.piece for request in requests)
        self.num_uploads += 1
        return pb.UploadBlobResponse(digest=digest)

    def DownloadBlob(self, request, context):  # noqa: N802 - the service's name
        yield pb.DownloadBlobResponse(piece=self.blobs[request.digest])

    # --- edits ------------------------------------------------------------------------------

    def CreateEdit(self, request, context):  # noqa: N802 - the service's name
        if self.script.refuses_with:
            refused = status_from_failure(_failure(self.script.refuses_with))
            context.abort_with_status(rpc_status.to_status(refused))
        (edit,) = self._create(request.request_id, [request.spec])
        return pb.CreateEditResponse(edit=edit)

    def SampleEdit(self, request, context):  # noqa: N802 - the service's name
        source = self.edits[request.source_edit]
        if request.request_id not in self.by_request:
            spec = replace(
                source.spec,
                seeds=tuple(request.seeds),
                options={**source.spec.options, **options_from_proto(request.options)},
                expressive_instruction=source.text or "".join(self.script.words),
            )
            self.by_request[request.request_id] = [self._begin(spec)]
        (name,) = self.by_request[request.request_id]
        return pb.SampleEditResponse(edit=self.edits[name].message())

    def CreateBatch(self, request, context):  # noqa: N802 - the service's name
        batch = pb.Batch(name="batches/1", edits=self._create(request.request_id, request.specs))
        batch.create_time.FromSeconds(1)
        return pb.CreateBatchResponse(batch=batch)

    def GetEdit(self, request, context):  # noqa: N802 - the service's name
        return pb.GetEditResponse(edit=self.edits[request.name].message())

    def WatchEdit(self, request, context) -> Iterator[pb.WatchEditResponse]:  # noqa: N802 - the service's name
        edit = self.edits[request.name]
        index = 0
        while context.is_active():
            with edit.changed:
                if index >= len(edit.events):
                    if edit.has_ended:
                        return
                    edit.changed.wait(0.05)
                    continue
                event = edit.events[index]
            index += 1
            if event.sequence and event.sequence <= request.after_sequence:
                continue
            spoil = self.script.spoils or (lambda event: to_proto(event, pb.EditEvent))
            yield pb.WatchEditResponse(event=spoil(event))
            if event.sequence in self.breaks_at:
                self.breaks_at.discard(event.sequence)
                context.abort(grpc.StatusCode.UNAVAILABLE, "the line is cut")

    def ReviseInstruction(self, request, context):  # noqa: N802 - the service's name
        edit = self.edits[request.name]
        edit.text = request.expressive_instruction
        edit.revised.set()
        return pb.ReviseInstructionResponse(edit=edit.message())

    def AcceptPreview(self, request, context):  # noqa: N802 - the service's name
        self.edits[request.name].is_accepted = True
        return pb.AcceptPreviewResponse(edit=self.edits[request.name].message())

    def CancelEdit(self, request, context):  # noqa: N802 - the service's name
        edit = self.edits[request.name]
        edit.is_cancelled = True
        edit.revised.set()
        return pb.CancelEditResponse(edit=edit.message())

    def _create(self, request_id: str, specs: list[pb.EditSpec]) -> list[pb.Edit]:
        if request_id not in self.by_request:
            self.by_request[request_id] = [self._begin(from_proto(EditSpec, spec)) for spec in specs]
        return [self.edits[name].message() for name in self.by_request[request_id]]

    def _begin(self, spec: EditSpec) -> str:
        edit = FakeEdit(name=f"edits/{len(self.edits) + 1}", spec=spec)
        self.edits[edit.name] = edit
        threading.Thread(target=self._play, args=(edit,), daemon=True).start()
        return edit.name

    def _play(self, edit: FakeEdit) -> None:
        script, spec = self.script, edit.spec
        edit.tell(Queued(position=0))
        if spec.instruction == script.fails_for:
            edit.tell(_failure("MASK_EMPTY"))
            return
        edit.tell(StageChanged(stage=Stage.WRITING))
        if spec.instruction == script.declines:
            edit.tell(Declined(message="This model cannot do that.", suggestions=("make it brighter",)))
            return
        for index, word in enumerate(script.words if not spec.expressive_instruction else ()):
            edit.tell(InstructionDelta(text=word, offset=len("".join(script.words[:index]))))
        self._finish_words(edit)
        self._sample(edit)

    def _finish_words(self, edit: FakeEdit) -> None:
        script, spec = self.script, edit.spec
        text = spec.expressive_instruction or "".join(script.words)
        is_held = spec.hold_before_sampling or (spec.hold_when_unsure and bool(script.readings))
        edit.tell(InstructionReady(text=text, is_held=is_held, readings=script.readings))
        if is_held:
            edit.revised.wait(20)
            if not edit.is_cancelled:
                edit.tell(InstructionReady(text=edit.text or text, is_corrected=True))

    def _sample(self, edit: FakeEdit) -> None:
        edit.tell(StageChanged(stage=Stage.SAMPLING))
        num_steps = int(edit.spec.options.get("num_inference_steps", self.script.num_steps))
        for step in range(1, num_steps + 1):
            if edit.is_cancelled or edit.is_accepted:
                break
            threading.Event().wait(self.script.step_s)
            edit.tell(StepProgress(step=step, num_steps=num_steps, eta_s=1.0))
            for index in range(len(edit.spec.seeds)):
                edit.tell(self._preview(edit, index, step))
        if edit.is_cancelled:
            edit.tell(Cancelled())
            return
        for index, seed in enumerate(edit.spec.seeds):
            edit.tell(self._result(edit, index, seed))
        edit.tell(Finished(seconds=1.0))

    def _preview(self, edit: FakeEdit, index: int, step: int) -> Preview:
        assert edit.spec.picture.raw is not None
        data = bytes([step % 256, 0, 0]) * 64
        place = edit.spec.picture.raw.rect
        return Preview(index=index, step=step, place=place, width=8, height=8, data=data)

    def _result(self, edit: FakeEdit, index: int, seed: int) -> EditResult:
        """Every sample at the script's value, over the mask's rectangle."""
        raw, mask = edit.spec.picture.raw, edit.spec.mask
        assert raw is not None
        raw = replace(raw, rect=mask.rect if mask else raw.rect)
        data = bytes([self.script.value]) * raw.num_bytes
        digest = digest_of(data)
        self.blobs[digest] = data
        return EditResult(
            index=index,
            seed=seed,
            picture=PictureBlob(blob_digest=digest, raw=raw),
            weight=mask,
            change_map=mask,
            record_json='{"model": "scripted"}',
            measures=self.script.measures,
        )


def _failure(reason: str) -> Failure:
    return Failure(reason=reason, message=f"{reason} as told")


class FixedServer:
    """Finds the backend on its port, and starts it through a function."""

    def __init__(self, backend: FakeBackend, launch: Callable[[], object] | None = None) -> None:
        self.backend = backend
        self.launch = launch
        self.fingerprint = ""  # pinned
        self.num_starts = 0

    def locate(self) -> Endpoint:
        if not self.backend.is_serving:
            raise unreachable()
        return Endpoint(address=f"127.0.0.1:{self.backend.port}", token="", fingerprint=self.fingerprint)

    async def start(self) -> None:
        self.num_starts += 1
        if self.launch is None:
            raise ServiceError(Failure(reason="BACKEND_NOT_STARTED", message="there is no such program"))
        self.launch()
