"""What went wrong, as one sentence for people; the traceback is for `mgie --debug`."""

from __future__ import annotations

from mgie.api.failure import UNREACHABLE, ServiceError
from mgie.errors import MgieError

# What the next item of a batch would meet as well.
_FOR_ALL = (UNREACHABLE, "TOKEN_INVALID", "CERTIFICATE_CHANGED", "MODEL_NOT_INSTALLED")


def sentence(error: BaseException) -> str:
    """REASON: what happened, and what to do."""
    if isinstance(error, ServiceError):
        return _joined(error.reason, str(error), error.advice)
    if isinstance(error, MgieError):
        return _joined(error.reason, str(error))
    if isinstance(error, MemoryError):
        return "OUT_OF_MEMORY: this machine has too little memory for it; scale the picture down first"
    if isinstance(error, OSError):
        what = f"{error.strerror or error}"
        return f"{type(error).__name__}: {what}{f' ({error.filename})' if error.filename else ''}"
    first = " ".join(str(error).split())[:200] or "no further words"
    return f"INTERNAL: {type(error).__name__}: {first}; `mgie --debug` shows where"


def ends_batch(error: Exception) -> bool:
    """Whether every further item would fail by it too."""
    return isinstance(error, ServiceError) and error.reason in _FOR_ALL


def _joined(reason: str, message: str, advice: str = "") -> str:
    text = f"{reason}: {message}"
    if not advice:
        return text
    return f"{text.rstrip('.')}. {advice}"
