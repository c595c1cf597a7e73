"""Names of documents that are the same after a restart, and never those of another picture.

A document that stands as it is in a file goes by that file: its path, size and time of writing. Any other
goes by the run of the program, and is not found again once that ended. Nothing is written into a document.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Hashable
from pathlib import Path

MAX_FILES = 500  # file states that are remembered of one run


class DocumentNames:
    """The names given in one run of a program. key: the program's own number of a document in this run."""

    def __init__(self) -> None:
        self._run = secrets.token_hex(8)
        self._num_named = 0
        self._names: dict[Hashable, str] = {}
        self._saved: dict[str, str] = {}  # state of a file -> the name of the document it was saved from

    def name(self, key: Hashable, path: str, *, is_saved: bool) -> str:
        """The name of an open document, the same for as long as it is open.

        path: of the file it was opened from or saved to, empty without one. is_saved: it is as in that file.
        """
        state = file_state(path) if is_saved and path else ""
        known = self._names.get(key)
        if known is None:
            known = self._saved.get(state, state)
            if not known or known in self._names.values():  # of no file, or of one that is open as well
                self._num_named += 1
                known = f"{self._run}-{self._num_named}"
            self._names[key] = known
        if state:
            self._saved.setdefault(state, known)
            while len(self._saved) > MAX_FILES:
                del self._saved[next(iter(self._saved))]
        return known

    def keep_only(self, keys: set[Hashable]) -> None:
        """Forget documents that were closed; a file of theirs that is opened again gets its name back."""
        self._names = {key: name for key, name in self._names.items() if key in keys}


def file_state(path: str) -> str:
    """A file as it is now; empty when it cannot be seen. Another picture under its path has another state."""
    try:
        found = Path(path).resolve()
        stat = found.stat()
    except (OSError, ValueError):
        return ""
    words = f"{found}\0{stat.st_size}\0{stat.st_mtime_ns}"
    return "file-" + hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:32]
