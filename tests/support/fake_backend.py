"""A backend on a real socket that plays a script: words, steps, previews, results; and that can break."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from mgie.client.transfer import digest_of
from mgie.panel.calls import Opened
from mgie.v1 import edit_service_pb2 as pb
from mgie.v1 import edit_service_pb2_grpc as edit_grpc
from mgie.v1 import model_service_pb2 as model_pb
from mgie.v1 import model_service_pb2_grpc as model_grpc
from mgie.v1 import system_service_pb2 as system_pb
from mgie.v1 import system_service_pb2_grpc as system_grpc
from mgie.v1 import types_pb2

ENDS = ("finished", "failed", "cancelled")


@dataclass
class Script:
    """How edits go."""

    words: tuple[str, ...] = ("The sky ", "turns ", "gold.")
    num_steps: int = 3
    step_s: float = 0.0  # pause before each step
    value: int = 200  # of every sample of the result
    fails_for: str = ""  # an instruction that fails with MASK_EMPTY
    refuses_with: str = ""  # reason with which CreateEdit is refused


@dataclass
class FakeEdit:
    """One edit and everything that happened to it."""

    name: str
    spec: pb.EditSpec
    events: list[pb.EditEvent] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    revised: threading.Event = field(default_factory=threading.Event)
    text: str = ""
    is_cancelled: bool = False
    is_accepted: bool = False

    def tell(self, **event: object) -> None:
        """Append an event; previews are not numbered."""
        with self.changed:
            numbered = sum(e.sequence > 0 for e in self.events)
            sequence = 0 if "preview" in event else numbered + 1
            self.events.append(pb.EditEvent(sequence=sequence, **event))  # type: ignore[arg-type] # by name
            self.changed.notify_all()

    @property
    def has_ended(self) -> bool:
        return bool(self.events) and self.events[-1].WhichOneof("event") in ENDS


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
        self.port = 0
        self._server: grpc.Server | None = None

    @property
    def is_serving(self) -> bool:
        return self._server is not None

    def serve(self) -> int:
        """Start listening; returns the port."""
        server = grpc.server(ThreadPoolExecutor(max_workers=24), options=(("grpc.so_reuseport", 0),))
        edit_grpc.add_EditServiceServicer_to_server(self, server)
        model_grpc.add_ModelServiceServicer_to_server(self, server)
        system_grpc.add_SystemServiceServicer_to_server(self, server)
        servicer = health.HealthServicer()
        servicer.set("", health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
        self.port = server.add_insecure_port(f"127.0.0.1:{self.port}")
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
        sampling = types_pb2.SamplingOptions(
            num_inference_steps=self.script.num_steps, guidance_scale=7.5, image_guidance_scale=1.5
        )
        model = model_pb.Model(name="models/scripted", is_default=True, default_sampling=sampling)
        return model_pb.ListModelsResponse(models=[model])

    def WatchResources(self, request, context):  # noqa: N802 - the service's name
        yield system_pb.WatchResourcesResponse(devices=[types_pb2.DeviceResources(name="CPU")])

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
            context.abort_with_status(rpc_status.to_status(_status(self.script.refuses_with, 9)))
        if request.request_id not in self.by_request:
            self.by_request[request.request_id] = [self._begin(request.spec)]
        return pb.CreateEditResponse(edit=pb.Edit(name=self.by_request[request.request_id][0]))

    def CreateBatch(self, request, context):  # noqa: N802 - the service's name
        if request.request_id not in self.by_request:
            specs = [_spec_of(request, item) for item in request.items]
            self.by_request[request.request_id] = [self._begin(spec) for spec in specs]
        edits = [pb.Edit(name=name) for name in self.by_request[request.request_id]]
        return pb.CreateBatchResponse(batch=pb.Batch(name="batches/1", edits=edits))

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
            yield pb.WatchEditResponse(event=event)
            if event.sequence in self.breaks_at:
                self.breaks_at.discard(event.sequence)
                context.abort(grpc.StatusCode.UNAVAILABLE, "the line is cut")

    def ReviseInstruction(self, request, context):  # noqa: N802 - the service's name
        edit = self.edits[request.name]
        edit.text = request.expressive_instruction
        edit.revised.set()
        return pb.ReviseInstructionResponse()

    def AcceptPreview(self, request, context):  # noqa: N802 - the service's name
        self.edits[request.name].is_accepted = True
        return pb.AcceptPreviewResponse()

    def CancelEdit(self, request, context):  # noqa: N802 - the service's name
        edit = self.edits[request.name]
        edit.is_cancelled = True
        edit.revised.set()
        return pb.CancelEditResponse()

    def _begin(self, spec: pb.EditSpec) -> str:
        edit = FakeEdit(name=f"edits/{len(self.edits) + 1}", spec=spec)
        self.edits[edit.name] = edit
        threading.Thread(target=self._play, args=(edit,), daemon=True).start()
        return edit.name

    def _play(self, edit: FakeEdit) -> None:
        script, spec = self.script, edit.spec
        edit.tell(queued=pb.Queued(position=0))
        if spec.instruction == script.fails_for:
            edit.tell(failed=_status("MASK_EMPTY", 3))
            return
        edit.tell(stage_changed=pb.StageChanged(stage=pb.STAGE_WRITING))
        for index, word in enumerate(script.words if not spec.expressive_instruction else ()):
            offset = len("".join(script.words[:index]))
            edit.tell(instruction_delta=pb.InstructionDelta(text=word, offset=offset))
        text = spec.expressive_instruction or "".join(script.words)
        held = spec.hold_before_sampling
        edit.tell(instruction_ready=pb.InstructionReady(text=text, is_held=held))
        if held:
            edit.revised.wait(20)
            if not edit.is_cancelled:
                edit.tell(instruction_ready=pb.InstructionReady(text=edit.text or text, is_corrected=True))
        self._sample(edit)

    def _sample(self, edit: FakeEdit) -> None:
        edit.tell(stage_changed=pb.StageChanged(stage=pb.STAGE_SAMPLING))
        num_steps = edit.spec.sampling.num_inference_steps
        for step in range(1, num_steps + 1):
            if edit.is_cancelled or edit.is_accepted:
                break
            threading.Event().wait(self.script.step_s)
            edit.tell(step_progress=pb.StepProgress(step=step, num_steps=num_steps, eta_s=1.0))
            for index in range(len(edit.spec.seeds)):
                edit.tell(preview=self._preview(edit, index, step))
        if edit.is_cancelled:
            edit.tell(cancelled=pb.Cancelled())
            return
        for index, seed in enumerate(edit.spec.seeds):
            edit.tell(result=self._result(edit, index, seed))
        edit.tell(finished=pb.Finished(seconds=1.0))

    def _preview(self, edit: FakeEdit, index: int, step: int) -> pb.Preview:
        data = bytes([step % 256, 0, 0]) * 64
        rect = edit.spec.picture.raw.rect
        return pb.Preview(index=index, step=step, place=rect, width=8, height=8, data=data)

    def _result(self, edit: FakeEdit, index: int, seed: int) -> pb.EditResult:
        """Every sample at the script's value, over the mask's rectangle."""
        picture = types_pb2.Picture()
        picture.CopyFrom(edit.spec.picture)
        masked = edit.spec.mask.rect.width > 0
        rect = edit.spec.mask.rect if masked else picture.raw.rect
        old = picture.raw.rect
        pixel_bytes = len(self.blobs[picture.blob_digest]) // (old.width * old.height)
        data = bytes([self.script.value]) * pixel_bytes * rect.width * rect.height
        picture.raw.rect.CopyFrom(rect)
        picture.blob_digest = digest_of(data)
        self.blobs[picture.blob_digest] = data
        result = pb.EditResult(
            index=index, seed=seed, picture=picture, provenance_json='{"model": "scripted"}'
        )
        result.weight.rect.CopyFrom(rect)
        result.weight.blob_digest = edit.spec.mask.blob_digest
        return result


def _spec_of(batch: pb.CreateBatchRequest, item: pb.BatchItem) -> pb.EditSpec:
    return pb.EditSpec(
        picture=batch.picture,
        mask=item.mask,
        instruction=item.instruction,
        seeds=item.seeds,
        sampling=batch.sampling,
        compose=batch.compose,
    )


def _status(reason: str, code: int) -> status_pb2.Status:
    """A google.rpc.Status with its one ErrorInfo."""
    detail = any_pb2.Any()
    detail.Pack(error_details_pb2.ErrorInfo(reason=reason, domain="mgie"))
    return status_pb2.Status(code=code, message=f"{reason} as told", details=[detail])


class FixedFinder:
    """Finds the backend on the port it is told, and starts it through a function."""

    def __init__(self, backend: FakeBackend, launch: Callable[[], object] | None = None) -> None:
        self._backend = backend
        self._launch = launch
        self.num_launches = 0

    async def open_channel(self) -> Opened | None:
        if not self._backend.is_serving:
            return None
        return Opened(channel=grpc.aio.insecure_channel(f"127.0.0.1:{self._backend.port}"))

    def launch(self) -> None:
        self.num_launches += 1
        if self._launch is None:
            raise OSError("there is no such program")
        self._launch()
