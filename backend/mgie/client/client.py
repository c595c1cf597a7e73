"""`Client`: the service as plain method calls. Blocking; one client may be used from several threads.

Methods take and return the messages of `mgie.v1`; every failure is a `ServiceError`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from mgie.client.channel import open_channel
from mgie.client.discovery import Discovery
from mgie.client.errors import UNREACHABLE, ServiceError, error_of_call
from mgie.client.transfer import digest_of, join_pieces, upload_messages
from mgie.v1 import edit_service_pb2 as edits
from mgie.v1 import edit_service_pb2_grpc as edits_grpc
from mgie.v1 import model_service_pb2 as models
from mgie.v1 import model_service_pb2_grpc as models_grpc
from mgie.v1 import system_service_pb2 as system
from mgie.v1 import system_service_pb2_grpc as system_grpc
from mgie.v1 import types_pb2 as types

Answer = TypeVar("Answer")

TIMEOUT_S = 30.0  # of calls that return at once
SERVING = health_pb2.HealthCheckResponse.SERVING


def new_request_id() -> str:
    """An id for a new edit or batch. Keep it: sending it again finds what it made."""
    return uuid.uuid4().hex


class Client:
    """One connection to one server."""

    def __init__(self, channel: grpc.Channel, token: str, *, client_id: str = "") -> None:
        """client_id: whose turns in the queue this client takes; "" for a new one."""
        self.channel = channel
        self.client_id = client_id or uuid.uuid4().hex
        self._metadata = (("authorization", f"Bearer {token}"), ("mgie-client", self.client_id))
        self._edits = edits_grpc.EditServiceStub(channel)
        self._models = models_grpc.ModelServiceStub(channel)
        self._system = system_grpc.SystemServiceStub(channel)
        self._health: Any = health_pb2_grpc.HealthStub(channel)  # its methods are not in its type

    @classmethod
    def connect(cls, discovery: Discovery, *, client_id: str = "") -> Client:
        """The client of a server that was found by `read_discovery`."""
        try:
            token = discovery.token()
        except OSError as error:
            raise ServiceError(UNREACHABLE, "the server's token file is gone") from error
        channel = open_channel(discovery.address, fingerprint=discovery.fingerprint)
        return cls(channel, token, client_id=client_id)

    def close(self) -> None:
        """End the connection; watches end with it."""
        self.channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # --- blobs ------------------------------------------------------------------------------

    def upload(self, *blobs: bytes | memoryview) -> list[str]:
        """Make sure the server has these bytes; returns their digests. Sends only what is missing."""
        digests = [digest_of(blob) for blob in blobs]
        known = dict(zip(digests, blobs, strict=True))
        request = edits.FindMissingBlobsRequest(digests=list(known))
        for digest in self._call(self._edits.FindMissingBlobs, request).missing_digests:
            self._call(self._edits.UploadBlob, upload_messages(digest, known[digest]), timeout=None)
        return digests

    def download(self, digest: str) -> bytes:
        """All bytes of a blob, checked against its digest."""
        answers = self._stream(self._edits.DownloadBlob, edits.DownloadBlobRequest(digest=digest))
        return join_pieces(digest, (answer.piece for answer in answers))

    # --- edits ------------------------------------------------------------------------------

    def create_edit(
        self,
        spec: edits.EditSpec,
        *,
        request_id: str = "",
        place: types.QueuePlace.ValueType = types.QUEUE_PLACE_BACK,
        restart_policy: types.RestartPolicy.ValueType = types.RESTART_POLICY_RESTART,
    ) -> edits.Edit:
        """Queue an edit."""
        request = edits.CreateEditRequest(
            request_id=request_id or new_request_id(), spec=spec, place=place, restart_policy=restart_policy
        )
        return self._call(self._edits.CreateEdit, request).edit

    def sample_edit(
        self,
        source_edit: str,
        *,
        seeds: Sequence[int] = (),
        sampling: types.SamplingOptions | None = None,
        request_id: str = "",
        place: types.QueuePlace.ValueType = types.QUEUE_PLACE_BACK,
    ) -> edits.Edit:
        """Queue new samples of what was already written for an edit."""
        request = edits.SampleEditRequest(
            request_id=request_id or new_request_id(),
            source_edit=source_edit,
            seeds=seeds,
            sampling=sampling,
            place=place,
        )
        return self._call(self._edits.SampleEdit, request).edit

    def watch_edit(
        self, name: str, *, after_sequence: int = 0, previews: edits.PreviewOptions | None = None
    ) -> Iterator[edits.EditEvent]:
        """Events of an edit until it ends. Closing the iterator ends the watch, not the edit."""
        request = edits.WatchEditRequest(name=name, after_sequence=after_sequence, previews=previews)
        for answer in self._stream(self._edits.WatchEdit, request):
            yield answer.event

    def revise_instruction(self, name: str, text: str | None = None) -> edits.Edit:
        """Let a held edit go on, with its words as written (None) or corrected."""
        request = edits.ReviseInstructionRequest(name=name, expressive_instruction=text)
        return self._call(self._edits.ReviseInstruction, request).edit

    def accept_preview(self, name: str) -> edits.Edit:
        """Stop after the present step and keep the estimate."""
        return self._call(self._edits.AcceptPreview, edits.AcceptPreviewRequest(name=name)).edit

    def cancel_edit(self, name: str) -> edits.Edit:
        """Stop an edit."""
        return self._call(self._edits.CancelEdit, edits.CancelEditRequest(name=name)).edit

    def get_edit(self, name: str) -> edits.Edit:
        """An edit as it stands."""
        return self._call(self._edits.GetEdit, edits.GetEditRequest(name=name)).edit

    def list_edits(
        self, *, page_size: int = 100, page_token: str = "", states: Sequence[edits.EditState.ValueType] = ()
    ) -> edits.ListEditsResponse:
        """A page of edits, newest first."""
        request = edits.ListEditsRequest(page_size=page_size, page_token=page_token, states=states)
        return self._call(self._edits.ListEdits, request)

    def delete_edit(self, name: str) -> None:
        """Forget an ended edit."""
        self._call(self._edits.DeleteEdit, edits.DeleteEditRequest(name=name))

    # --- batches ----------------------------------------------------------------------------

    def create_batch(self, request: edits.CreateBatchRequest) -> edits.Batch:
        """Queue a batch; fills in a request id where there is none."""
        if not request.request_id:
            request.request_id = new_request_id()
        return self._call(self._edits.CreateBatch, request).batch

    def get_batch(self, name: str) -> edits.Batch:
        """A batch as it stands."""
        return self._call(self._edits.GetBatch, edits.GetBatchRequest(name=name)).batch

    def watch_batch(
        self,
        name: str,
        *,
        after_sequences: Sequence[int] = (),
        previews: edits.PreviewOptions | None = None,
    ) -> Iterator[edits.WatchBatchResponse]:
        """Events of all items until all have ended."""
        request = edits.WatchBatchRequest(name=name, after_sequences=after_sequences, previews=previews)
        yield from self._stream(self._edits.WatchBatch, request)

    def retry_batch(self, name: str) -> edits.RetryBatchResponse:
        """Queue the items again that brought nothing."""
        return self._call(self._edits.RetryBatch, edits.RetryBatchRequest(name=name))

    # --- models -----------------------------------------------------------------------------

    def list_models(self) -> list[models.Model]:
        """All installed models."""
        found: list[models.Model] = []
        token = ""
        while True:
            page = self._call(self._models.ListModels, models.ListModelsRequest(page_token=token))
            found += page.models
            token = page.next_page_token
            if not token:
                return found

    def get_model(self, name: str) -> models.Model:
        """One model, "models/{id}"."""
        return self._call(self._models.GetModel, models.GetModelRequest(name=name)).model

    def load_model(self, name: str) -> models.Operation:
        """Begin to load a model."""
        return self._call(self._models.LoadModel, models.LoadModelRequest(name=name)).operation

    def unload_model(self, name: str = "") -> models.Operation:
        """Free the devices."""
        return self._call(self._models.UnloadModel, models.UnloadModelRequest(name=name)).operation

    def import_model(self, source: str, *, license_accepted: bool = False) -> models.Operation:
        """Begin to install a published model, or a folder of the server's import folder."""
        request = models.ImportModelRequest(source=source, license_accepted=license_accepted)
        return self._call(self._models.ImportModel, request).operation

    def verify_model(self, name: str) -> models.Operation:
        """Begin to check a model's bytes."""
        return self._call(self._models.VerifyModel, models.VerifyModelRequest(name=name)).operation

    def watch_operation(self, name: str) -> Iterator[models.Operation]:
        """An operation whenever it changed, to its end."""
        for answer in self._stream(self._models.WatchOperation, models.WatchOperationRequest(name=name)):
            yield answer.operation

    def cancel_operation(self, name: str) -> models.Operation:
        """Stop an import or a verification."""
        request = models.CancelOperationRequest(name=name)
        return self._call(self._models.CancelOperation, request).operation

    # --- the server itself ------------------------------------------------------------------

    def info(self) -> system.GetServerInfoResponse:
        """Version, capabilities, limits."""
        return self._call(self._system.GetServerInfo, system.GetServerInfoRequest())

    def watch_resources(self, interval_s: float = 2.0) -> Iterator[system.WatchResourcesResponse]:
        """Memory and queue, again and again."""
        yield from self._stream(
            self._system.WatchResources, system.WatchResourcesRequest(interval_s=interval_s)
        )

    def resources(self) -> system.WatchResourcesResponse:
        """Memory and queue, now."""
        return next(iter(self._stream(self._system.WatchResources, system.WatchResourcesRequest(once=True))))

    def estimate(self, request: system.EstimateEditRequest) -> system.EstimateEditResponse:
        """Whether an edit fits and how long it takes."""
        return self._call(self._system.EstimateEdit, request)

    def is_serving(self, service: str = "") -> bool:
        """What the health service says; "mgie.v1.EditService": the model is loaded."""
        answer = self._call(self._health.Check, health_pb2.HealthCheckRequest(service=service))
        return answer.status == SERVING

    def watch_health(self, service: str = "") -> Iterator[bool]:
        """Whether a service serves, now and at every change."""
        for answer in self._stream(self._health.Watch, health_pb2.HealthCheckRequest(service=service)):
            yield answer.status == SERVING

    def shutdown(self, drain_s: float | None = None) -> None:
        """End the server."""
        self._call(self._system.Shutdown, system.ShutdownRequest(drain_s=drain_s))

    # --- calls ------------------------------------------------------------------------------

    def _call(
        self, method: Callable[..., Answer], request: Any, *, timeout: float | None = TIMEOUT_S
    ) -> Answer:
        try:
            return method(request, metadata=self._metadata, timeout=timeout)
        except grpc.RpcError as error:
            raise error_of_call(error) from error

    def _stream(self, method: Callable[..., Iterator[Answer]], request: Any) -> Iterator[Answer]:
        answers: Any = method(request, metadata=self._metadata)
        try:
            yield from answers
        except grpc.RpcError as error:
            raise error_of_call(error) from error
        finally:
            answers.cancel()
