"""Something that went wrong, ready to be told in one sentence plus what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One failure. The views turn `reason` into a translated sentence; `detail` is the fallback."""

    reason: str  # UPPER_SNAKE, the backend's ErrorInfo.reason or one of the panel's own
    detail: str = ""  # what the other side said, in its own words
    can_retry: bool = True  # False where trying the same again cannot help
