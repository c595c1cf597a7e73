"""What a server is told when it starts: where it keeps things, where it listens, what it allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mgie.errors import BadOption
from mgie.weights.installed import DEFAULT_MODEL

MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What clients may ask for. Stated by `GetServerInfo`."""

    max_message_bytes: int = 4 * MIB  # one message, either way
    max_blob_bytes: int = 4096 * MIB  # one uploaded picture
    blob_quota_bytes: int = 20480 * MIB  # all blobs on disk; at least max_blob_bytes
    max_pixels: int = 200_000_000  # of a picture
    max_side_px: int = 65_536  # of a picture
    max_queue_length: int = 256  # waiting edits
    max_batch_size: int = 64  # items of one batch
    max_seeds: int = 16  # of one edit
    max_instruction_chars: int = 2000
    max_expressive_chars: int = 4000
    max_piece_bytes: int = MIB  # of an upload or download

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 1:
                raise BadOption(f"limit {name} is {value}; choose 1 or more")
        if self.blob_quota_bytes < self.max_blob_bytes:
            raise BadOption(
                f"blob_quota_bytes {self.blob_quota_bytes} is below max_blob_bytes {self.max_blob_bytes}"
            )


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """One server. Checked once, never changed."""

    state_dir: Path  # jobs, blobs, token, discovery, log; created with mode 0700
    listen: str = ""  # "" for a Unix socket (loopback TCP where there are none), else "HOST:PORT"
    tls_certificate: Path | None = None  # PEM; with tls_key. None: generated where TLS is needed
    tls_key: Path | None = None  # PEM
    model: str = DEFAULT_MODEL  # used where a request names none
    models_dir: Path | None = None  # None: this user's
    device: str = "auto"  # "auto", "cpu", "cuda", "cuda:1", "mps"
    preload: bool = True  # load the model at once, in the background
    limits: Limits = field(default_factory=Limits)
    max_samples: int = 4  # pictures denoised together, 1..64
    num_encodings: int = 64  # encodings kept in memory for reuse, 0..4096
    idle_unload_s: float = 900.0  # free the device after so long without an edit; 0: never
    idle_exit_s: float = 0.0  # end after so long without a call or an edit; 0: never
    drain_s: float = 30.0  # time for running edits when asked to end
    max_kept_edits: int = 5000  # ended edits; the oldest are forgotten beyond
    ray_address: str = ""  # "" for a lane in this process, else Ray's address or "local"
    num_lanes: int = 1  # workers, with Ray

    def __post_init__(self) -> None:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise BadOption("a TLS certificate and its key go together; give both or neither")
        if self.num_lanes != 1 and not self.ray_address:
            raise BadOption(f"{self.num_lanes} lanes need Ray; add --ray local, or a cluster's address")
        for name, low, high in (
            ("max_samples", 1, 64),
            ("num_encodings", 0, 4096),
            ("idle_unload_s", 0, 1e9),
            ("idle_exit_s", 0, 1e9),
            ("drain_s", 0, 3600),
            ("max_kept_edits", 1, 1_000_000),
            ("num_lanes", 1, 64),
        ):
            value = getattr(self, name)
            if not low <= value <= high:  # also refuses NaN
                raise BadOption(f"{name} is {value}; choose {low} to {high}")
