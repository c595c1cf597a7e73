"""From our exceptions to what crosses the wire: one table of reasons, one conversion.

`REASONS` says for every reason the status code and what a person can do; `docs/api.md` is generated from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode

from mgie.errors import MgieError

DOMAIN = "mgie"
MAX_MESSAGE_CHARS = 500


class Reason(NamedTuple):
    """How one reason is told."""

    code: StatusCode
    advice: str


_INVALID = StatusCode.INVALID_ARGUMENT
_MISSING = StatusCode.NOT_FOUND
_NOT_NOW = StatusCode.FAILED_PRECONDITION
_EXHAUSTED = StatusCode.RESOURCE_EXHAUSTED

REASONS: dict[str, Reason] = {
    "REQUEST_INVALID": Reason(_INVALID, "Correct the named field."),
    "OPTION_INVALID": Reason(_INVALID, "Choose a value inside the range in the message."),
    "INSTRUCTION_EMPTY": Reason(_INVALID, "Say what to change."),
    "INSTRUCTION_INVALID": Reason(_INVALID, "Shorten or rephrase the instruction."),
    "IMAGE_INVALID": Reason(_INVALID, "Send raw pixels that fit their description, or an intact image file."),
    "IMAGE_TOO_LARGE": Reason(_INVALID, "Edit a selection, or scale the picture down first."),
    "MASK_INVALID": Reason(_INVALID, "Send one byte for every pixel of the mask's rectangle."),
    "MASK_EMPTY": Reason(_INVALID, "Select something inside the picture first."),
    "BLOB_INVALID": Reason(_INVALID, "Upload the whole blob again under the SHA-256 of its bytes."),
    "BLOB_TOO_LARGE": Reason(_INVALID, "Stay below Limits.max_blob_bytes."),
    "BLOB_NOT_FOUND": Reason(_MISSING, "Upload the blob (again); unused blobs make room for new ones."),
    "EDIT_NOT_FOUND": Reason(_MISSING, "List the edits; this one was deleted or never existed."),
    "BATCH_NOT_FOUND": Reason(_MISSING, "This batch was deleted or never existed."),
    "OPERATION_NOT_FOUND": Reason(_MISSING, "Operations are forgotten when the server ends."),
    "MODEL_NOT_INSTALLED": Reason(_MISSING, "List the models, or install this one with `mgie models pull`."),
    "MODEL_INVALID": Reason(_NOT_NOW, "Verify the model, then import or pull it again."),
    "MODEL_DIGEST_MISMATCH": Reason(StatusCode.DATA_LOSS, "Import or pull the model again."),
    "TOKENIZER_INVALID": Reason(_NOT_NOW, "Import the model again with its own tokenizer."),
    "LICENSE_NOT_ACCEPTED": Reason(_NOT_NOW, "Show the licence and send license_accepted."),
    "DOWNLOAD_FAILED": Reason(StatusCode.UNAVAILABLE, "Check the connection and try again; it resumes."),
    "DISK_FULL": Reason(_EXHAUSTED, "Free disk space and try again."),
    "BLOB_QUOTA_EXCEEDED": Reason(
        _EXHAUSTED, "Wait for edits to end, or start the server with a larger quota."
    ),
    "SERVER_BUSY": Reason(_EXHAUSTED, "Try again after the time in RetryInfo."),
    "GPU_OUT_OF_MEMORY": Reason(_EXHAUSTED, "Close other programs on the device, or use a smaller model."),
    "REQUEST_ID_REUSED": Reason(StatusCode.ALREADY_EXISTS, "Use a new request_id for a new request."),
    "EDIT_NOT_HELD": Reason(_NOT_NOW, "Only an edit that waits for its words can be revised."),
    "EDIT_NOT_ENDED": Reason(_NOT_NOW, "Cancel the edit first, or wait for its end."),
    "TEXT_NOT_READY": Reason(_NOT_NOW, "Wait for the expressive instruction of the source edit."),
    "NOTHING_TO_KEEP": Reason(_NOT_NOW, "Wait for the first denoising step."),
    "NOTHING_TO_RETRY": Reason(_NOT_NOW, "Every item of the batch has its results or is still under way."),
    "EDIT_INTERRUPTED": Reason(StatusCode.ABORTED, "The server died while this edit ran; create it again."),
    "LANE_LOST": Reason(StatusCode.ABORTED, "The worker died twice while this edit ran; create it again."),
    "TOKEN_INVALID": Reason(StatusCode.UNAUTHENTICATED, "Send the token of the server's token file."),
    "SERVER_STOPPING": Reason(StatusCode.UNAVAILABLE, "Connect again in a moment."),
    "NOT_AVAILABLE": Reason(StatusCode.UNIMPLEMENTED, "Test GetServerInfo.capabilities first."),
    "MGIE_ERROR": Reason(StatusCode.UNKNOWN, "See the message."),
    "INTERNAL": Reason(StatusCode.INTERNAL, "See the server's log under the incident's number."),
}


class RequestError(MgieError):
    """A request or edit that the server cannot serve, for one of `REASONS`."""

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        metadata: Mapping[str, str] | None = None,
        retry_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.metadata = dict(metadata or {})  # the variables of the message
        self.retry_s = retry_s  # when to try again

    def __reduce__(self) -> tuple[object, ...]:
        """Errors come from lanes in other processes."""
        rebuild = partial(RequestError, metadata=self.metadata, retry_s=self.retry_s)
        return rebuild, (self.reason, self.message)


def status_of(error: MgieError) -> status_pb2.Status:
    """Code, message, exactly one `ErrorInfo`, a `Help`, and a `RetryInfo` where waiting helps."""
    known = REASONS.get(error.reason, REASONS["MGIE_ERROR"])
    code: int = known.code.value[0]
    status = status_pb2.Status(code=code, message=str(error)[:MAX_MESSAGE_CHARS])
    metadata: Mapping[str, str] = getattr(error, "metadata", {})
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=metadata)
    link = error_details_pb2.Help.Link(description=known.advice, url=f"docs/api.md#{error.reason.lower()}")
    status.details.add().Pack(info)
    status.details.add().Pack(error_details_pb2.Help(links=[link]))
    retry_s: float | None = getattr(error, "retry_s", None)
    if retry_s is not None:
        delay = Duration()
        delay.FromMilliseconds(round(retry_s * 1000))
        status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    return status


def internal_error(incident: str) -> RequestError:
    """What a client hears of a failure of ours: nothing but the number it has in the log."""
    return RequestError(
        "INTERNAL", f"the server failed; its log says more under {incident}", metadata={"incident": incident}
    )
