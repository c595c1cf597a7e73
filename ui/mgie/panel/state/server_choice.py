"""Which backend the panel uses: its own, or one on another machine whose certificate the artist has seen."""

from __future__ import annotations

from dataclasses import dataclass

from mgie.api.failure import Failure


@dataclass(frozen=True, kw_only=True)
class ServerChoice:
    """The backend in use, and one that is being looked at."""

    name: str = ""  # of the remembered server in use; "" for this machine's own
    address: str = ""  # of a server that was looked at, HOST:PORT
    token: str = ""  # that the artist gave for it
    fingerprint: str = ""  # of the certificate that it shows, hex; "" while none was seen
    failure: Failure | None = None  # why it cannot be used

    @property
    def fingerprint_lines(self) -> str:
        """The fingerprint in groups, as people compare it."""
        groups = [self.fingerprint[i : i + 8] for i in range(0, len(self.fingerprint), 8)]
        return "\n".join(" ".join(groups[i : i + 4]) for i in range(0, len(groups), 4))
