"""From our exceptions to `Failure`: one table of reasons, one conversion.

`REASONS` says for every reason the status code and what a person can do; `docs/api.md` is generated from it.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from grpc import StatusCode

from mgie.api.failure import Failure
from mgie.errors import DeviceOutOfMemory, DiskFull, MgieError

MAX_MESSAGE_CHARS = 500
_FULL = (errno.ENOSPC, errno.EDQUOT)
_ABSOLUTE_PATH = re.compile(r"(?:(?<=[\s'\"(=])|^)(?:[A-Za-z]:)?[/\\](?:[^\s'\":,;)/\\]+[/\\])+")


class Reason(NamedTuple):
    """What one reason means."""

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
    "UPLOAD_STALLED": Reason(StatusCode.DEADLINE_EXCEEDED, "Upload the blob again, without a pause."),
    "BLOB_TOO_LARGE": Reason(_INVALID, "Stay below Limits.max_blob_bytes."),
    "BLOB_NOT_FOUND": Reason(_MISSING, "Upload the blob (again); unused blobs make room for new ones."),
    "EDIT_NOT_FOUND": Reason(_MISSING, "List the edits; this one was deleted or never existed."),
    "BATCH_NOT_FOUND": Reason(_MISSING, "This batch was deleted or never existed."),
    "OPERATION_NOT_FOUND": Reason(_MISSING, "Operations are forgotten when the server ends."),
    "MODEL_NOT_INSTALLED": Reason(_MISSING, "List the models, or install this one with `mgie models pull`."),
    "MODEL_PARTS_LACKING": Reason(_NOT_NOW, "Name an installed model of the file's kind as `parts`."),
    "MODEL_INVALID": Reason(_NOT_NOW, "Verify the model, then import or pull it again."),
    "MODEL_DIGEST_MISMATCH": Reason(StatusCode.DATA_LOSS, "Import or pull the model again."),
    "TOKENIZER_INVALID": Reason(_NOT_NOW, "Import the model again with its own tokenizer."),
    "LICENSE_NOT_ACCEPTED": Reason(_NOT_NOW, "Show the licence and send license_accepted."),
    "DOWNLOAD_FAILED": Reason(StatusCode.UNAVAILABLE, "Check the connection and try again; it resumes."),
    "STORE_UNAVAILABLE": Reason(
        StatusCode.UNAVAILABLE, "End what else uses the server's job store or check its disk, then try again."
    ),
    "DISK_FULL": Reason(_EXHAUSTED, "Free disk space and try again."),
    "BLOB_QUOTA_EXCEEDED": Reason(
        _EXHAUSTED, "Wait for edits to end, or start the server with a larger quota."
    ),
    "SERVER_BUSY": Reason(_EXHAUSTED, "Try again after the time in RetryInfo; a place is kept for you."),
    "GPU_OUT_OF_MEMORY": Reason(_EXHAUSTED, "Close other programs on the device, or use a smaller model."),
    "NOT_SAVED": Reason(_EXHAUSTED, "Choose another place for the file and try again."),
    "SAVED_ELSEWHERE": Reason(_EXHAUSTED, "Take the file from where it was saved instead."),
    "REQUEST_ID_REUSED": Reason(StatusCode.ALREADY_EXISTS, "Use a new request_id for a new request."),
    "EDIT_NOT_HELD": Reason(_NOT_NOW, "Only an edit that waits for its words can be revised."),
    "EDIT_NOT_ENDED": Reason(_NOT_NOW, "Cancel the edit first, or wait for its end."),
    "TEXT_NOT_READY": Reason(_NOT_NOW, "Wait for the expressive instruction of the source edit."),
    "NOTHING_TO_KEEP": Reason(_NOT_NOW, "Wait for the first denoising step."),
    "NOTHING_TO_RETRY": Reason(_NOT_NOW, "Every item of the batch has its results or is still under way."),
    "EDIT_INTERRUPTED": Reason(StatusCode.ABORTED, "The server died while this edit ran; create it again."),
    "EDIT_DAMAGED": Reason(
        StatusCode.DATA_LOSS, "Create the edit again; what could not be read is in the server's log."
    ),
    "SERVER_DIED": Reason(
        StatusCode.ABORTED, "Try a smaller picture or another model; the server's log says how it ended."
    ),
    "LANE_LOST": Reason(
        StatusCode.ABORTED, "The worker died again and again while this edit ran; create it again."
    ),
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


def failure_of(error: MgieError) -> Failure:
    """The error as a client may see it: with advice, without the folders of this machine."""
    known = REASONS.get(error.reason, REASONS["MGIE_ERROR"])
    metadata: Mapping[str, str] = getattr(error, "metadata", {})
    retry_s: float | None = getattr(error, "retry_s", None)
    return Failure(
        reason=error.reason,
        message=without_folders(str(error))[:MAX_MESSAGE_CHARS],
        advice=known.advice,
        metadata=metadata,
        retry_s=retry_s,
        code=known.code.value[0],
    )


def without_folders(text: str) -> str:
    """A message whose absolute paths are cut down to the file's name."""
    return _ABSOLUTE_PATH.sub("", text)


def invalid(field: str, message: str) -> RequestError:
    """A field of a request that cannot be as it is."""
    return RequestError("REQUEST_INVALID", f"{field}: {message}", metadata={"field": field})


def disk_error(error: OSError) -> MgieError:
    """What a person can do about a file or folder of the server that cannot be used."""
    name = Path(str(error.filename)).name if error.filename else "a file of the server"
    if error.errno in _FULL:
        return DiskFull(f"the disk is full: {name} cannot be written; free some space")
    return RequestError("STORE_UNAVAILABLE", f"{name} cannot be used: {error.strerror or error}")


def error_of(problem: BaseException, incident: str) -> MgieError:
    """Anything that was raised as one of ours. incident: what an error of our own doing has in the log."""
    if isinstance(problem, MgieError):
        return problem
    if isinstance(problem, OSError) and (problem.filename is not None or problem.errno in _FULL):
        return disk_error(problem)
    if isinstance(problem, MemoryError):
        return DeviceOutOfMemory("the server's machine has too little free memory left for this")
    return internal_error(incident)


def internal_error(incident: str) -> RequestError:
    """What a client learns of a failure of ours: nothing but the number it has in the log."""
    return RequestError(
        "INTERNAL", f"the server failed; its log says more under {incident}", metadata={"incident": incident}
    )
